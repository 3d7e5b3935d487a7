// PWM slices that drive their pins (datasheet 4.5). A counter is worked out when it is asked for. Slices in `Edges`
// wake the model at every edge and wrap; of the others only `Duty` tells, and they cost nothing.

using System;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Pwm : Block
    {
        public Pwm(Clock clock, Pins pins, Dma dma) : base("PWM")
        {
            this.clock = clock;
            this.pins = pins;
            this.dma = dma;
            IRQ = new GPIO();
            slices = Enumerable.Range(0, Slices).Select(i => new Slice()).ToArray();
            alarm = new Alarm(clock, () => Settle(clock.Now));
            Edges = (1 << Slices) - 1;
        }

        public override void Reset()
        {
            foreach(var slice in slices)
            {
                slice.Reset();
            }
            raised = enabled = forced = 0;
            Settle(clock.Now);
            Changed();
        }

        // How many of `period` counts a pin is high as an output of its slice; 0 of 0 when it is none.
        public void Duty(int gpio, out int high, out int period)
        {
            var slice = slices[gpio >> 1 & 7];
            high = period = 0;
            if(pins.FunctionOf(gpio) == Function.Pwm && slice.Runs)
            {
                period = (int)slice.Top + 1;
                high = Math.Min(period, (int)slice.Compare(gpio & 1));
                high = slice.Inverted(gpio & 1) ? period - high : high;
            }
        }

        // Which slices make edges, wraps and requests, a bit each.
        public uint Edges { get; set; }

        // A duty may be another.
        public event Action Changed = () => { };

        public GPIO IRQ { get; private set; }

        protected override void Before()
        {
            now = clock.Now;
        }

        protected override uint Read(long register)
        {
            if(register < Global)
            {
                var slice = slices[register / Stride];
                switch(register % Stride)
                {
                case 0:
                    return slice.Control;
                case 4:
                    return slice.Divider;
                case 8:
                    return slice.Counter(now);
                case 12:
                    return slice.NextCompares;
                default:
                    return slice.NextTop;
                }
            }
            switch(register)
            {
            case Global:
                return (uint)slices.Select((slice, i) => slice.Runs ? 1 << i : 0).Sum();
            case Global + 4:
                return raised;
            case Global + 8:
                return enabled;
            case Global + 12:
                return forced;
            case Global + 16:
                return raised & enabled | forced;
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            Settle(now);
            if(register < Global)
            {
                WriteSlice(slices[register / Stride], register % Stride, value);
            }
            else if(register == Global)
            {
                for(var i = 0; i < Slices; i++)
                {
                    slices[i].Hold(now);
                    slices[i].Control = slices[i].Control & ~1u | value >> i & 1;
                }
            }
            else if(register == Global + 4)
            {
                raised &= ~bits;
            }
            else if(register == Global + 8)
            {
                enabled = value;
            }
            else if(register == Global + 12)
            {
                forced = value;
            }
            else
            {
                NotModelled(register, value);
            }
            for(var i = 0; i < Slices; i++)
            {
                if(!slices[i].Runs || (Edges >> i & 1) == 0)
                {
                    slices[i].TakeOver(); // a slice that runs does so when it wraps
                }
            }
            Settle(now);
            Changed();
        }

        private void WriteSlice(Slice slice, long register, uint value)
        {
            slice.Hold(now);
            switch(register)
            {
            case 0:
                slice.Control = value & 0x3F;
                if((value & NotPlain) != 0)
                {
                    this.Log(LogLevel.Error, "PWM: inputs and phase-correct counting are not modelled: it counts up");
                }
                break;
            case 4:
                slice.Divider = value & 0xFFF;
                break;
            case 8:
                slice.Start(value & 0xFFFF);
                break;
            case 12:
                slice.NextCompares = value;
                break;
            default:
                slice.NextTop = value & 0xFFFF;
                break;
            }
        }

        // Carry wraps out, drive the pins, and wake at the next edge.
        private void Settle(long at)
        {
            var levels = 0u;
            var next = Clock.Never;
            for(var i = 0; i < Slices; i++)
            {
                var slice = slices[i];
                var wakes = (Edges >> i & 1) != 0;
                if(wakes && slice.Wrap(at))
                {
                    raised |= 1u << i;
                    dma.SetRequest(FirstRequest + i, true); // a wrap asks for one word
                    dma.SetRequest(FirstRequest + i, false);
                }
                if(wakes)
                {
                    next = Math.Min(next, slice.NextEdge(at));
                }
                levels |= (slice.Level(0, at) | slice.Level(1, at) << 1) << 2 * i;
            }
            pins.SetOutputs(Function.Pwm, levels | levels << 16, uint.MaxValue, at);
            IRQ.Set((raised & enabled | forced) != 0);
            alarm.At(next);
        }

        private class Slice
        {
            public void Reset()
            {
                Control = 0;
                Divider = 1 << 4;
                NextCompares = 0;
                NextTop = 0xFFFF;
                TakeOver();
                Start(0);
            }

            // CC and TOP count from the next wrap on (datasheet 4.5.2.3).
            public void TakeOver()
            {
                compares = NextCompares;
                Top = NextTop;
            }

            public void Start(uint count)
            {
                first = count;
            }

            // Go on from here, with other settings.
            public void Hold(long at)
            {
                first = Counter(at);
                since = at;
            }

            public uint Counter(long at)
            {
                return Runs ? (uint)((first + (at - since) * 16 / Divisor) % (Top + 1)) : first;
            }

            public bool Wrap(long at)
            {
                if(!Runs || at < ClockOf(Top + 1))
                {
                    return false;
                }
                since = ClockOf(Top + 1);
                first = 0;
                TakeOver();
                return true;
            }

            public long NextEdge(long at)
            {
                if(!Runs)
                {
                    return Clock.Never;
                }
                var next = ClockOf(Top + 1);
                for(var i = 0; i < 2; i++)
                {
                    var edge = ClockOf(Compare(i));
                    next = edge > at ? Math.Min(next, edge) : next;
                }
                return next;
            }

            public uint Level(int output, long at)
            {
                return (Counter(at) < Compare(output)) != Inverted(output) ? 1u : 0;
            }

            public uint Compare(int output)
            {
                return compares >> 16 * output & 0xFFFF;
            }

            public bool Inverted(int output)
            {
                return (Control >> 2 + output & 1) != 0;
            }

            public bool Runs { get { return (Control & 1) != 0; } }

            public uint Control;
            public uint Divider = 1 << 4;
            public uint NextCompares;
            public uint NextTop = 0xFFFF;
            public uint Top = 0xFFFF;

            // When the counter reaches a count that lies ahead.
            private long ClockOf(uint count)
            {
                return since + (((long)count - first) * Divisor + 15) / 16;
            }

            private long Divisor { get { return Divider >> 4 == 0 ? Divider | 0x1000 : Divider; } }

            private uint compares;
            private uint first;
            private long since;
        }

        private long now;
        private uint raised;
        private uint enabled;
        private uint forced;

        private readonly Slice[] slices;
        private readonly Alarm alarm;
        private readonly Clock clock;
        private readonly Pins pins;
        private readonly Dma dma;

        private const int Slices = 8;
        private const long Stride = 0x14;
        private const long Global = Slices * Stride; // EN, INTR, INTE, INTF, INTS
        private const uint NotPlain = 0x32;
        private const int FirstRequest = 24;
    }
}
