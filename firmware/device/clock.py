"""Board time since boot in microseconds, over the wraps of the 32-bit timer."""

import micropython
from machine import mem32

from . import regs


_BAND = 500  # ticks that reading one after the other may differ by
_ATTEMPTS = 3  # an interrupt may come in between


@micropython.viper
def _phase() -> int:
    """How far the free-running counter of system clocks is ahead of the timer, in ticks, 16 bits."""
    timer = ptr32(0x40054028)  # TIMERAWL
    counter = ptr32(0x40050044)  # CTR of PWM slice 3, which device/stamps.py lets run
    return (counter[0] - 125 * timer[0]) & 0xFFFF


class Clock:
    """To be asked more often than the timer wraps (71 minutes)."""

    def __init__(self):
        self._last = 0
        self._wraps = 0
        self._phase = _phase()

    def steady(self):
        """Whether clk_sys, from the PLL, still agrees with the timer, from the crystal."""
        for _ in range(_ATTEMPTS):
            apart = (_phase() - self._phase + 0x8000 & 0xFFFF) - 0x8000
            if -_BAND < apart < _BAND:
                return True
        return False

    def time_us(self):
        """Microseconds since power-on or reset."""
        low = mem32[regs.TIMERAWL]
        if low < self._last:
            self._wraps += 1
        self._last = low
        return self._wraps << 32 | low
