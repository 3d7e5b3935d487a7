"""Board time since boot in microseconds, over the wraps of the 32-bit timer."""

from machine import mem32

from . import regs


class Clock:
    """To be asked more often than the timer wraps (71 minutes)."""

    def __init__(self):
        self._last = 0
        self._wraps = 0

    def time_us(self):
        """Microseconds since power-on or reset."""
        low = mem32[regs.TIMERAWL]
        if low < self._last:
            self._wraps += 1
        self._last = low
        return self._wraps << 32 | low
