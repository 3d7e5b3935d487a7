// The ADC (datasheet 4.9): a conversion takes 96 clocks of its 48 MHz, 2 us, and samples its input at the end.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Core;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // `Sample` is asked (channel) for the counts, 0 to 4095, at the end of each conversion; where nobody has set it,
    // what `SetVoltage` said counts. Channel 0 is GPIO 26, channel 4 the temperature.
    public class Adc : Block
    {
        public Adc(Clock clock, Dma dma) : base("ADC")
        {
            this.clock = clock;
            this.dma = dma;
            IRQ = new GPIO();
            fifo = new Queue<uint>();
            Sample = channel => counts[channel];
            done = new Alarm(clock, Complete);
            next = new Alarm(clock, Start);
        }

        public override void Reset()
        {
            control = fifoControl = divider = enabled = forced = result = 0;
            busy = false;
            fifo.Clear();
            done.Cancel();
            next.Cancel();
            SetLines();
        }

        public void SetVoltage(int channel, double volts)
        {
            var exact = volts / ReferenceVolts * (FullScale + 1) + Rounding;
            counts[channel] = (int)Math.Max(0, Math.Min(FullScale, exact));
        }

        public Func<int, int> Sample { get; set; }

        public GPIO IRQ { get; private set; }

        protected override void Before()
        {
            clock.Sync();
        }

        protected override uint Held(long register)
        {
            return register == Fifo ? 0 : register == FifoControl ? fifoControl & FifoKept : Read(register);
        }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case Control:
                return control | (busy || (control & Enable) == 0 ? 0 : Ready);
            case Result:
                return result;
            case FifoControl:
                return fifoControl | (fifo.Count == 0 ? Empty : 0) | (fifo.Count == Depth ? Full : 0)
                    | (uint)fifo.Count << 16;
            case Fifo:
                return Take();
            case Divider:
                return divider;
            case Interrupts:
                return Raised;
            case Interrupts + 4:
                return enabled;
            case Interrupts + 8:
                return forced;
            case Interrupts + 12:
                return Raised & enabled | forced;
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            switch(register)
            {
            case Control:
                control = value & ControlKept;
                if((value & Enable) != 0 && (value & (StartOnce | StartMany)) != 0 && !busy)
                {
                    Start();
                }
                if((value & StartMany) == 0)
                {
                    next.Cancel();
                }
                break;
            case FifoControl:
                fifoControl = value & FifoKept | fifoControl & (Under | Over) & ~bits;
                break;
            case Divider:
                divider = value & 0xFFFFFF;
                break;
            case Interrupts + 4:
                enabled = value & 1;
                break;
            case Interrupts + 8:
                forced = value & 1;
                break;
            default:
                NotModelled(register, value);
                break;
            }
            SetLines();
        }

        private void Start()
        {
            busy = true;
            next.Cancel();
            done.After(ConversionClocks);
        }

        private void Complete()
        {
            var channel = (int)(control >> 12 & 7);
            result = (uint)Math.Max(0, Math.Min(FullScale, channel < Channels ? Sample(channel) : 0));
            busy = false;
            var robin = control >> 16 & 0x1F;
            if(robin != 0)
            {
                do
                {
                    channel = (channel + 1) % Channels;
                }
                while((robin >> channel & 1) == 0);
                control = control & ~(7u << 12) | (uint)channel << 12;
            }
            if((fifoControl & FifoEnable) != 0)
            {
                Put((fifoControl & Shift) != 0 ? result >> 4 : result);
            }
            if((control & StartMany) != 0 && (control & Enable) != 0)
            {
                // DIV has 8 fractional bits and is one less than the period in clocks of 48 MHz
                var period = Math.Max((divider + 256L) * 125 / (48 * 256), ConversionClocks);
                next.After(period - ConversionClocks);
            }
            SetLines();
        }

        private void Put(uint value)
        {
            if(fifo.Count == Depth)
            {
                fifoControl |= Over;
                return;
            }
            fifo.Enqueue(value);
        }

        private uint Take()
        {
            if(fifo.Count == 0)
            {
                fifoControl |= Under;
                return 0;
            }
            var value = fifo.Dequeue();
            SetLines();
            return value;
        }

        // Whether the FIFO holds as many as FCS.THRESH says.
        private uint Raised { get { return fifo.Count >= (fifoControl >> 24 & 15) ? 1u : 0; } }

        private void SetLines()
        {
            dma.SetRequest(Request, (fifoControl & RequestEnable) != 0 && fifo.Count > 0 && Raised != 0);
            IRQ.Set((Raised & enabled | forced) != 0);
        }

        private uint control;
        private uint fifoControl;
        private uint divider;
        private uint result;
        private uint enabled;
        private uint forced;
        private bool busy;

        private readonly int[] counts = new int[Channels];
        private readonly Queue<uint> fifo;
        private readonly Alarm done;
        private readonly Alarm next;
        private readonly Clock clock;
        private readonly Dma dma;

        private const int Channels = 5;
        private const int Depth = 4;
        private const int FullScale = 4095;
        private const double ReferenceVolts = 3.3;
        private const double Rounding = 1e-6; // half of 3.3 V is 2048 counts, whatever a double makes of it
        private const long ConversionClocks = 2 * Clock.CyclesPerMicrosecond;
        private const int Request = 36;

        private const long Control = 0x00;
        private const long Result = 0x04;
        private const long FifoControl = 0x08;
        private const long Fifo = 0x0C;
        private const long Divider = 0x10;
        private const long Interrupts = 0x14; // INTR, INTE, INTF, INTS

        private const uint Enable = 1 << 0;
        private const uint StartOnce = 1 << 2;
        private const uint StartMany = 1 << 3;
        private const uint Ready = 1 << 8;
        private const uint ControlKept = 0x1F << 16 | 7 << 12 | StartMany | 3;
        private const uint FifoEnable = 1 << 0;
        private const uint Shift = 1 << 1;
        private const uint RequestEnable = 1 << 3;
        private const uint Empty = 1 << 8;
        private const uint Full = 1 << 9;
        private const uint Under = 1 << 10;
        private const uint Over = 1 << 11;
        private const uint FifoKept = 0xFu << 24 | 0xF;
    }
}
