"""Board time since boot in microseconds, over the wraps of the 32-bit timer."""

from array import array

import micropython


_BAND = 500  # ticks that reading one after the other may differ by
_ATTEMPTS = 3  # an interrupt may come in between


@micropython.viper
def _phase() -> int:
    """How far the free-running counter of system clocks is ahead of the timer, in ticks, 16 bits."""
    timer = ptr32(0x40054028)  # TIMERAWL
    counter = ptr32(0x40050044)  # CTR of PWM slice 3, which device/stamps.py lets run
    return (counter[0] - 125 * timer[0]) & 0xFFFF


@micropython.viper
def _put(kept: ptr32, target: ptr8, at: int):
    """Write the time in us, 64 bits, into `target[at:]`. `kept`: the timer when it was last looked at, its wraps."""
    timer = ptr32(0x40054028)  # TIMERAWL
    low = timer[0]
    if uint(low) < uint(kept[0]):
        kept[1] += 1
    kept[0] = low
    high = kept[1]
    index = 0
    while index < 4:
        target[at + index] = low & 0xFF
        target[at + 4 + index] = high & 0xFF
        low = low >> 8
        high = high >> 8
        index += 1


@micropython.viper
def spin():
    """Wait for about a millisecond: counted, not timed, for the host must be heard where the timer stands too."""
    left = 18_000
    while left:
        left -= 1


class Clock:
    """To be asked more often than the timer wraps (71 minutes)."""

    def __init__(self):
        self._kept = array("I", [0, 0])
        self._phase = _phase()

    def steady(self):
        """Whether clk_sys, from the PLL, still agrees with the timer, from the crystal."""
        for _ in range(_ATTEMPTS):
            apart = (_phase() - self._phase + 0x8000 & 0xFFFF) - 0x8000
            if -_BAND < apart < _BAND:
                return True
        return False

    def put(self, target, at):
        """Write the microseconds since power-on or reset, 64 bits, into `target[at:]`."""
        _put(self._kept, target, at)
