// SIO of core 0 (datasheet 2.3): its GPIO registers, the divider, the spinlocks. There is no core 1 behind the FIFO:
// with a second processor in the machine Renode's timers snap to its quantum.

using Antmicro.Renode.Logging;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Sio : Block
    {
        public Sio(Clock clock, Pins pins, QspiPins qspi) : base("SIO")
        {
            this.clock = clock;
            this.pins = pins;
            this.qspi = qspi;
        }

        public override void Reset()
        {
            outputs = enables = highOutputs = highEnables = 0;
            dividend = divisor = quotient = remainder = 0;
            dirty = false;
            locked = 0;
            pins.SetOutputs(Function.Sio, outputs, enables, clock.Now);
        }

        protected override uint Read(long register)
        {
            if(register >= FirstLock && register < FirstLock + 4 * Locks)
            {
                var bit = 1u << (int)(register - FirstLock) / 4;
                var got = (locked & bit) == 0; // to read a lock is to take it
                locked |= bit;
                return got ? bit : 0;
            }
            switch(register)
            {
            case Processor:
                return 0;
            case Inputs:
                clock.Sync();
                return pins.Inputs;
            case HighInputs:
                return qspi.Inputs;
            case Outputs:
                return outputs;
            case Enables:
                return enables;
            case HighOutputs:
                return highOutputs;
            case HighEnables:
                return highEnables;
            case FifoStatus:
                return FifoReady;
            case LockStates:
                return locked;
            case Divider:
            case Divider + 8:
                return dividend;
            case Divider + 4:
            case Divider + 12:
                return divisor;
            case Quotient:
                dirty = false;
                return quotient;
            case Remainder:
                return remainder;
            case DividerStatus:
                return 1u | (dirty ? 2u : 0);
            default:
                return NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            if(register >= FirstLock && register < FirstLock + 4 * Locks)
            {
                locked &= ~(1u << (int)(register - FirstLock) / 4);
                return;
            }
            if(register >= Outputs && register < HighOutputs)
            {
                if(register < Enables)
                {
                    outputs = Changed(outputs, register, value) & AllPins;
                }
                else
                {
                    enables = Changed(enables, register, value) & AllPins;
                }
                pins.SetOutputs(Function.Sio, outputs, enables, clock.Now);
                return;
            }
            if(register >= HighOutputs && register < FifoStatus)
            {
                if(register < HighEnables)
                {
                    highOutputs = Changed(highOutputs, register, value) & 0x3F;
                }
                else
                {
                    highEnables = Changed(highEnables, register, value) & 0x3F;
                }
                return;
            }
            switch(register)
            {
            case FifoStatus:
                break;
            case FifoWrite:
                this.Log(LogLevel.Error, "SIO: there is no core 1; 0x{0:X} is lost", value);
                break;
            case Divider:
            case Divider + 8:
                dividend = value;
                Divide(register > Divider + 4);
                break;
            case Divider + 4:
            case Divider + 12:
                divisor = value;
                Divide(register > Divider + 4);
                break;
            case Quotient:
                quotient = value;
                dirty = true;
                break;
            case Remainder:
                remainder = value;
                dirty = true;
                break;
            default:
                NotModelled(register, value);
                break;
            }
        }

        // Four registers: the value, and what sets, clears and flips its bits.
        private static uint Changed(uint held, long register, uint value)
        {
            switch(register & 0xC)
            {
            case 0x0:
                return value;
            case 0x4:
                return held | value;
            case 0x8:
                return held & ~value;
            default:
                return held ^ value;
            }
        }

        // What a division by zero gives is the datasheet's, too (2.3.1.5).
        private void Divide(bool signed)
        {
            dirty = true;
            if(divisor == 0)
            {
                quotient = signed && (int)dividend < 0 ? 1 : uint.MaxValue;
                remainder = dividend;
            }
            else if(signed)
            {
                quotient = (uint)((long)(int)dividend / (int)divisor);
                remainder = (uint)((long)(int)dividend % (int)divisor);
            }
            else
            {
                quotient = dividend / divisor;
                remainder = dividend % divisor;
            }
        }

        private uint outputs;
        private uint enables;
        private uint highOutputs;
        private uint highEnables;
        private uint locked;
        private uint dividend;
        private uint divisor;
        private uint quotient;
        private uint remainder;
        private bool dirty;

        private readonly Clock clock;
        private readonly Pins pins;
        private readonly QspiPins qspi;

        private const uint AllPins = (1u << Pins.Count) - 1;
        private const uint FifoReady = 2;
        private const int Locks = 32;
        private const long Processor = 0x000;
        private const long Inputs = 0x004;
        private const long HighInputs = 0x008;
        private const long Outputs = 0x010;
        private const long Enables = 0x020;
        private const long HighOutputs = 0x030;
        private const long HighEnables = 0x040;
        private const long FifoStatus = 0x050;
        private const long FifoWrite = 0x054;
        private const long LockStates = 0x05C;
        private const long Divider = 0x060; // unsigned dividend and divisor, then the signed ones
        private const long Quotient = 0x070;
        private const long Remainder = 0x074;
        private const long DividerStatus = 0x078;
        private const long FirstLock = 0x100;
    }
}
