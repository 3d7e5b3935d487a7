"""Quantities that relax exponentially, and when they meet, in closed form: nothing here steps through time."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from itertools import pairwise

from .parameters import TICK_S

Terms = list[tuple[float, float]]  # (a, r) for a sum of a exp(-r t)
_BISECTIONS = 60


@dataclass(frozen=True)
class Relaxation:
    """x(t) = final + (value - final) exp(-t / tau), t in s from its own beginning."""

    value: float
    final: float
    tau_s: float

    def at(self, seconds: float) -> float:
        """Its value after some time."""
        return self.value - (self.final - self.value) * math.expm1(-seconds / self.tau_s)

    def time_to(self, level: float) -> float | None:
        """Seconds until it passes `level`; None when it never does or is there already."""
        way = self.final - self.value
        part = (level - self.value) / way if way else 0.0
        return -self.tau_s * math.log1p(-part) if 0.0 < part < 1.0 else None

    def terms(self) -> Terms:
        """As a sum of exponentials."""
        return [(self.final, 0.0), (self.value - self.final, 1 / self.tau_s)]

    def scaled(self, factor: float) -> Relaxation:
        """Times a constant."""
        return Relaxation(self.value * factor, self.final * factor, self.tau_s)

    def squared(self) -> Terms:
        """Its square as a sum of exponentials."""
        final, way, rate = self.final, self.value - self.final, 1 / self.tau_s
        return [(final * final, 0.0), (2 * final * way, rate), (way * way, 2 * rate)]


class Course:
    """A relaxing quantity on the board's clock: ticks outside, seconds inside."""

    def __init__(self, value: float, tau_s: float) -> None:
        self._piece = Relaxation(value, value, tau_s)
        self._since = 0

    def from_tick(self, tick: int) -> Relaxation:
        """What it does from `tick` on."""
        return replace(self._piece, value=self.at(tick))

    def at(self, tick: int) -> float:
        """Its value at a board time, not before its last change."""
        return self._piece.at(max(0, tick - self._since) * TICK_S)

    @property
    def final(self) -> float:
        """Where it goes."""
        return self._piece.final

    def aim(self, tick: int, final: float, tau_s: float) -> bool:
        """From `tick` on go to `final`; True when that is a change."""
        if (final, tau_s) == (self._piece.final, self._piece.tau_s):
            return False
        self._piece, self._since = Relaxation(self.at(tick), final, tau_s), tick
        return True

    def put(self, tick: int, value: float) -> None:
        """Jump to `value` and go on from there."""
        self._piece, self._since = replace(self._piece, value=value), tick


def first_root(terms: Terms, horizon_s: float) -> float | None:
    """The first time in (0, horizon) at which a sum of exponentials changes sign; None without one."""
    return next(iter(_roots(sorted(terms, key=lambda term: term[1]), horizon_s)), None)


def _roots(terms: Terms, horizon_s: float) -> list[float]:
    """All changes of sign. Between two of them lies one of the derivative's (Rolle), which has a term less.

    The smallest rate is factored out before: exp(r t) moves no root, and its term then has no derivative.
    """
    if len(terms) < 2:
        return []
    slowest = terms[0][1]
    shifted = [(a, r - slowest) for a, r in terms]
    turns = _roots([(-a * r, r) for a, r in shifted[1:]], horizon_s)
    roots = []
    for start, end in pairwise([0.0, *turns, horizon_s]):
        if _sum(shifted, start) * _sum(shifted, end) < 0:
            roots.append(_bisect(shifted, start, end))
    return roots


def _sum(terms: Terms, seconds: float) -> float:
    return math.fsum(a * math.exp(-r * seconds) for a, r in terms)


def _bisect(terms: Terms, start: float, end: float) -> float:
    rising = _sum(terms, start) < 0
    for _ in range(_BISECTIONS):
        middle = (start + end) / 2
        if (_sum(terms, middle) < 0) == rising:
            start = middle
        else:
            end = middle
    return end
