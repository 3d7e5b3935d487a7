// What is wired to the chip lives at the other end of a TCP connection: host/thetabox/board/renode/wire.py says what
// passes. After each record but SENT the emulation stands still in here until it is told to go on, so that board and
// chip take turns and each edge, sample and alarm has its exact clock. When the other end is gone, Renode ends.

using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.Sockets;

using Antmicro.Renode.Core;
using Antmicro.Renode.Exceptions;
using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public static class WiresExtensions
    {
        public static void WireTo(this IMachine machine, string host, int port)
        {
            new Wires(machine, host, port);
        }
    }

    public class Wires
    {
        public Wires(IMachine machine, string host, int port)
        {
            this.machine = machine;
            pins = (Pins)machine["sysbus.pins"];
            clock = pins.Clock;
            adc = (Adc)machine["sysbus.adc"];
            pwm = (Pwm)machine["sysbus.pwm"];
            uart = (Uart)machine["sysbus.uart0"];
            chip = (Chip)machine["sysbus.chip"];
            duties = new Dictionary<int, Tuple<int, int>>();
            try
            {
                var client = new TcpClient(host, port) { NoDelay = true };
                reader = new BinaryReader(client.GetStream());
                writer = new BinaryWriter(new BufferedStream(client.GetStream()));
            }
            catch(SocketException e)
            {
                throw new RecoverableException(string.Format("nobody answers at {0}:{1}: {2}", host, port, e.Message));
            }
            until = new Alarm(clock, () => Tell('W', 0, 0, clock.Now));
            pins.OutputChanged += OutputChanged;
            adc.Sample = Sample;
            pwm.Changed += LookAtDuties;
            uart.Sent += Sent;
            chip.Restarted += cause => Tell('R', cause, 0, clock.Now);
            Tell('W', 0, 0, clock.Now); // before the start: memories are filled
        }

        private void OutputChanged(int gpio, long cycle, int level)
        {
            if(!duties.ContainsKey(gpio))
            {
                Tell('O', gpio, level, cycle);
            }
        }

        private int Sample(int channel)
        {
            Tell('S', channel, 0, clock.Now);
            return counts;
        }

        private void Sent(byte value)
        {
            Put('U', value, 0, clock.Now);
            if(value == FrameEnd)
            {
                StandStill();
            }
        }

        private void LookAtDuties()
        {
            foreach(var gpio in duties.Keys.ToArray())
            {
                int high, period;
                pwm.Duty(gpio, out high, out period);
                var duty = Tuple.Create(high, period);
                if(!duty.Equals(duties[gpio]))
                {
                    duties[gpio] = duty;
                    Tell('D', gpio | period << 8, high, clock.Now);
                }
            }
        }

        private void Tell(char kind, int first, int second, long cycle)
        {
            Put(kind, first, second, cycle);
            StandStill();
        }

        private void Put(char kind, int first, int second, long cycle)
        {
            try
            {
                writer.Write((byte)kind);
                writer.Write(first);
                writer.Write(second);
                writer.Write(cycle);
            }
            catch(IOException)
            {
                End();
            }
        }

        private void StandStill()
        {
            try
            {
                writer.Flush();
                while(Obey())
                {
                }
            }
            catch(IOException)
            {
                End();
            }
        }

        // Carry out one order; false when it says to go on.
        private bool Obey()
        {
            var kind = (char)reader.ReadByte();
            var first = reader.ReadInt32();
            var second = reader.ReadInt32();
            var cycle = reader.ReadInt64();
            switch(kind)
            {
            case 'G':
                until.At(Math.Max(cycle, clock.Now));
                return false;
            case 'C':
                counts = first;
                break;
            case 'I':
                pins.SetInput(first, second);
                break;
            case 'F':
                uart.WriteChar((byte)first);
                break;
            case 'L':
                pwm.Edges &= ~(1u << (first >> 1 & 7)); // its duty is all that the board's filter lets through
                duties[first] = Tuple.Create(0, 0);
                LookAtDuties();
                break;
            case 'P':
                chip.PowerCycle();
                break;
            case 'H':
                chip.Frozen = first != 0;
                break;
            case 'M':
                machine.SystemBus.WriteBytes(reader.ReadBytes(second), (ulong)(uint)first);
                break;
            case 'Q':
                writer.Write(machine.SystemBus.ReadBytes((ulong)(uint)first, second));
                writer.Flush();
                break;
            default:
                throw new InvalidOperationException(string.Format("{0:X} is no order of the board's", (int)kind));
            }
            return true;
        }

        // The board is gone: a chip without one eats a processor and serves nobody. To leave in an orderly way would
        // wait for this very thread.
        private void End()
        {
            Process.GetCurrentProcess().Kill();
        }

        private int counts;

        private readonly Dictionary<int, Tuple<int, int>> duties;
        private readonly BinaryReader reader;
        private readonly BinaryWriter writer;
        private readonly IMachine machine;
        private readonly Clock clock;
        private readonly Pins pins;
        private readonly Adc adc;
        private readonly Pwm pwm;
        private readonly Uart uart;
        private readonly Chip chip;
        private readonly Alarm until;

        private const byte FrameEnd = 0;
    }
}
