"""What a campaign is, and how its endings are run."""

import math
import random
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from rig import HZ, ChildLost, Rig, in_child, spec
from thetabox.errors import ThetaboxError

from .ticks import IN_FIRST_TRAIN

TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)), (2, Fraction(4)))
SHORT = spec((3, Fraction(1, 50)), (3, Fraction(1, 5)))  # charged, given and closed within an ending
SYNCHRONISER = 3  # clocks that silicon adds and the emulator does not: two to synchronise, one for a stalled wait
MS = HZ // 1_000
NEVER = math.inf  # the figure of what did not happen, or happened when it must not, where a bound is the highest
LEAD_S = 0.3  # before its tick an ending leaves a train that many share


@dataclass(frozen=True)
class Criterion:
    """A figure, in `unit`, that may not exceed `bound`, or where `least` not fall below it."""

    figure: str
    unit: str
    bound: float
    least: bool = False

    @property
    def never(self):
        """The figure of what did not happen, or happened when it must not."""
        return -NEVER if self.least else NEVER

    def broken(self, figure):
        """Whether a figure is beyond the bound."""
        return figure < self.bound if self.least else figure > self.bound

    def worse(self, figure, other):
        """The worse one of two figures, either of which may be None."""
        known = [each for each in (figure, other) if each is not None]
        return (min if self.least else max)(known, default=None)


@dataclass(frozen=True)
class Campaign:
    """`ending(rig, tick, rng)` lets it happen at `tick`; a figure for each criterion, None where it does not apply.

    fault: what fails. begin: brings a board to where the endings begin. count: endings of the whole campaign.
    ticks(rig, rng): an endless supply of them. along: the ticks rise, and each ending leaves the train shortly before.
    """

    fault: str
    criteria: tuple
    ending: Callable
    begin: Callable = lambda: Rig().start(TRAIN)
    count: int = 1_000
    ticks: Callable = IN_FIRST_TRAIN
    along: bool = False


@dataclass
class Outcome:
    """worst: of each criterion, None when no ending met it. met: endings that did. broken: (tick, figures, note)."""

    count: int
    worst: list
    met: list
    broken: list


def until(rig, tick):
    """Let the train run with heartbeats until shortly before a tick."""
    rig.beat((tick - rig.chip.ticks) / HZ - 0.12)


def pass_by(rig, tick, seconds):
    """Run to some time after a tick, without a word from the host."""
    rig.board.wait((tick - rig.chip.ticks) / HZ + seconds)


def ms_between(early, late):
    """Ticks as milliseconds."""
    return (late - early) / MS


def _ending(campaign, rig, tick, rng):
    """(figures, what was done) of one ending, in a fork; one that raises or has no end breaks every criterion."""
    never = tuple(criterion.never for criterion in campaign.criteria)

    def action():
        try:
            return campaign.ending(rig, tick, rng), rig.note
        except (ThetaboxError, AssertionError) as error:
            place = traceback.extract_tb(error.__traceback__)[-1]
            return never, f"{rig.note}: {error!r} in {place.name}, line {place.lineno}"

    try:
        return in_child(action)
    except ChildLost as lost:
        return never, str(lost)


def run(campaign, name, count, seed, told=lambda done: None):
    """Run so many endings; the same `name`, `seed` and `count` make the same ones."""
    rng = random.Random(f"{name} {seed}")
    rig = campaign.begin()
    ticks = campaign.ticks(rig, rng)
    outcome = Outcome(count, [None] * len(campaign.criteria), [0] * len(campaign.criteria), [])
    for index in range(count):
        tick, own = next(ticks), random.Random(rng.random())
        if campaign.along:
            rig.beat((tick - rig.chip.ticks) / HZ - LEAD_S)
        figures, note = _ending(campaign, rig, tick, own)
        for place, (criterion, figure) in enumerate(zip(campaign.criteria, figures, strict=True)):
            if figure is None:
                continue
            outcome.met[place] += 1
            outcome.worst[place] = criterion.worse(figure, outcome.worst[place])
            if criterion.broken(figure) and (tick, figures, note) not in outcome.broken:
                outcome.broken.append((tick, figures, note))
        told(index + 1)
    return outcome
