// IO_BANK0 and what comes together at the pads (datasheet 2.19): which peripheral drives a pin, what the board drives,
// the level that results, and who looks at it. Every change is stamped with the clock of whoever makes it.

using System;
using System.Collections.Generic;
using System.Linq;

using Antmicro.Renode.Core;
using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public enum Function
    {
        Spi = 1, Uart, I2c, Pwm, Sio, Pio0, Pio1, Clock, Usb,
        Count,
    }

    // A board drives pins through the GPIO inputs of this peripheral, or through `SetInput`. The GPIO
    // outputs are the levels on the pads; `OutputChanged` says also when the chip leaves a pad alone.
    public class Pins : Block, IGPIOReceiver, INumberedGPIOOutput
    {
        public Pins(Clock clock) : base("IO_BANK0")
        {
            this.clock = clock;
            IRQ = new GPIO();
            Connections = Enumerable.Range(0, Count).ToDictionary(i => i, i => (IGPIO)new GPIO());
            board = Enumerable.Repeat(HighImpedance, Count).ToArray();
            Reset();
        }

        public override void Reset()
        {
            for(var i = 0; i < Count; i++)
            {
                control[i] = NoFunction;
            }
            Array.Clear(enabled, 0, enabled.Length);
            Array.Clear(forced, 0, forced.Length);
            edges = new uint[4];
            Settle(clock.Now);
        }

        public void ResetPads()
        {
            for(var i = 0; i < Count; i++)
            {
                pads[i] = PadAtReset;
            }
            Settle(clock.Now);
        }

        // What a peripheral drives onto the pins that are given to it, from a clock on.
        public void SetOutputs(Function function, uint levels, uint enables, long at)
        {
            this.levels[(int)function] = levels;
            this.enables[(int)function] = enables;
            Settle(at);
        }

        // What the board drives onto a pin, or holds it at with a resistor: 0 or 1, anything else is nothing; the chip
        // prevails. It counts from now on, or from the clock of the very change that the board is being told.
        public void SetInput(int pin, int level)
        {
            board[pin] = level == 0 || level == 1 ? level : HighImpedance;
            Settle(Math.Max(clock.Now, settledAt));
        }

        public void OnGPIO(int number, bool value)
        {
            SetInput(number, value ? 1 : 0);
        }

        // What the chip drives onto a pin: 0, 1 or HighImpedance.
        public int Output(int pin)
        {
            return outputs[pin];
        }

        public uint Pad(int pin)
        {
            return pads[pin];
        }

        public void SetPad(int pin, uint value)
        {
            pads[pin] = value & 0xFF;
            Settle(clock.Now);
        }

        // The function that a pin is given to; none is a number beyond Function.Count.
        public Function FunctionOf(int pin)
        {
            return (Function)(control[pin] & 31);
        }

        public Clock Clock { get { return clock; } }

        // What peripherals see, a bit a pin.
        public uint Inputs { get; private set; }

        // (inputs, clock), after every change of them.
        public event Action<uint, long> InputsChanged = (inputs, at) => { };

        // (pin, clock, 0, 1 or HighImpedance), after every change of what the chip drives.
        public event Action<int, long, int> OutputChanged = (pin, at, level) => { };

        public GPIO IRQ { get; private set; }

        public IReadOnlyDictionary<int, IGPIO> Connections { get; private set; }

        public const int Count = 30;
        public const int HighImpedance = 2;

        protected override uint Read(long register)
        {
            if(register < 8 * Count)
            {
                var pin = (int)(register / 8);
                return (register & 4) != 0 ? control[pin] : Status(pin);
            }
            var word = (int)(register & 0xF) / 4;
            switch(register & ~0xFL)
            {
            case RawInterrupts:
                return Raised(word);
            case Enables:
                return enabled[word];
            case Forces:
                return forced[word];
            case Statuses:
                return Raised(word) & enabled[word] | forced[word];
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register < 8 * Count && (register & 4) != 0)
            {
                control[register / 8] = value & ControlBits;
                Settle(clock.Now);
                return;
            }
            var word = (int)(register & 0xF) / 4;
            switch(register & ~0xFL)
            {
            case RawInterrupts:
                edges[word] &= ~bits;
                break;
            case Enables:
                enabled[word] = value;
                break;
            case Forces:
                forced[word] = value;
                break;
            default:
                NotModelled(register, value);
                break;
            }
            SetInterrupt();
        }

        // Work out all pins anew, and tell who looks at them.
        private void Settle(long at)
        {
            settledAt = at;
            var changed = 0u;
            var inputs = 0u;
            for(var i = 0; i < Count; i++)
            {
                var output = Driven(i);
                changed |= output != outputs[i] ? 1u << i : 0;
                outputs[i] = output;
                var level = output != HighImpedance ? output
                    : board[i] != HighImpedance ? board[i] : (int)(pads[i] >> 3 & 1);
                SetLevel(i, level);
                var seen = Override(control[i] >> 16, level & (int)(pads[i] >> 6 & 1));
                inputs |= (uint)seen << i;
            }
            if(inputs != Inputs)
            {
                Inputs = inputs;
                InputsChanged(inputs, at);
            }
            SetInterrupt();
            for(var i = 0; changed >> i != 0 && i < Count; i++)
            {
                if((changed >> i & 1) != 0)
                {
                    OutputChanged(i, at, outputs[i]);
                }
            }
        }

        // The output that a pin's peripheral and its overrides make; OD of the pad disables it.
        private int Driven(int pin)
        {
            var function = (int)(control[pin] & 31);
            var known = function < (int)Function.Count;
            var enable = Override(control[pin] >> 12, known ? (int)(enables[function] >> pin & 1) : 0);
            if(enable == 0 || (pads[pin] & PadOutputDisable) != 0)
            {
                return HighImpedance;
            }
            return Override(control[pin] >> 8, known ? (int)(levels[function] >> pin & 1) : 0);
        }

        // OUTOVER, OEOVER and INOVER: 0 as it is, 1 inverted, 2 low, 3 high.
        private static int Override(uint how, int value)
        {
            switch(how & 3)
            {
            case 0:
                return value;
            case 1:
                return value ^ 1;
            default:
                return (int)(how & 1);
            }
        }

        private void SetLevel(int pin, int level)
        {
            var bit = 1u << pin;
            if((padLevels & bit) != 0 == (level != 0))
            {
                return;
            }
            padLevels ^= bit;
            edges[pin / 8] |= (level != 0 ? 8u : 4u) << pin % 8 * 4;
            Connections[pin].Set(level != 0);
        }

        // Four bits a pin: level low, level high, edge low, edge high.
        private uint Raised(int word)
        {
            var raised = edges[word];
            for(var i = 0; i < 8 && 8 * word + i < Count; i++)
            {
                raised |= ((padLevels >> 8 * word + i & 1) != 0 ? 2u : 1u) << 4 * i;
            }
            return raised;
        }

        private void SetInterrupt()
        {
            var any = false;
            for(var word = 0; word < enabled.Length; word++)
            {
                any |= (enabled[word] != 0 && (Raised(word) & enabled[word]) != 0) || forced[word] != 0;
            }
            IRQ.Set(any);
        }

        private uint Status(int pin)
        {
            var function = (int)(control[pin] & 31);
            var known = function < (int)Function.Count;
            var level = known ? levels[function] >> pin & 1 : 0;
            var enable = known ? enables[function] >> pin & 1 : 0;
            return level << 8 | (outputs[pin] == 1 ? 1u << 9 : 0)
                | enable << 12 | (outputs[pin] != HighImpedance ? 1u << 13 : 0)
                | (padLevels >> pin & 1) << 17 | (Inputs >> pin & 1) << 19;
        }

        private long settledAt;
        private uint padLevels;
        private uint[] edges;

        private readonly Clock clock;
        private readonly uint[] control = new uint[Count];
        private readonly uint[] pads = Enumerable.Repeat(PadAtReset, Count).ToArray();
        private readonly int[] board;
        private readonly int[] outputs = Enumerable.Repeat(HighImpedance, Count).ToArray();
        private readonly uint[] levels = new uint[(int)Function.Count];
        private readonly uint[] enables = new uint[(int)Function.Count];
        private readonly uint[] enabled = new uint[4];
        private readonly uint[] forced = new uint[4];

        private const uint NoFunction = 0x1F;
        private const uint ControlBits = 0x3003331F;
        private const uint PadAtReset = 0x56;
        private const uint PadOutputDisable = 0x80;
        private const long RawInterrupts = 0x0F0;
        private const long Enables = 0x100;
        private const long Forces = 0x110;
        private const long Statuses = 0x120;
    }

    // PADS_BANK0: input enable, output disable and pulls of each pad (datasheet 2.19.6.3).
    public class Pads : Block
    {
        public Pads(Pins pins) : base("PADS_BANK0")
        {
            this.pins = pins;
        }

        public override void Reset()
        {
            voltage = 0;
            debug = new uint[] { 0xDA, 0x5A };
            pins.ResetPads();
        }

        protected override uint Read(long register)
        {
            var pin = (int)register / 4 - 1;
            return pin < 0 ? voltage : pin < Pins.Count ? pins.Pad(pin)
                : pin < Pins.Count + 2 ? debug[pin - Pins.Count] : NotModelled(register);
        }

        protected override void Write(long register, uint value, uint bits)
        {
            var pin = (int)register / 4 - 1;
            if(pin < 0)
            {
                voltage = value & 1;
            }
            else if(pin < Pins.Count)
            {
                pins.SetPad(pin, value);
            }
            else if(pin < Pins.Count + 2)
            {
                debug[pin - Pins.Count] = value & 0xFF;
            }
            else
            {
                NotModelled(register, value);
            }
        }

        private uint voltage;
        private uint[] debug = { 0xDA, 0x5A }; // SWCLK and SWD; nobody is there

        private readonly Pins pins;
    }
}
