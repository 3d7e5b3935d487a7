// The chip's time: system clocks of 8 ns since power-on, and alarms that are exact to one of them.
//
// One one-shot entry in the machine's clock source wakes the model at the next alarm. Renode's virtual time is brought
// up to date before every look at the time, for within a translated block of instructions it stands still. clk_sys is
// always 125 MHz here: what runs before the firmware has set up the PLL runs as fast as what runs after it.

using System;
using System.Collections.Generic;

using Antmicro.Renode.Core;
using Antmicro.Renode.Peripherals.CPU;
using Antmicro.Renode.Time;

namespace Antmicro.Renode.Peripherals.RP2040
{
    // Something that will happen at a clock; setting it anew forgets the earlier time.
    public class Alarm
    {
        public Alarm(Clock clock, Action action)
        {
            this.clock = clock;
            Action = action;
            Due = Clock.Never;
            clock.Add(this);
        }

        public void At(long cycle)
        {
            if(cycle != Due)
            {
                Due = cycle;
                clock.Replan();
            }
        }

        public void After(long cycles)
        {
            At(clock.Now + cycles);
        }

        public void Cancel()
        {
            At(Clock.Never);
        }

        public bool Pending { get { return Due != Clock.Never; } }

        public long Due { get; set; }

        public readonly Action Action;

        private readonly Clock clock;
    }

    public class Clock : IPeripheral
    {
        public Clock(IMachine machine)
        {
            this.machine = machine;
            alarms = new List<Alarm>();
            armed = Never;
            var once = new ClockEntry(
                long.MaxValue, Hertz, Wake, this, "alarm", false, Direction.Descending, WorkMode.OneShot);
            machine.ClockSource.AddClockEntry(once);
        }

        // Time goes on over resets of the chip.
        public void Reset()
        {
        }

        public void Add(Alarm alarm)
        {
            alarms.Add(alarm);
        }

        // System clocks since power-on; while an alarm is carried out, the very clock that it was set to.
        public long Now
        {
            get
            {
                Sync();
                return now;
            }
        }

        // Carry out what was due up to now: to be called before a register is looked at that alarms change.
        public void Sync()
        {
            if(running)
            {
                return;
            }
            ICPU cpu;
            if(machine.SystemBus.TryGetCurrentCPU(out cpu))
            {
                cpu.SyncTime();
            }
            now = Math.Max(now, Elapsed);
        }

        // The next alarm may be another one now.
        public void Replan()
        {
            if(running)
            {
                return;
            }
            var due = Next();
            if(due == armed)
            {
                return;
            }
            armed = due;
            var distance = due == Never ? 0 : Math.Max(1, due - Now);
            machine.ClockSource.ExchangeClockEntryWith(Wake, entry => distance == 0
                ? entry.With(enabled: false)
                : entry.With(period: (ulong)distance, value: (ulong)distance, enabled: true));
            ICPU cpu;
            if(machine.SystemBus.TryGetCurrentCPU(out cpu))
            {
                ((IControllableCPU)cpu).RequestReturn(); // it may have been told to run beyond the alarm
            }
        }

        public const long Never = long.MaxValue;
        public const ulong Hertz = 125000000;
        public const long CyclesPerMicrosecond = 125;

        private long Elapsed { get { return (long)machine.ClockSource.CurrentValue.Ticks / NanosecondsPerCycle; } }

        private long Next()
        {
            var due = Never;
            foreach(var alarm in alarms)
            {
                due = Math.Min(due, alarm.Due);
            }
            return due;
        }

        private void Wake()
        {
            armed = Never;
            var until = Elapsed;
            running = true;
            try
            {
                for(var due = Next(); due <= until; due = Next())
                {
                    now = Math.Max(now, due);
                    for(var i = 0; i < alarms.Count; i++)
                    {
                        if(alarms[i].Due <= due)
                        {
                            alarms[i].Due = Never;
                            alarms[i].Action();
                        }
                    }
                }
            }
            finally
            {
                running = false;
            }
            now = Math.Max(now, until);
            Replan();
        }

        private long now;
        private long armed;
        private bool running;

        private readonly IMachine machine;
        private readonly List<Alarm> alarms;

        private const long NanosecondsPerCycle = 8;
    }
}
