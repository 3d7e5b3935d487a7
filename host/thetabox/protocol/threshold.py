"""The motor threshold, from the answers to single pulses: which intensity to give next, and when it is known.

A method is a function of the trials so far and of nothing else: taking one back is leaving it out, and an intensity
that the operator has chosen instead counts as what it is. Intensities are whole % of the stimulator's maximum (MSO).

Sources, with the marks of how sure they are.
RelativeFrequency: 5 % up until responses are consistent, then 1 % down until fewer than 5 of 10 respond; that plus 1 %
is the threshold (Rossini, Rothwell; IFCN). found: a textbook's chapter (Robotized TMS, "about 75" pulses), and that a
level is decided by the 5th response or the 6th miss (BoshuoWang/TMS_Thresholding, IFCNmethod.m). abstract: it is
biased (Wang et al. 2023, 10.1088/1741-2552/acf1cc). memory: Rossini et al. 1994, Groppa et al. 2012.
MaximumLikelihood: best PEST with a cumulative Gaussian, whose SD is 7 % of the threshold, from a miss at 0 and a
response above 130 %, ties averaged. found: the same repository, MLEstimation.m version 1, which names Awiszus 2003.
abstract: 18 pulses suffice (Shirota et al. 2025, 10.1016/j.cnp.2025.12.008); the same threshold as the relative
frequency's with 15 pulses fewer (Ah Sen et al. 2017, 10.1371/journal.pone.0186007). memory: Awiszus 2003 (Suppl Clin
Neurophysiol 56:13). design: at most 5 % up at once; the misses of that climb are not among the 18.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import takewhile
from typing import TYPE_CHECKING, Protocol

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Trial = tuple[int, bool]  # intensity in % MSO, whether there was a response

COARSE = 5  # the most that either method goes up at once, in % MSO: no guess leaps
RESPONSES, MISSES = 5, 6  # of 10: what decides a level first
SPREAD = 0.07
THRESHOLD_MAX = 130.0
GRID = np.arange(1, 10 * THRESHOLD_MAX + 1) / 10
WITHIN = 1.92  # of the best log likelihood: the 95 % interval, half the chi-square's quantile of one degree
TIE = 1e-9


@dataclass(frozen=True)
class Step:
    """What a method says after some trials.

    percent: the intensity to give next, None when it is done. threshold: in % MSO when it is done and found one.
    interval: 95 % interval of the threshold, where the method knows one. says: in words, when it is done without.
    """

    percent: int | None
    threshold: float | None = None
    interval: tuple[float, float] | None = None
    says: str = ""


class Method(Protocol):
    """A way to search."""

    @property
    def name(self) -> str:
        """As it is remembered beside the threshold."""

    def step(self, trials: Sequence[Trial]) -> Step:
        """What follows after these trials, in the order in which they were made."""


@dataclass(frozen=True)
class RelativeFrequency:
    """Five responses of ten. start, low, high: first, lowest and highest intensity in % MSO."""

    start: int
    low: int
    high: int
    name: str = "relative frequency"

    def step(self, trials: Sequence[Trial]) -> Step:
        """The level below the lowest that holds, until one does not."""
        decided = {percent: _decided(trials, percent) for percent, _ in trials}
        held = [percent for percent, holds in decided.items() if holds]
        if not held:
            return self._climb(trials, decided)
        below = min(held) - 1
        if below < self.low:
            return Step(None, says=f"there are responses down to {self.low} %")
        return Step(None, float(min(held))) if decided.get(below) is False else Step(below)

    def _climb(self, trials: Sequence[Trial], decided: dict[int, bool | None]) -> Step:
        """Until a level holds: up at every miss; before the first miss, down."""
        if not trials:
            return Step(self.start)
        percent, response = trials[-1]
        if response and all(each for _, each in trials):
            return Step(max(percent - COARSE, self.low))
        if response:
            return Step(percent)
        if decided.get(self.high) is False:
            return Step(None, says=f"there are too few responses up to {self.high} %")
        return Step(min(percent + COARSE, self.high))


def _decided(trials: Sequence[Trial], percent: int) -> bool | None:
    """Whether a level holds; None while that is open. What was reached first counts."""
    responses = misses = 0
    for level, response in trials:
        if level == percent:
            responses += response
            misses += not response
            if responses == RESPONSES or misses == MISSES:
                return responses == RESPONSES
    return None


@dataclass(frozen=True)
class MaximumLikelihood:
    """Each pulse at the threshold that is the most likely one by then; done after `pulses` beyond the first climb."""

    start: int
    low: int
    high: int
    pulses: int = 18
    name: str = "maximum likelihood"

    def step(self, trials: Sequence[Trial]) -> Step:
        """The estimate, rounded to what can be given."""
        if not trials:
            return Step(self.start)
        threshold, interval = estimate(trials)
        done = len(trials) - self._climbed(trials) >= self.pulses
        if interval[0] > self.high or (done and threshold > self.high):
            return Step(None, says=f"the threshold lies above {self.high} %")
        if interval[1] < self.low or (done and threshold < self.low):
            return Step(None, says=f"the threshold lies below {self.low} %")
        if done:
            return Step(None, threshold, interval)
        most = min(self.high, max(percent for percent, _ in trials) + COARSE)
        return Step(max(self.low, min(most, round(threshold))), interval=interval)

    def _climbed(self, trials: Sequence[Trial]) -> int:
        """Misses on the way up to where the first answer but the start's tells something."""
        misses = list(takewhile(lambda trial: not trial[1] and trial[0] < self.high, trials))
        return max(0, len(misses) - 1)


def estimate(trials: Sequence[Trial]) -> tuple[float, tuple[float, float]]:
    """(the most likely threshold, its 95 % interval) in % MSO, to 0.1 %."""
    known = [(0.0, False), (THRESHOLD_MAX + 0.1, True), *trials]
    likely = sum(_log_likelihoods(*trial) for trial in known)
    best = np.max(likely)
    near = GRID[likely > best - WITHIN]
    return round(float(GRID[likely > best - TIE].mean()), 1), (float(near[0]), float(near[-1]))


@cache
def _log_likelihoods(percent: float, response: bool) -> NDArray[np.float64]:
    """Of each threshold of the grid, given one trial."""
    beyond = (percent - GRID) / (SPREAD * GRID * math.sqrt(2))
    chances = [math.erfc(-each if response else each) / 2 for each in beyond.tolist()]
    return np.log(np.maximum(chances, 1e-300))
