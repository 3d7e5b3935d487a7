"""The independent oracle: what a protocol means, worked out with fractions from the definition. Slow and plain.

Shares no code with the host's compiler nor with the kernel. A pulse with indices i0 (innermost), i1, ... happens
i0 * interval0 + i1 * interval1 + ... after t0 (with listed onsets: plus its place in the list), and its tick is the
nearest one to that time, the later of two equally near.
"""

from fractions import Fraction
from itertools import pairwise, product
from math import floor

TICKS_PER_S = 125_000_000
A, B = 1, 2


def nearest(ticks):
    return floor(ticks + Fraction(1, 2))


def onsets(patterns, listed=()):
    """Onset ticks. patterns: [(count, interval in s)] innermost first; listed: onsets in s of the innermost train."""
    outermost_first = list(reversed(patterns))
    result = []
    for indices in product(*(range(count) for count, _ in outermost_first)):
        start = sum(
            (i * Fraction(interval) for i, (_, interval) in zip(indices, outermost_first, strict=True)), Fraction()
        )
        result.extend(nearest((start + Fraction(onset)) * TICKS_PER_S) for onset in listed or [0])
    return result


def pulses(patterns, listed=(), width_us=1_000, channels=A, lag_ticks=0):
    """[(onset tick, width in ticks, channel)] in time's order; channel B alone has no lag."""
    width = nearest(Fraction(width_us) * TICKS_PER_S / 1_000_000)
    result = []
    for onset in onsets(patterns, listed):
        if channels & A:
            result.append((onset, width, A))
        if channels & B:
            result.append((onset + (lag_ticks if channels & A else 0), width, B))
    return sorted(result)


def shortest_gap(ticks):
    """Shortest gap between consecutive onsets, None for one."""
    return min((late - early for early, late in pairwise(ticks)), default=None)
