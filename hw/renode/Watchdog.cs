// The watchdog and its scratch registers (datasheet 4.7). Its counter falls twice a microsecond (erratum RP2040-E1).

using System;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Watchdog : Block
    {
        public Watchdog(Clock clock) : base("WATCHDOG")
        {
            this.clock = clock;
            alarm = new Alarm(clock, () => Bite(TimedOut));
            Reset();
        }

        // As at power-on.
        public override void Reset()
        {
            reason = 0;
            Array.Clear(scratch, 0, scratch.Length);
            Stop();
        }

        // As after a reset that it has made itself: reason and scratch registers stay.
        public void Stop()
        {
            control = 0;
            load = 0;
            tick = TickEnable;
            alarm.Cancel();
        }

        // (whether the time was up, else it was asked for)
        public event Action<bool> Bitten = timedOut => { };

        protected override uint Held(long register)
        {
            return register == Control ? control : Read(register);
        }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case Control:
                return control | (alarm.Pending ? TicksOf(alarm.Due - clock.Now) : load);
            case Reason:
                return reason;
            case Tick:
                return tick | ((tick & TickEnable) != 0 ? TickRuns : 0);
            default:
                var index = (register - Scratch) / 4;
                return index >= 0 && index < scratch.Length ? scratch[index] : NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            switch(register)
            {
            case Control:
                control = value & ControlKept;
                if((value & Trigger) != 0)
                {
                    Bite(Forced);
                    return;
                }
                Plan();
                break;
            case Load:
                load = Math.Min(value, (uint)MostTicks);
                alarm.Cancel();
                Plan();
                break;
            case Tick:
                tick = value & (TickEnable | 0x1FF);
                break;
            default:
                var index = (register - Scratch) / 4;
                if(index < 0 || index >= scratch.Length)
                {
                    NotModelled(register, value);
                    return;
                }
                scratch[index] = value;
                break;
            }
        }

        private static uint TicksOf(long cycles)
        {
            return (uint)Math.Min(MostTicks, 2 * cycles / Clock.CyclesPerMicrosecond);
        }

        private void Plan()
        {
            if((control & Enable) == 0)
            {
                alarm.Cancel();
            }
            else if(!alarm.Pending)
            {
                alarm.After(load * Clock.CyclesPerMicrosecond / 2);
            }
        }

        private void Bite(uint why)
        {
            reason = why;
            Stop();
            Bitten(why == TimedOut);
        }

        private uint control;
        private uint load;
        private uint reason;
        private uint tick;

        private readonly uint[] scratch = new uint[8];
        private readonly Alarm alarm;
        private readonly Clock clock;

        private const long Control = 0x00;
        private const long Load = 0x04;
        private const long Reason = 0x08;
        private const long Scratch = 0x0C;
        private const long Tick = 0x2C;
        private const uint Trigger = 1u << 31;
        private const uint Enable = 1 << 30;
        private const uint ControlKept = Enable | 7 << 24;
        private const uint TickEnable = 1 << 9;
        private const uint TickRuns = 1 << 10;
        private const long MostTicks = 0xFFFFFF;
        private const uint TimedOut = 1;
        private const uint Forced = 2;
    }
}
