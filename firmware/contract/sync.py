"""Random-interval pulses on SYNC, by which recordings are aligned: no stretch of them looks like another.

Both ends make the same intervals from the seed: uniform between the shortest and the longest, in whole microseconds, by
Marsaglia's xorshift32. The first pulse rises the first interval less a width after the first blank window has opened.
"""

from . import faults, limits

NONE = (0, 0, 0)
_TICKS_PER_US = limits.CLOCK_SYS_HZ // 1_000_000
INTERVALS_MAX = limits.FLASH_SYNC_BYTES // 4


def intervals(sync, span_ticks):
    """Yield the intervals in ticks from one rise to the next, until they cover `span_ticks`."""
    shortest_us, longest_us, state = sync[0] * 1000, sync[1] * 1000, sync[2]
    total = 0
    while total <= span_ticks:
        state ^= state << 13 & 0xFFFFFFFF
        state ^= state >> 17
        state ^= state << 5 & 0xFFFFFFFF
        ticks = (shortest_us + state % (longest_us - shortest_us + 1)) * _TICKS_PER_US
        total += ticks
        yield ticks


def check(sync, span_ticks):
    """Raise faults.Refused when an interval is beyond the limits, the seed is 0, or there may be too many."""
    shortest_ms, longest_ms, seed = sync
    if not limits.SYNC_INTERVAL_MIN_MS <= shortest_ms <= longest_ms <= limits.SYNC_INTERVAL_MAX_MS or not seed:
        raise faults.Refused(faults.SYNC_OUT_OF_RANGE)
    if span_ticks // (shortest_ms * 1000 * _TICKS_PER_US) + 2 > INTERVALS_MAX:
        raise faults.Refused(faults.SYNC_OUT_OF_RANGE)
