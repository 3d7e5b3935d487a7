// The microsecond timer and its four alarms (datasheet 4.6).

using System;
using System.Linq;

using Antmicro.Renode.Core;

namespace Antmicro.Renode.Peripherals.RP2040
{
    public class Timer : Block
    {
        public Timer(Clock clock) : base("TIMER")
        {
            this.clock = clock;
            Alarm0 = new GPIO();
            Alarm1 = new GPIO();
            Alarm2 = new GPIO();
            Alarm3 = new GPIO();
            lines = new[] { Alarm0, Alarm1, Alarm2, Alarm3 };
            alarms = Enumerable.Range(0, Alarms).Select(i => new Alarm(clock, () => Ring(i))).ToArray();
        }

        public override void Reset()
        {
            epoch = clock.Now;
            raised = enabled = forced = latchedHigh = writtenLow = 0;
            foreach(var alarm in alarms)
            {
                alarm.Cancel();
            }
            SetInterrupts();
        }

        public GPIO Alarm0 { get; private set; }

        public GPIO Alarm1 { get; private set; }

        public GPIO Alarm2 { get; private set; }

        public GPIO Alarm3 { get; private set; }

        protected override uint Held(long register)
        {
            return register >= Enabled ? Read(register) : 0;
        }

        protected override uint Read(long register)
        {
            switch(register)
            {
            case High:
                return latchedHigh;
            case Low: // latches the high word
                var now = Microseconds;
                latchedHigh = (uint)(now >> 32);
                return (uint)now;
            case Armed:
                clock.Sync();
                return (uint)alarms.Select((alarm, i) => alarm.Pending ? 1 << i : 0).Sum();
            case RawHigh:
                return (uint)(Microseconds >> 32);
            case RawLow:
                return (uint)Microseconds;
            case DebugPause:
                return 7;
            case Raised:
                return raised;
            case Enabled:
                return enabled;
            case Forced:
                return forced;
            case Status:
                return raised & enabled | forced;
            default:
                var isAlarm = register >= FirstAlarm && register < Armed;
                return isAlarm ? targets[(register - FirstAlarm) / 4] : NotModelled(register);
            }
        }

        protected override void Write(long register, uint value, uint bits)
        {
            clock.Sync();
            switch(register)
            {
            case WriteHigh:
                epoch = clock.Now - (((long)value << 32) + writtenLow) * Clock.CyclesPerMicrosecond;
                break;
            case WriteLow:
                writtenLow = value;
                break;
            case Armed:
                for(var i = 0; i < Alarms; i++)
                {
                    if((bits >> i & 1) != 0)
                    {
                        alarms[i].Cancel();
                    }
                }
                break;
            case Raised:
                raised &= ~bits;
                break;
            case Enabled:
                enabled = value & AllAlarms;
                break;
            case Forced:
                forced = value & AllAlarms;
                break;
            default:
                if(register < FirstAlarm || register >= Armed)
                {
                    NotModelled(register, value);
                    return;
                }
                Arm((int)(register - FirstAlarm) / 4, value);
                break;
            }
            SetInterrupts();
        }

        // It rings when the counter's low word becomes equal to its own.
        private void Arm(int index, uint target)
        {
            targets[index] = target;
            var now = Microseconds;
            var at = now + (target - (uint)now);
            alarms[index].At(Math.Max(clock.Now, epoch + (long)at * Clock.CyclesPerMicrosecond));
        }

        private void Ring(int index)
        {
            raised |= 1u << index;
            SetInterrupts();
        }

        private void SetInterrupts()
        {
            for(var i = 0; i < Alarms; i++)
            {
                lines[i].Set(((raised & enabled | forced) >> i & 1) != 0);
            }
        }

        private ulong Microseconds { get { return (ulong)((clock.Now - epoch) / Clock.CyclesPerMicrosecond); } }

        private long epoch; // when the counter was 0
        private uint raised;
        private uint enabled;
        private uint forced;
        private uint latchedHigh;
        private uint writtenLow;

        private readonly uint[] targets = new uint[Alarms];
        private readonly Alarm[] alarms;
        private readonly GPIO[] lines;
        private readonly Clock clock;

        private const int Alarms = 4;
        private const uint AllAlarms = (1 << Alarms) - 1;
        private const long WriteHigh = 0x00;
        private const long WriteLow = 0x04;
        private const long High = 0x08;
        private const long Low = 0x0C;
        private const long FirstAlarm = 0x10;
        private const long Armed = 0x20;
        private const long RawHigh = 0x24;
        private const long RawLow = 0x28;
        private const long DebugPause = 0x2C;
        private const long Raised = 0x34;
        private const long Enabled = 0x38;
        private const long Forced = 0x3C;
        private const long Status = 0x40;
    }
}
