"""The independent oracle: what a protocol means, worked out with fractions from the definition. Slow and plain.

Shares no code with the host's compiler nor with the kernel.
"""

from fractions import Fraction
from math import floor

TICKS_PER_S = 125_000_000


def onsets(patterns, listed=()):
    """Onset ticks. patterns: [(count, interval in s)] innermost first; listed: onsets in s of the innermost train."""
    starts = [Fraction(0)]
    for count, interval in reversed(patterns):
        starts = [start + k * Fraction(interval) for start in starts for k in range(count)]
    result = []
    for start in starts:
        base = floor(start * TICKS_PER_S + Fraction(1, 2))
        for onset in listed or [0]:
            result.append(base + floor(Fraction(onset) * TICKS_PER_S + Fraction(1, 2)))
    return result
