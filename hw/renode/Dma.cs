// The DMA controller (datasheet 2.5). Requests are levels. A word moves one clock after its request, in no time: the
// clocks of a transfer, about ten on silicon, are not modelled, nor are the pacing timers and the sniffer.

using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;
using Antmicro.Renode.Peripherals.Bus;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Dma : Block
    {
        public Dma(IMachine machine, Clock clock) : base("DMA")
        {
            bus = machine.SystemBus;
            IRQ0 = new GPIO();
            IRQ1 = new GPIO();
            channels = Enumerable.Range(0, Channels).Select(i => new Channel { Index = i }).ToArray();
            alarm = new Alarm(clock, Serve);
            this.clock = clock;
            Reset();
        }

        public override void Reset()
        {
            foreach(var channel in channels)
            {
                channel.Read = channel.Write = channel.Count = channel.Reload = 0;
                channel.Control = (uint)channel.Index << 11;
                channel.Busy = false;
            }
            raised = 0;
            enabled[0] = enabled[1] = forced[0] = forced[1] = 0;
            SetInterrupts();
        }

        // The level of a peripheral's request.
        public void SetRequest(int request, bool level)
        {
            if(requests[request] == level)
            {
                return;
            }
            requests[request] = level;
            if(level && !serving && channels.Any(channel => channel.Busy && channel.Request == request))
            {
                alarm.At(clock.Now + 1);
            }
        }

        public GPIO IRQ0 { get; private set; }

        public GPIO IRQ1 { get; private set; }

        protected override uint Read(long register)
        {
            if(register < Channels * Stride)
            {
                return channels[register / Stride].Register((int)(register % Stride) / 4);
            }
            if(register >= Debug && register < Debug + Channels * Stride && register % Stride == 4)
            {
                return channels[(register - Debug) / Stride].Reload;
            }
            switch(register)
            {
            case Interrupts:
                return raised;
            case Interrupts + 0x4:
            case Interrupts + 0x14:
                return enabled[(register - Interrupts) / 16];
            case Interrupts + 0x8:
            case Interrupts + 0x18:
                return forced[(register - Interrupts) / 16];
            case Interrupts + 0xC:
            case Interrupts + 0x1C:
                return Status((int)(register - Interrupts) / 16);
            case MultiTrigger:
            case FifoLevels:
            case Abort: // an abort is done at once
                return 0;
            case NumberOfChannels:
                return Channels;
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register < Channels * Stride)
            {
                WriteChannel(channels[register / Stride], (int)(register % Stride) / 4, value, bits);
                return;
            }
            switch(register)
            {
            case Interrupts:
            case Interrupts + 0xC:
            case Interrupts + 0x1C:
                raised &= ~bits;
                break;
            case Interrupts + 0x4:
            case Interrupts + 0x14:
                enabled[(register - Interrupts) / 16] = value & AllChannels;
                break;
            case Interrupts + 0x8:
            case Interrupts + 0x18:
                forced[(register - Interrupts) / 16] = value & AllChannels;
                break;
            case MultiTrigger:
                foreach(var channel in channels.Where(channel => (bits >> channel.Index & 1) != 0))
                {
                    Trigger(channel);
                }
                break;
            case Abort:
                foreach(var channel in channels.Where(channel => (bits >> channel.Index & 1) != 0))
                {
                    channel.Busy = false;
                }
                break;
            default:
                NotModelled(register, value);
                break;
            }
            SetInterrupts();
        }

        // Four layouts of the same four registers; the last of each triggers, unless a zero is written to it.
        private void WriteChannel(Channel channel, int word, uint value, uint bits)
        {
            switch(Layout[word])
            {
            case Field.Read:
                channel.Read = value;
                break;
            case Field.Write:
                channel.Write = value;
                break;
            case Field.Count:
                channel.Reload = value;
                break;
            default:
                WriteControl(channel, value, bits);
                break;
            }
            if(word % 4 == 3)
            {
                if(value != 0)
                {
                    Trigger(channel);
                }
                else if(channel.Quiet)
                {
                    raised |= 1u << channel.Index;
                    SetInterrupts();
                }
            }
            else if(channel.Busy)
            {
                alarm.At(clock.Now + 1); // it may have been enabled
            }
        }

        private void WriteControl(Channel channel, uint value, uint bits)
        {
            channel.Control = value & ControlBits;
            if((value & SniffEnable) != 0 || (channel.Request >= FirstTimer && channel.Request < Permanent))
            {
                this.Log(
                    LogLevel.Error, "DMA: channel {0} wants the sniffer or a timer: not modelled", channel.Index);
            }
        }

        private void Trigger(Channel channel)
        {
            if(channel.Busy || !channel.Enabled)
            {
                return;
            }
            channel.Count = channel.Reload;
            channel.Busy = channel.Count > 0;
            if(channel.Busy && !serving)
            {
                alarm.At(clock.Now + 1);
            }
            if(!channel.Busy)
            {
                Complete(channel);
            }
        }

        // Move what is asked for, a word of each channel in turn, those of high priority first.
        private void Serve()
        {
            serving = true;
            for(var moved = true; moved;)
            {
                moved = false;
                foreach(var channel in channels)
                {
                    moved |= channel.HighPriority && TryMove(channel);
                }
                foreach(var channel in channels)
                {
                    moved |= !channel.HighPriority && TryMove(channel);
                }
            }
            serving = false;
        }

        private bool TryMove(Channel channel)
        {
            var request = channel.Request;
            var wanted = request == Permanent || (request < FirstTimer && requests[request]);
            if(!channel.Busy || !channel.Enabled || !wanted)
            {
                return false;
            }
            channel.Count--;
            Put(channel.Write, channel.Bytes, channel.Swapped(Take(channel.Read, channel.Bytes)));
            channel.Advance();
            if(channel.Count == 0)
            {
                channel.Busy = false;
                Complete(channel);
            }
            return true;
        }

        private void Complete(Channel channel)
        {
            if(!channel.Quiet)
            {
                raised |= 1u << channel.Index;
                SetInterrupts();
            }
            if(channel.ChainTo != channel.Index && channel.ChainTo < Channels)
            {
                Trigger(channels[channel.ChainTo]);
            }
        }

        private uint Take(uint address, int bytes)
        {
            return bytes == 4 ? bus.ReadDoubleWord(address)
                : bytes == 2 ? bus.ReadWord(address) : bus.ReadByte(address);
        }

        private void Put(uint address, int bytes, uint value)
        {
            if(bytes == 4)
            {
                bus.WriteDoubleWord(address, value);
            }
            else if(bytes == 2)
            {
                bus.WriteWord(address, (ushort)value);
            }
            else
            {
                bus.WriteByte(address, (byte)value);
            }
        }

        private uint Status(int line)
        {
            return raised & enabled[line] | forced[line];
        }

        private void SetInterrupts()
        {
            IRQ0.Set(Status(0) != 0);
            IRQ1.Set(Status(1) != 0);
        }

        private enum Field { Read, Write, Count, Control }

        private class Channel
        {
            public uint Register(int word)
            {
                switch(Layout[word])
                {
                case Field.Read:
                    return Read;
                case Field.Write:
                    return Write;
                case Field.Count:
                    return Count;
                default:
                    return Control | (Busy ? 1u << 24 : 0);
                }
            }

            // Addresses go on, within a ring when there is one.
            public void Advance()
            {
                var ring = (int)(Control >> 6 & 15);
                var ringOfWrites = (Control >> 10 & 1) != 0;
                Read = Next(Read, (Control >> 4 & 1) != 0, ringOfWrites ? 0 : ring);
                Write = Next(Write, (Control >> 5 & 1) != 0, ringOfWrites ? ring : 0);
            }

            public uint Swapped(uint value)
            {
                if((Control >> 22 & 1) == 0 || Bytes == 1)
                {
                    return value;
                }
                var swapped = (value & 0xFF) << 24 | (value & 0xFF00) << 8 | value >> 8 & 0xFF00 | value >> 24;
                return Bytes == 2 ? swapped >> 16 : swapped;
            }

            public bool Enabled { get { return (Control & 1) != 0; } }

            public bool HighPriority { get { return (Control & 2) != 0; } }

            public int Bytes { get { return 1 << (int)(Control >> 2 & 3); } }

            public int ChainTo { get { return (int)(Control >> 11 & 15); } }

            public int Request { get { return (int)(Control >> 15 & 63); } }

            public bool Quiet { get { return (Control >> 21 & 1) != 0; } }

            public int Index;
            public uint Read;
            public uint Write;
            public uint Count;
            public uint Reload;
            public uint Control;
            public bool Busy;

            private uint Next(uint address, bool increments, int ring)
            {
                if(!increments)
                {
                    return address;
                }
                var mask = ring == 0 ? uint.MaxValue : (1u << ring) - 1;
                return address & ~mask | address + (uint)Bytes & mask;
            }
        }

        private uint raised;
        private bool serving;

        private readonly IBusController bus;
        private readonly Clock clock;
        private readonly Alarm alarm;
        private readonly Channel[] channels;
        private readonly bool[] requests = new bool[64];
        private readonly uint[] enabled = new uint[2];
        private readonly uint[] forced = new uint[2];

        private static readonly Field[] Layout =
        {
            Field.Read, Field.Write, Field.Count, Field.Control,
            Field.Control, Field.Read, Field.Write, Field.Count,
            Field.Control, Field.Count, Field.Read, Field.Write,
            Field.Control, Field.Write, Field.Count, Field.Read,
        };

        private const int Channels = 12;
        private const uint AllChannels = (1 << Channels) - 1;
        private const long Stride = 0x40;
        private const int FirstTimer = 0x3B;
        private const int Permanent = 0x3F;
        private const uint SniffEnable = 1 << 23;
        private const uint ControlBits = 0xFFFFFF;
        private const long Interrupts = 0x400;
        private const long MultiTrigger = 0x430;
        private const long FifoLevels = 0x440;
        private const long Abort = 0x444;
        private const long NumberOfChannels = 0x448;
        private const long Debug = 0x800;
    }
}
