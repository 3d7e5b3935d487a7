// Random PIO blocks, run once as the model runs them, with machines that sleep, and once with every machine awake in
// every clock: both must do the same. Pins are looped back, and something happens from outside at random clocks.

using System;
using System.Linq;
using System.Text;

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.RP2040;

namespace ThetaBox.Tests
{
    public static class PioSteps
    {
        // The first seed from `first` on that does not agree, and both accounts of it; or that all do.
        public static string PioSleepers(this Emulation emulation, int first, int count)
        {
            for(var seed = first; seed < first + count; seed++)
            {
                var asleep = new Trial(seed).Run(false);
                var awake = new Trial(seed).Run(true);
                if(asleep != awake)
                {
                    return string.Format("seed {0}\nasleep {1}\nawake {2}", seed, asleep, awake);
                }
            }
            return "all agree";
        }

        private class Trial
        {
            public Trial(int seed)
            {
                random = new Random(seed);
                length = random.Next(2, PioBlock.Instructions + 1);
                block.OutputsChanged = Looped;
                for(var i = 0; i < PioBlock.Instructions; i++)
                {
                    block.Program[i] = Instruction();
                }
                block.Bypass = random.Next(3) == 0 ? (uint)random.Next() : 0;
                var machines = random.Next(1, block.Machines.Length + 1);
                for(var i = 0; i < machines; i++)
                {
                    SetUp(block.Machines[i]);
                }
                for(var i = 0; i < machines; i++)
                {
                    block.Machines[i].Enable(true, 1);
                }
            }

            public string Run(bool awake)
            {
                var events = Enumerable.Range(0, random.Next(40)).Select(i => (long)random.Next(Clocks)).ToList();
                events.Sort();
                events.Add(Clocks);
                var clock = 1L;
                foreach(var until in events)
                {
                    for(; awake && clock <= until; clock++)
                    {
                        Waken(clock);
                    }
                    block.Advance(until);
                    if(until < Clocks)
                    {
                        Happen(until);
                    }
                }
                log.AppendFormat("flags {0:x}", block.Flags);
                return log.ToString();
            }

            private void Waken(long clock)
            {
                block.BeginAccess(clock);
                foreach(var machine in block.Machines)
                {
                    machine.Changed();
                }
                block.EndAccess(clock);
            }

            private void SetUp(PioMachine machine)
            {
                machine.Divider = random.Next(3) == 0 ? (uint)random.Next(1, 6) << 16 | (uint)random.Next(256) << 8 : 1u << 16;
                var top = random.Next(length);
                machine.ExecControl = (uint)(top << 12 | random.Next(top + 1) << 7 | random.Next(8) << 24 | random.Next(32)
                    | Sometimes(2, 1 << 30) | Sometimes(3, 1 << 29) | Sometimes(6, 1 << 17)
                    | Sometimes(6, 1 << 18 | random.Next(32) << 19));
                machine.ShiftControl = (uint)random.Next(1 << 16) << 16 & (random.Next(3) == 0 ? uint.MaxValue : 0x3FFFFFFF);
                machine.PinControl = (uint)(random.Next(3) << 29 | random.Next(6) << 26 | random.Next(9) << 20
                    | random.Next(8) << 15 | random.Next(8) << 10 | random.Next(8) << 5 | random.Next(8));
                machine.RestartDivider(1);
            }

            private ushort Instruction()
            {
                var delay = random.Next(2) == 0 ? 0 : random.Next(4) == 0 ? random.Next(32) : random.Next(3);
                return (ushort)(WithoutDelay() | delay << 8);
            }

            private int WithoutDelay()
            {
                switch(random.Next(10))
                {
                case 0:
                case 1:
                    return random.Next(8) << 5 | random.Next(length);
                case 2:
                    return 1 << 13 | random.Next(2) << 7 | random.Next(3) << 5 | random.Next(2) << 4 | random.Next(8);
                case 3:
                    return 2 << 13 | random.Next(8) << 5 | random.Next(32);
                case 4:
                    return 3 << 13 | random.Next(8) << 5 | random.Next(32);
                case 5:
                    return 4 << 13 | random.Next(8) << 5;
                case 6:
                    return 5 << 13 | random.Next(8) << 5 | random.Next(3) << 3 | random.Next(8);
                case 7:
                    return 6 << 13 | random.Next(4) << 5 | random.Next(2) << 4 | random.Next(8);
                default:
                    return 7 << 13 | new[] { 0, 1, 2, 4 }[random.Next(4)] << 5 | random.Next(32);
                }
            }

            // An input, a word to or from a machine, or flags, from outside; and a look at what can be seen there.
            private void Happen(long clock)
            {
                var machine = block.Machines[random.Next(block.Machines.Length)];
                var value = (uint)random.Next();
                if(random.Next(4) == 0)
                {
                    board ^= 1u << (int)(value & 7);
                    Looped(clock);
                    return;
                }
                block.BeginAccess(clock);
                log.AppendFormat("{0}: flags {1:x} at {2} ", clock, block.Flags, string.Join(",", block.Machines.Select(m => m.Pc)));
                if((value & 3) == 0 && !machine.Transmit.Full)
                {
                    machine.Transmit.Put(value);
                    block.FifoChanged();
                    if(machine.Enabled)
                    {
                        machine.Refill();
                    }
                }
                else if((value & 3) == 1 && !machine.Receive.Empty)
                {
                    log.AppendFormat("received {0:x} ", machine.Receive.Take());
                    block.FifoChanged();
                }
                else if((value & 3) == 2)
                {
                    block.RaiseFlag(value >> 8 & 0xFF);
                }
                else
                {
                    block.LowerFlag(value >> 8 & 0xFF);
                }
                block.EndAccess(clock);
            }

            private void Looped(long clock)
            {
                log.AppendFormat("{0}={1:x}/{2:x} ", clock, block.Levels, block.Directions);
                block.PadsChanged(block.Levels & block.Directions | board & ~block.Directions, clock);
            }

            private int Sometimes(int outOf, int bits)
            {
                return random.Next(outOf) == 0 ? bits : 0;
            }

            private uint board;

            private readonly int length;
            private readonly Random random;
            private readonly PioBlock block = new PioBlock();
            private readonly StringBuilder log = new StringBuilder();

            private const int Clocks = 3000;
        }
    }
}
