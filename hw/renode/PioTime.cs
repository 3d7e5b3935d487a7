// When a PIO state machine does what. Times are 1/256 of a system clock: a fractional divider adds them up, and the
// machine is clocked when a whole clock has come together (datasheet 3.5.5).
//
// One that stalls, that comes back to an instruction with nothing changed in between, or that counts down in a `jmp
// x--` to itself does nothing that anybody could see: it sleeps, and `CatchUp` takes it to where it is by then.

using System;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public partial class PioMachine
    {
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
            var until = clock << Fraction;
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
            else if(state == State.Stalled && stallWrites.Any)
            {
                var next = due + RoundUp((clock << Fraction) - due, divider);
                asserted = ClockOf(next) == clock ? stallWrites : asserted;
            }
            else if(state == State.Polling && pollWrites)
            {
                var at = Find(Math.Max(clock << Fraction, due), false);
                if(ClockOf(visits[at].Next) == clock)
                {
                    asserted = visits[at].Writes;
                }
            }
            return PioWrites.Over(sticky, asserted);
        }

        // Whether it will write pins in the next clock that are otherwise now (EXECCTRL.OUT_STICKY).
        public bool Insists { get { return Enabled && sticky.Any && !block.Holds(sticky); } }

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

        // Whether what has been done since a time, in which nothing has changed, goes on to change nothing: what it
        // writes must be what is there, and not have been overruled by another machine just then.
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
            if(instruction >> 13 != 0 || (instruction & 31) != pc || SetsSide(instruction))
            {
                return false;
            }
            if((condition != XDecrement || x == 0) && (condition != YDecrement || y == 0))
            {
                return false;
            }
            turn = (1 + Delay(instruction)) * divider;
            state = State.Counting;
            return true;
        }

        private uint Counter { get { return (block.Program[Pc] >> 5 & 7) == XDecrement ? x : y; } }

        // The least multiple of a period that is not less; 0 for what lies behind.
        private static long RoundUp(long time, long period)
        {
            return time <= 0 ? 0 : (time + period - 1) / period * period;
        }

        private static long ClockOf(long time)
        {
            return time >> Fraction;
        }

        private enum State { Running, Stalled, Polling, Counting }

        // When and how things stood when an instruction was last begun, and what it wrote to pins.
        private struct Visit
        {
            public long Time;
            public long Next;
            public long Version;
            public PioWrites Writes;
        }

        private State state;
        private long due;
        private long turn; // of the loop that it sleeps in
        private long pollVersion;
        private long pollFrom;
        private bool pollWrites;
        private PioWrites stallWrites;

        private readonly Visit[] visits;

        private const long NoVersion = 0;
    }
}
