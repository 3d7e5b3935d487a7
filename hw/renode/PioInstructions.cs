// What each PIO instruction does (datasheet 3.4).

using System;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public partial class PioMachine
    {
        // Do it, and set the time of the next. Side-set takes place also when the instruction stalls, and prevails over
        // OUT and SET of the same machine (datasheet 3.5.6); the delay comes when it is done.
        private Outcome Perform(int instruction)
        {
            var delay = Delay(instruction);
            var result = PerformKind(instruction);
            if(SetsSide(instruction))
            {
                SideSet(instruction >> 8 & 31);
            }
            Refill();
            if(result != Outcome.Done || executing != NoInstruction) // of an EXEC the own delay is ignored
            {
                delay = 0;
            }
            due += (1 + delay) * divider;
            return result;
        }

        private int Delay(int instruction)
        {
            return instruction >> 8 & (1 << 5 - SideCount) - 1;
        }

        // With EXECCTRL.SIDE_EN the topmost bit says whether.
        private bool SetsSide(int instruction)
        {
            return SideCount > 0 && ((execControl >> 30 & 1) == 0 || (instruction >> 12 & 1) != 0);
        }

        private void SideSet(int field)
        {
            var optional = (int)(execControl >> 30 & 1);
            var first = PinControl >> 10 & 31;
            var mask = Rotate(Mask(SideCount - optional), first);
            asserted.Write((execControl >> 29 & 1) != 0, mask, Rotate((uint)field >> 5 - SideCount, first));
        }

        private Outcome PerformKind(int instruction)
        {
            var middle = instruction >> 5 & 7;
            var low = instruction & 31;
            switch(instruction >> 13)
            {
            case 0:
                if(Jumps(middle))
                {
                    target = low;
                }
                return Outcome.Done;
            case 1:
                return Wait(middle & 3, low, (uint)middle >> 2) ? Outcome.Done : Outcome.Stall;
            case 2:
                return In(middle, low == 0 ? 32 : low) ? Outcome.Done : Outcome.Stall;
            case 3:
                return Out(middle, low == 0 ? 32 : low);
            case 4:
                var conditional = (middle & 2) != 0;
                var blocks = (middle & 1) != 0;
                var done = (middle & 4) == 0 ? Push(conditional, blocks) : Pull(conditional, blocks);
                return done ? Outcome.Done : Outcome.Stall;
            case 5:
                Move(middle, low >> 3, low & 7);
                return Outcome.Done;
            case 6:
                return Irq((middle & 2) != 0, (middle & 1) != 0, 1u << Flag(low)) ? Outcome.Done : Outcome.Stall;
            default:
                Set(middle, (uint)low);
                return Outcome.Done;
            }
        }

        private bool Jumps(int condition)
        {
            switch(condition)
            {
            case 0:
                return true;
            case 1:
                return x == 0;
            case XDecrement:
                changes++;
                return x-- != 0;
            case 3:
                return y == 0;
            case YDecrement:
                changes++;
                return y-- != 0;
            case 5:
                return x != y;
            case 6:
                return (block.Inputs >> (int)(ExecControl >> 24 & 31) & 1) != 0;
            default:
                return osrCount < PullThreshold;
            }
        }

        private bool Wait(int source, int number, uint polarity)
        {
            if(source == 2)
            {
                var flag = 1u << Flag(number);
                var isSet = (block.Flags & flag) != 0;
                if(isSet && polarity != 0)
                {
                    block.LowerFlag(flag); // to wait for a flag takes it
                }
                return isSet == (polarity != 0);
            }
            var pin = source == 0 ? number : (int)(PinControl >> 15 & 31) + number & 31;
            return (block.Inputs >> pin & 1) == polarity;
        }

        private bool In(int source, int count)
        {
            var autopush = (shiftControl >> 16 & 1) != 0;
            if(autopush && Math.Min(32, isrCount + count) >= PushThreshold && Receive.Full)
            {
                ReceiveStalled = true;
                return false;
            }
            var data = Source(source) & Mask(count);
            if(count == 32)
            {
                isr = data;
            }
            else if((shiftControl >> 18 & 1) != 0)
            {
                isr = isr >> count | data << 32 - count;
            }
            else
            {
                isr = isr << count | data;
            }
            isrCount = Math.Min(32, isrCount + count);
            changes++;
            if(autopush && isrCount >= PushThreshold)
            {
                PushIsr();
            }
            return true;
        }

        private Outcome Out(int destination, int count)
        {
            if((shiftControl >> 17 & 1) != 0 && osrCount >= PullThreshold)
            {
                outWaits = Transmit.Empty;
                TransmitStalled |= outWaits;
                Refill();
                return outWaits ? Outcome.Stall : Outcome.Again; // this clock only fetches the word
            }
            outWaits = false;
            uint data;
            if((shiftControl >> 19 & 1) != 0)
            {
                data = osr & Mask(count);
                osr = count == 32 ? 0 : osr >> count;
            }
            else
            {
                data = count == 32 ? osr : osr >> 32 - count;
                osr = count == 32 ? 0 : osr << count;
            }
            osrCount = Math.Min(32, osrCount + count);
            changes++;
            switch(destination)
            {
            case 0:
                OutPins(false, data);
                break;
            case 1:
                x = data;
                break;
            case 2:
                y = data;
                break;
            case 4:
                OutPins(true, data);
                break;
            case 5:
                target = (int)data & 31;
                break;
            case 6:
                isr = data;
                isrCount = count;
                break;
            case 7:
                executing = (int)(data & 0xFFFF);
                break;
            }
            return Outcome.Done;
        }

        private bool Push(bool ifFull, bool blocks)
        {
            if(ifFull && isrCount < PushThreshold)
            {
                return true;
            }
            if(Receive.Full)
            {
                ReceiveStalled = true;
                if(blocks)
                {
                    return false;
                }
                isr = 0;
                isrCount = 0;
                changes++;
                return true;
            }
            PushIsr();
            return true;
        }

        private bool Pull(bool ifEmpty, bool blocks)
        {
            if(ifEmpty && osrCount < PullThreshold)
            {
                return true;
            }
            if((shiftControl >> 17 & 1) != 0 && osrCount == 0)
            {
                return true; // autopull has been here before (datasheet 3.5.4.2)
            }
            if(Transmit.Empty)
            {
                if(blocks)
                {
                    TransmitStalled = true;
                    return false;
                }
                if(osr != x || osrCount != 0)
                {
                    changes++;
                }
                osr = x;
            }
            else
            {
                osr = Transmit.Take();
                changes++;
                block.FifoChanged();
            }
            osrCount = 0;
            return true;
        }

        private void Move(int destination, int operation, int source)
        {
            var data = Source(source);
            if(operation == 1)
            {
                data = ~data;
            }
            else if(operation == 2)
            {
                data = Reverse(data);
            }
            switch(destination)
            {
            case 0:
                OutPins(false, data);
                break;
            case 1:
                changes += x == data ? 0 : 1;
                x = data;
                break;
            case 2:
                changes += y == data ? 0 : 1;
                y = data;
                break;
            case 4:
                executing = (int)(data & 0xFFFF);
                break;
            case 5:
                target = (int)data & 31;
                break;
            case 6:
                changes += isr == data && isrCount == 0 ? 0 : 1;
                isr = data;
                isrCount = 0;
                break;
            case 7:
                changes += osr == data && osrCount == 0 ? 0 : 1;
                osr = data;
                osrCount = 0;
                break;
            }
        }

        private bool Irq(bool clear, bool waits, uint flag)
        {
            if(clear)
            {
                block.LowerFlag(flag);
                return true;
            }
            if(!irqWaits)
            {
                asserted.Raised |= flag;
                changes += (block.Flags & flag) == 0 ? 1 : 0;
                irqWaits = waits;
                return !waits;
            }
            irqWaits = (block.Flags & flag) != 0;
            changes++;
            return !irqWaits;
        }

        private void Set(int destination, uint data)
        {
            switch(destination)
            {
            case 0:
            case 4:
                var first = PinControl >> 5 & 31;
                Assert(destination == 4, Rotate(Mask((int)(PinControl >> 26 & 7)), first), Rotate(data, first));
                break;
            case 1:
                changes += x == data ? 0 : 1;
                x = data;
                break;
            case 2:
                changes += y == data ? 0 : 1;
                y = data;
                break;
            }
        }

        private uint Source(int source)
        {
            switch(source)
            {
            case 0:
                return Rotate(block.Inputs, 32 - (PinControl >> 15 & 31));
            case 1:
                return x;
            case 2:
                return y;
            case 5:
                var level = (ExecControl >> 4 & 1) != 0 ? Receive.Count : Transmit.Count;
                return level < (ExecControl & 15) ? uint.MaxValue : 0;
            case 6:
                return isr;
            case 7:
                return osr;
            default:
                return 0;
            }
        }

        private void OutPins(bool isDirection, uint data)
        {
            if((ExecControl >> 18 & 1) != 0 && (data >> (int)(ExecControl >> 19 & 31) & 1) == 0)
            {
                sticky = new PioWrites(); // a bit of the data says whether it is written (EXECCTRL.INLINE_OUT_EN)
                return;
            }
            var first = PinControl & 31;
            Assert(isDirection, Rotate(Mask((int)(PinControl >> 20 & 63)), first), Rotate(data, first));
        }

        private void Assert(bool isDirection, uint mask, uint value)
        {
            asserted.Write(isDirection, mask, value);
            if((ExecControl >> 17 & 1) != 0)
            {
                sticky = asserted;
                changes++;
            }
        }

        private void PushIsr()
        {
            Receive.Put(isr);
            isr = 0;
            isrCount = 0;
            changes++;
            block.FifoChanged();
        }

        private int PullThreshold { get { return (int)((shiftControl >> 25) - 1 & 31) + 1; } }

        private int PushThreshold { get { return (int)((shiftControl >> 20) - 1 & 31) + 1; } }

        // IRQ numbers with bit 4 are relative to the machine, modulo 4; bit 2 stays (datasheet 3.4.9).
        private int Flag(int number)
        {
            return (number & 16) != 0 ? (number & 4) | (number + index & 3) : number & 7;
        }

        private static uint Mask(int count)
        {
            return count >= 32 ? uint.MaxValue : (1u << count) - 1;
        }

        private static uint Rotate(uint value, uint left)
        {
            left &= 31;
            return left == 0 ? value : value << (int)left | value >> 32 - (int)left;
        }

        private static uint Reverse(uint value)
        {
            var result = 0u;
            for(var i = 0; i < 32; i++, value >>= 1)
            {
                result = result << 1 | value & 1;
            }
            return result;
        }

        private int SideCount { get { return (int)(PinControl >> 29); } }
    }
}
