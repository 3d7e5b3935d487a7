"""The microsecond timer, with alarms at the very microsecond.

rp2040py cuts the time to an alarm down to whole microseconds from wherever it is within one, so it fires early, finds
its time not come, and is armed again: one interrupt too many for every sleep.
"""

from __future__ import annotations

from rp2040py.peripherals.timer import ALARM_REGS, TIMERAWH, TIMERAWL, RPTimer

_US_MASK = 0xFFFFFFFF


class Timer(RPTimer):
    """Alarms fire when the counter's low word becomes equal to theirs. `skew` breaks what is read, not the alarms."""

    _skew_ppm = 0
    _skewed_ns = 0

    def skew(self, ppm: int) -> None:
        """From now on the counter runs off by so much: crystal and PLL no longer agree."""
        self._skew_ppm = ppm
        self._skewed_ns = int(self.clock.nanos)

    def _counter_us(self) -> int:
        now_ns = int(self.clock.nanos)
        off_ns = (now_ns - self._skewed_ns) * self._skew_ppm // 1_000_000
        return (int(now_ns - self._epoch_nanos) + off_ns) // 1000

    def read_uint32(self, offset: int) -> int:
        if offset == TIMERAWL:
            return self._counter_us() & _US_MASK
        if offset == TIMERAWH:
            return self._counter_us() >> 32
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset not in ALARM_REGS:
            super().write_uint32(offset, value)
            return
        alarm = self.alarms[ALARM_REGS.index(offset)]
        now_ns = int(self.clock.nanos - self._epoch_nanos)
        now_us = now_ns // 1000
        away_us = (value - now_us) & _US_MASK
        alarm.armed = True
        alarm.target_micros = value & _US_MASK
        alarm.clock_alarm.schedule(max(0, (now_us + away_us) * 1000 - now_ns))
