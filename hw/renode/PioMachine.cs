// One PIO state machine: registers, FIFOs and what each instruction does (datasheet 3.4). It knows nothing of Renode.
//
// Times are 1/256 of a system clock. A machine is due at its next clock (or after the delay of its last instruction).
// One that stalls, that comes back to an instruction with nothing changed in between, or that counts down in a `jmp x--`
// to itself does nothing that anybody could see: it sleeps, and `CatchUp` takes it to where it is by then.

using System;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class PioMachine
    {
        public PioMachine(PioBlock block, int index)
        {
            this.block = block;
            this.index = index;
            visits = new Visit[PioBlock.Instructions];
            Reset();
        }

        public void Reset()
        {
            ExecControl = 0x1F000;
            shiftControl = 0xC0000;
            PinControl = 0x14000000;
            divider = Whole;
            Transmit = new PioFifo(FifoDepth);
            Receive = new PioFifo(FifoDepth);
            Enabled = TransmitStalled = ReceiveStalled = false;
            Pc = 0;
            x = y = osr = 0;
            phase = due = 0;
            Restart();
        }

        // What CTRL.SM_RESTART clears (datasheet 3.7, CTRL): not PC, X, Y and OSR.
        public void Restart()
        {
            isr = 0;
            isrCount = 0;
            osrCount = 32;
            irqWaits = outWaits = false;
            executing = NoInstruction;
            sticky = new PioWrites();
            if(Enabled)
            {
                state = State.Running;
            }
            changes++;
        }

        public void RestartDivider(long clock)
        {
            phase = due = clock << Fraction;
        }

        public void Enable(bool on, long clock)
        {
            if(on && !Enabled)
            {
                var time = clock << Fraction;
                due = phase >= time ? phase : phase + RoundUp(time - phase, divider);
                state = State.Running;
            }
            Enabled = on;
            changes++;
        }

        // Run an instruction now, whether the machine is enabled or not; it breaks a stall and takes no clock of the
        // program's. One that stalls itself stays in the machine until it is done.
        public void Execute(int instruction)
        {
            irqWaits = outWaits = false;
            asserted = new PioWrites();
            var at = due;
            do
            {
                executing = NoInstruction;
                target = Pc;
                outcome = Perform(instruction);
            }
            while(outcome == Outcome.Again);
            due = at;
            if(outcome == Outcome.Done)
            {
                Pc = target;
            }
            else
            {
                executing = instruction;
            }
            state = State.Running;
            changes++;
        }

        // When the machine next does something that cannot be left out.
        public long DueClock
        {
            get
            {
                if(!Enabled || state == State.Stalled || state == State.Polling)
                {
                    return PioBlock.Never;
                }
                return ClockOf(state == State.Counting ? due + Counter * turn : due);
            }
        }

        // Be where the machine is at `clock`, and look again from there: what it looks at is about to change.
        public void CatchUp(long clock)
        {
            if(!Enabled || state == State.Running)
            {
                return;
            }
            var until = (clock << Fraction) - Whole + 1; // the first 256th that belongs to this clock
            if(state == State.Polling)
            {
                Find(Math.Max(until, due), true);
            }
            else if(due < until)
            {
                if(state == State.Stalled)
                {
                    due += RoundUp(until - due, divider);
                }
                else
                {
                    var turns = Math.Min(RoundUp(until - due, turn) / turn, Counter);
                    if((block.Program[Pc] >> 5 & 7) == XDecrement)
                    {
                        x -= (uint)turns;
                    }
                    else
                    {
                        y -= (uint)turns;
                    }
                    due += turns * turn;
                    changes++;
                }
            }
            state = State.Running;
        }

        // What happens at a clock: the instruction that is due, if any; a sleeper writes again. The result is what
        // the machine writes in this clock.
        public PioWrites At(long clock)
        {
            asserted = new PioWrites();
            if(!Enabled)
            {
                return asserted;
            }
            if(DueClock <= clock)
            {
                CatchUp(clock);
                Step();
            }
            else if(state == State.Stalled && stallWrites.Any && ClockOf(due + RoundUp(Math.Max(0, (clock << Fraction) - Whole + 1 - due), divider)) == clock)
            {
                asserted = stallWrites;
            }
            else if(state == State.Polling && pollWrites)
            {
                var at = Find(Math.Max((clock << Fraction) - Whole + 1, due), false);
                if(ClockOf(visits[at].Next) == clock)
                {
                    asserted = visits[at].Writes;
                }
            }
            return PioWrites.Over(sticky, asserted);
        }

        public PioFifo Transmit { get; private set; }

        public PioFifo Receive { get; private set; }

        public bool Enabled { get; private set; }

        public int Pc { get; private set; }

        public bool TransmitStalled { get; set; }

        public bool ReceiveStalled { get; set; }

        public bool ExecuteStalled { get { return executing != NoInstruction; } }

        // Whether it will write pins in the next clock that are otherwise now (EXECCTRL.OUT_STICKY).
        public bool Insists { get { return Enabled && sticky.Any && !block.Holds(sticky); } }

        // What the machine wrote to pins in an instruction given to `Execute`.
        public PioWrites Asserted { get { return asserted; } }

        // Bits 31 to 16 whole clocks (0 means 65536), 15 to 8 256ths.
        public uint Divider
        {
            get
            {
                return (uint)(divider << Fraction);
            }

            set
            {
                divider = value >> Fraction;
                if(divider < Whole)
                {
                    divider += 65536 * Whole;
                }
                changes++;
            }
        }

        public uint ExecControl
        {
            get
            {
                return execControl;
            }

            set
            {
                execControl = value;
                if((value >> 17 & 1) == 0)
                {
                    sticky = new PioWrites();
                }
            }
        }

        public uint PinControl { get; set; }

        public uint ShiftControl
        {
            get
            {
                return shiftControl;
            }

            set
            {
                var join = value & JoinBoth;
                if(((shiftControl ^ value) & JoinBoth) != 0) // a change of the join bits empties both
                {
                    Transmit = new PioFifo(join == 0 ? FifoDepth : join == JoinTransmit ? 2 * FifoDepth : 0);
                    Receive = new PioFifo(join == 0 ? FifoDepth : join == JoinReceive ? 2 * FifoDepth : 0);
                }
                shiftControl = value;
            }
        }

        // A word has come: autopull fetches it between the OUTs (datasheet 3.5.4.2).
        public void Refill()
        {
            if((shiftControl >> 17 & 1) != 0 && !outWaits && osrCount >= PullThreshold && !Transmit.Empty)
            {
                osr = Transmit.Take();
                osrCount = 0;
                changes++;
                block.FifoChanged();
            }
        }

        // The program or a setting has changed.
        public void Changed()
        {
            changes++;
        }

        public const int FifoDepth = 4;

        private void Step()
        {
            if(executing != NoInstruction)
            {
                StepExecuted();
                return;
            }
            var pc = Pc;
            var version = changes + block.Changes;
            if(visits[pc].Version == version && visits[pc].Time < due && Polls(visits[pc].Time, version))
            {
                turn = due - visits[pc].Time;
                pollVersion = version;
                pollFrom = visits[pc].Time;
                asserted = visits[pc].Writes;
                state = State.Polling;
                return;
            }
            var instruction = block.Program[pc];
            var time = due;
            if(CountsDown(instruction, pc))
            {
                visits[pc].Version = NoVersion;
                return;
            }
            target = pc == (ExecControl >> 12 & 31) ? (int)(ExecControl >> 7 & 31) : (pc + 1) & 31;
            outcome = Perform(instruction);
            if(outcome == Outcome.Done)
            {
                Pc = target;
            }
            else if(outcome == Outcome.Stall)
            {
                Stall();
            }
            visits[pc].Version = outcome == Outcome.Done ? version : NoVersion;
            visits[pc].Time = time;
            visits[pc].Writes = asserted;
        }

        private void StepExecuted()
        {
            var instruction = executing;
            executing = NoInstruction;
            changes++; // a loop through it has no place in the program for every clock of its own
            target = Pc;
            outcome = Perform(instruction);
            if(outcome == Outcome.Done)
            {
                Pc = target;
                return;
            }
            executing = instruction;
            if(outcome == Outcome.Stall)
            {
                Stall();
            }
        }

        private void Stall()
        {
            stallWrites = asserted;
            stallWrites.Raised = 0; // `irq wait` raises its flag once
            state = block.Holds(asserted) && !Insists ? State.Stalled : State.Running;
        }

        // Whether what has been done since a time, in which nothing has changed, goes on to change nothing: what it writes
        // must be what is there, and not have been overruled by another machine just then.
        private bool Polls(long since, long version)
        {
            pollWrites = false;
            if(Insists)
            {
                return false;
            }
            foreach(var visit in visits)
            {
                if(visit.Version == version && visit.Time >= since && visit.Writes.Any)
                {
                    pollWrites = true;
                    if(!block.Holds(visit.Writes))
                    {
                        return false;
                    }
                }
            }
            return true;
        }

        // Of the instructions in a polling loop the one that comes first at or after a time; with `go` the machine goes
        // there.
        private int Find(long time, bool go)
        {
            var first = -1;
            for(var pc = 0; pc < visits.Length; pc++)
            {
                if(visits[pc].Version == pollVersion && visits[pc].Time >= pollFrom)
                {
                    visits[pc].Next = visits[pc].Time + RoundUp(time - visits[pc].Time, turn);
                    if(first < 0 || visits[pc].Next < visits[first].Next)
                    {
                        first = pc;
                    }
                }
            }
            if(go)
            {
                for(var pc = 0; pc < visits.Length; pc++)
                {
                    if(visits[pc].Version == pollVersion && visits[pc].Time >= pollFrom)
                    {
                        visits[pc].Time = visits[pc].Next - turn;
                    }
                }
                Pc = first;
                due = visits[first].Next;
            }
            return first;
        }

        // `jmp x--` or `jmp y--` to itself, with something left to count.
        private bool CountsDown(int instruction, int pc)
        {
            var condition = instruction >> 5 & 7;
            if(instruction >> 13 != 0 || (instruction & 31) != pc || SideCount > 0)
            {
                return false;
            }
            if((condition != XDecrement || x == 0) && (condition != YDecrement || y == 0))
            {
                return false;
            }
            turn = (1 + (instruction >> 8 & 31)) * divider;
            state = State.Counting;
            return true;
        }

        private uint Counter { get { return (block.Program[Pc] >> 5 & 7) == XDecrement ? x : y; } }

        private int SideCount { get { return (int)(PinControl >> 29); } }

        // Do it, and set the time of the next. Side-set takes place also when the instruction stalls, and prevails over
        // OUT and SET of the same machine (datasheet 3.5.6); the delay comes when it is done.
        private Outcome Perform(int instruction)
        {
            var field = instruction >> 8 & 31;
            var delay = field & (1 << 5 - SideCount) - 1;
            var result = PerformKind(instruction);
            SideSet(field);
            Refill();
            if(result != Outcome.Done || executing != NoInstruction) // of an EXEC the own delay is ignored
            {
                delay = 0;
            }
            due += (1 + delay) * divider;
            return result;
        }

        private void SideSet(int field)
        {
            var count = SideCount;
            if(count == 0)
            {
                return;
            }
            var value = (uint)field >> 5 - count;
            if((ExecControl >> 30 & 1) != 0) // the top bit says whether
            {
                if((field & 16) == 0)
                {
                    return;
                }
                count--;
            }
            var first = PinControl >> 10 & 31;
            asserted.Write((ExecControl >> 29 & 1) != 0, Rotate(Mask(count), first), Rotate(value, first));
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
                return ((middle & 4) == 0 ? Push(conditional, blocks) : Pull(conditional, blocks)) ? Outcome.Done : Outcome.Stall;
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
            if((shiftControl >> 17 & 1) != 0 && osrCount < PullThreshold)
            {
                return true; // with autopull nothing is to be done while there is something in the OSR
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

        // The least multiple of a period that is not less; 0 for what lies behind.
        private static long RoundUp(long time, long period)
        {
            return time <= 0 ? 0 : (time + period - 1) / period * period;
        }

        private static long ClockOf(long time)
        {
            return time + Whole - 1 >> Fraction;
        }

        private enum State { Running, Stalled, Polling, Counting }

        private enum Outcome { Done, Stall, Again }

        // When and how things stood when an instruction was last begun, and what it wrote to pins.
        private struct Visit
        {
            public long Time;
            public long Next;
            public long Version;
            public PioWrites Writes;
        }

        private uint execControl;
        private uint shiftControl;
        private uint x;
        private uint y;
        private uint isr;
        private uint osr;
        private int isrCount;
        private int osrCount;
        private bool irqWaits; // `irq wait` has raised its flag
        private bool outWaits; // an OUT stalls for a word, and fetches it itself
        private int executing; // an instruction by EXEC or of the processor's that is still to be done
        private int target;
        private Outcome outcome;
        private PioWrites asserted;
        private PioWrites sticky; // the last write of OUT or SET, while EXECCTRL.OUT_STICKY has it repeated
        private PioWrites stallWrites;

        private State state;
        private long divider;
        private long phase; // a time at which the divider began
        private long due;
        private long turn; // of the loop that it sleeps in
        private long pollVersion;
        private long pollFrom;
        private bool pollWrites;
        private long changes = 1;

        private readonly Visit[] visits;
        private readonly PioBlock block;
        private readonly int index;

        private const int Fraction = 8;
        private const long Whole = 1 << Fraction;
        private const long NoVersion = 0;
        private const int XDecrement = 2;
        private const int YDecrement = 4;
        private const int NoInstruction = -1;
        private const uint JoinTransmit = 1u << 30;
        private const uint JoinReceive = 1u << 31;
        private const uint JoinBoth = JoinTransmit | JoinReceive;
    }

    // What is written to pins in a clock, and the flags that are raised.
    public struct PioWrites
    {
        public void Write(bool isDirection, uint mask, uint value)
        {
            if(isDirection)
            {
                DirectionMask |= mask;
                Directions = Directions & ~mask | value & mask;
            }
            else
            {
                LevelMask |= mask;
                Levels = Levels & ~mask | value & mask;
            }
        }

        // The second prevails.
        public static PioWrites Over(PioWrites first, PioWrites second)
        {
            first.Write(false, second.LevelMask, second.Levels);
            first.Write(true, second.DirectionMask, second.Directions);
            first.Raised |= second.Raised;
            return first;
        }

        public bool Any { get { return (LevelMask | DirectionMask | Raised) != 0; } }

        public uint LevelMask;
        public uint Levels;
        public uint DirectionMask;
        public uint Directions;
        public uint Raised;
    }

    // A queue of words; a joined one's other half has room for none.
    public class PioFifo
    {
        public PioFifo(int depth)
        {
            words = new uint[depth];
        }

        public void Put(uint word)
        {
            words[(first + Count++) % words.Length] = word;
        }

        public uint Take()
        {
            var word = words[first];
            first = (first + 1) % words.Length;
            Count--;
            return word;
        }

        public int Count { get; private set; }

        public bool Empty { get { return Count == 0; } }

        public bool Full { get { return Count == words.Length; } }

        private int first;
        private readonly uint[] words;
    }
}
