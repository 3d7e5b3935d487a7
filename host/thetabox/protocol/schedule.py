"""Exact ticks: every onset of a protocol, and the form in which the board is told of it.

An onset is rounded once, from t0, half up: with exact time x in ticks it is floor(x + 1/2). Over the common denominator
D of the protocol that is (k + D // 2) // D with integer k = x D, which is how the board works it out, too. All of it is
in Python's integers: a product of rates easily exceeds 64 bits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from contract import limits
from contract.protocol import GAP_ON

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .spec import Spec

TICKS_PER_S = limits.CLOCK_SYS_HZ


@dataclass(frozen=True, eq=False)
class Schedule:
    """A protocol in ticks of 8 ns from t0.

    onset_ticks: (pulses,) int64. indices: (pulses, levels) int64, innermost first; listed onsets are the innermost
    level. levels, gaps: as contract.protocol.Protocol takes them.
    """

    onset_ticks: NDArray[np.int64]
    indices: NDArray[np.int64]
    levels: tuple[tuple[int, int, int], ...]
    gaps: tuple[int, ...]


def round_half_up(ticks: Fraction) -> int:
    """floor(x + 1/2)."""
    return math.floor(ticks + Fraction(1, 2))


def onset_ticks(spec: Spec) -> list[int]:
    """Onset of every pulse in ticks from t0, in the pattern's order. The caller bounds the number of pulses first."""
    times = [pattern.interval_s * TICKS_PER_S for pattern in spec.patterns]
    listed = [onset * TICKS_PER_S for onset in spec.onsets_s] or [Fraction(0)]
    scale = math.lcm(*(each.denominator for each in (*times, *listed)))
    sums = [int(onset * scale) for onset in listed]
    for pattern, time in zip(spec.patterns, times, strict=True):
        step = int(time * scale)
        sums = [outer * step + inner for outer in range(pattern.count) for inner in sums]
    return [(each + scale // 2) // scale for each in sums]


def _indices(spec: Spec) -> NDArray[np.int64]:
    counts = [*([len(spec.onsets_s)] if spec.onsets_s else []), *(pattern.count for pattern in spec.patterns)]
    if not counts:
        return np.zeros((1, 0), np.int64)
    return np.ascontiguousarray(np.indices(tuple(reversed(counts)), np.int64).reshape(len(counts), -1)[::-1].T)


def _gaps(ticks: list[int]) -> tuple[int, ...]:
    """Gaps of the image's list, from t0; GAP_ON stands for so many ticks without an onset."""
    gaps: list[int] = []
    last = 0
    for tick in ticks:
        filler, rest = divmod(tick - last, GAP_ON)
        gaps += [GAP_ON] * filler + [rest]
        last = tick
    return tuple(gaps)


def _nests(spec: Spec, levels: tuple[tuple[int, int, int], ...]) -> bool:
    """Whether the image's nested form says this protocol exactly; otherwise its onsets are listed one by one.

    The board adds whole ticks of the list to the rounded start of its repetition: exact when one of the two is whole.
    """
    whole_list = all((onset * TICKS_PER_S).denominator == 1 for onset in spec.onsets_s)
    return whole_list or all(denominator == 1 for _, _, denominator in levels)


def schedule(spec: Spec, ticks: list[int]) -> Schedule:
    """The schedule of a protocol from its onsets, which must not fall and must lie within the board's duration."""
    exact = [(pattern.count, pattern.interval_s * TICKS_PER_S) for pattern in spec.patterns]
    levels = tuple((count, period.numerator, period.denominator) for count, period in exact)
    onsets = np.array(ticks, np.int64)
    if _nests(spec, levels):
        listed = [round_half_up(onset * TICKS_PER_S) for onset in spec.onsets_s]
        return Schedule(onsets, _indices(spec), levels, _gaps(listed))
    return Schedule(onsets, _indices(spec), (), _gaps(ticks))
