"""Board time in ticks: one tick is 8 ns, a system clock at 125 MHz."""

from __future__ import annotations

from collections.abc import Callable

from contract import limits
from rp2040py.clock.clock import IClock

NS_PER_TICK = 1_000_000_000 // limits.CLOCK_SYS_HZ


class Alarm:
    """A callback at a board time. Scheduling it again moves it."""

    __slots__ = ("_alarm", "_clock")

    def __init__(self, clock: IClock, callback: Callable[[], None]) -> None:
        self._clock = clock
        self._alarm = clock.create_alarm(callback)

    def at(self, tick: int) -> None:
        """Call back at `tick`; at once when that has passed."""
        self._alarm.schedule(max(0.0, tick * NS_PER_TICK - self._clock.nanos))

    def after(self, ticks: int) -> None:
        """Call back `ticks` from now."""
        self._alarm.schedule(ticks * NS_PER_TICK)

    def cancel(self) -> None:
        """Forget it; nothing happens when it is not scheduled."""
        self._alarm.cancel()


def ticks(clock: IClock) -> int:
    """Ticks since power-on. rp2040py counts nanoseconds in a float, which is exact for 100 days."""
    return int(clock.nanos) // NS_PER_TICK
