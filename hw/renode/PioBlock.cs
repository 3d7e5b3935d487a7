// A PIO block: four machines, their flags, the pins and the instruction memory (datasheet 3). It knows nothing of
// Renode.
//
// A clock: every machine that is due looks at flags and pins as the last clock left them; then what they wrote counts,
// the highest-numbered machine's write to a pin prevailing (datasheet 3.5.6), a flag that is set prevailing over its
// being cleared. A change of a pin is stamped with the next clock, and is seen through the two flip-flops of the input
// synchroniser two clocks later (datasheet 3.5.6.3).

using System;
using System.Collections.Generic;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class PioBlock
    {
        public PioBlock()
        {
            Program = new ushort[Instructions];
            Machines = new PioMachine[4];
            synchronised = new Queue<Arrival>();
            direct = new Queue<Arrival>();
            for(var i = 0; i < Machines.Length; i++)
            {
                Machines[i] = new PioMachine(this, i);
            }
        }

        public void Reset()
        {
            Flags = raised = lowered = 0;
            Bypass = 0;
            foreach(var machine in Machines)
            {
                machine.Reset();
            }
            SetOutputs(0, 0, 0);
            Changes++;
        }

        // When the block next does something that cannot be left out.
        public long DueClock
        {
            get
            {
                var due = Math.Min(First(synchronised), First(direct));
                foreach(var machine in Machines)
                {
                    due = Math.Min(due, machine.Insists ? instant + 1 : machine.DueClock);
                }
                return due;
            }
        }

        // Do everything up to and including a clock.
        public void Advance(long clock)
        {
            for(var due = DueClock; due <= clock; due = DueClock)
            {
                advanced = instant = due;
                Instant(due);
            }
            advanced = Math.Max(advanced, clock);
        }

        // To be called around a change from outside, by a register.
        public void BeginAccess(long clock)
        {
            Advance(clock);
            foreach(var machine in Machines)
            {
                machine.CatchUp(clock + 1);
            }
        }

        public void EndAccess(long clock)
        {
            Settle(Levels, Directions, clock);
        }

        // An instruction of the processor's, in an access.
        public void Execute(int machine, ushort instruction, long clock)
        {
            Machines[machine].Execute(instruction);
            var levels = Levels;
            var directions = Directions;
            Apply(Machines[machine].Asserted, ref levels, ref directions);
            Settle(levels, directions, clock);
        }

        // The levels on all pads, from a clock on.
        public void PadsChanged(uint pads, long clock)
        {
            synchronised.Enqueue(new Arrival { Clock = clock + SynchroniserClocks, Pads = pads });
            if(Bypass != 0)
            {
                direct.Enqueue(new Arrival { Clock = Math.Max(clock, advanced + 1), Pads = pads });
            }
        }

        // Whether everything is already as it is written.
        public bool Holds(PioWrites written)
        {
            return (Levels & written.LevelMask) == written.Levels
                && (Directions & written.DirectionMask) == written.Directions
                && (Flags & written.Raised) == written.Raised;
        }

        public void RaiseFlag(uint flag)
        {
            raised |= flag;
        }

        public void LowerFlag(uint flag)
        {
            lowered |= flag;
            Changes += (Flags & flag) != 0 ? 1 : 0; // also when another machine raises it in this clock
        }

        public void FifoChanged()
        {
            Changes++;
            fifosChanged = true;
        }

        public readonly ushort[] Program;
        public readonly PioMachine[] Machines;

        public uint Inputs { get; private set; }

        public uint Flags { get; private set; }

        public uint Levels { get; private set; }

        public uint Directions { get; private set; }

        // Pins that are seen without the synchroniser.
        public uint Bypass { get; set; }

        // Counts all that machines may look at or write to: flags, pins, FIFOs.
        public long Changes { get; private set; }

        public Action<long> OutputsChanged = clock => { };
        public Action LinesChanged = () => { }; // flags or FIFOs, and with them requests and interrupts

        public const int Instructions = 32;
        public const long Never = long.MaxValue;

        private void Instant(long clock)
        {
            var inputs = Arrive(direct, Bypass, Arrive(synchronised, ~Bypass, Inputs, clock), clock);
            if(inputs != Inputs)
            {
                Inputs = inputs;
                Changes++;
                Wake(clock);
            }
            var levels = Levels;
            var directions = Directions;
            foreach(var machine in Machines)
            {
                Apply(machine.At(clock), ref levels, ref directions);
            }
            Settle(levels, directions, clock);
        }

        private static long First(Queue<Arrival> arrivals)
        {
            return arrivals.Count > 0 ? arrivals.Peek().Clock : Never;
        }

        private static uint Arrive(Queue<Arrival> arrivals, uint mask, uint inputs, long clock)
        {
            while(First(arrivals) <= clock)
            {
                inputs = inputs & ~mask | arrivals.Dequeue().Pads & mask;
            }
            return inputs;
        }

        private void Apply(PioWrites written, ref uint levels, ref uint directions)
        {
            raised |= written.Raised;
            levels = levels & ~written.LevelMask | written.Levels;
            directions = directions & ~written.DirectionMask | written.Directions;
        }

        // What the machines have done in a clock takes effect.
        private void Settle(uint levels, uint directions, long clock)
        {
            var before = settled;
            var flags = Flags & ~lowered | raised;
            raised = lowered = 0;
            var flagsChanged = flags != Flags;
            if(flagsChanged)
            {
                Flags = flags;
                Changes++;
            }
            SetOutputs(levels, directions, clock + 1);
            if(Changes != before)
            {
                Wake(clock + 1);
                settled = Changes;
            }
            if(flagsChanged || fifosChanged)
            {
                fifosChanged = false;
                LinesChanged();
            }
        }

        private void SetOutputs(uint levels, uint directions, long clock)
        {
            if(levels != Levels || directions != Directions)
            {
                Levels = levels;
                Directions = directions;
                Changes++;
                OutputsChanged(clock);
            }
        }

        private void Wake(long clock)
        {
            foreach(var machine in Machines)
            {
                machine.CatchUp(clock);
            }
        }

        private struct Arrival
        {
            public long Clock;
            public uint Pads;
        }

        private uint raised;
        private uint lowered;
        private bool fifosChanged;
        private long settled;
        private long advanced;
        private long instant;
        private readonly Queue<Arrival> synchronised;
        private readonly Queue<Arrival> direct; // of pins that go around the synchroniser

        private const int SynchroniserClocks = 2;
    }
}
