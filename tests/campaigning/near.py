"""Never charging near a pulse, whatever the processor does."""

from itertools import pairwise

from rig import Rig
from thetabox.protocol import load
from windows import charging, charging_near

from .campaign import MS, NEVER, pass_by, until
from .interlock import freeze

FROZEN_BEFORE = 10 * MS  # of a burst, at the most: the tokens that are granted by then last for a charge and more
WATCHDOG_S = 0.3


def full_itbs600():
    """600 pulses at the highest intensity: the charger is busy in nearly every gap."""
    return Rig().start(load("iTBS600"), percent=100)


def near_pulses(rig, tick, rng):
    """(ticks for which CHARGE_EN is high in a no-charge window, windows with the processor stopped).

    All windows of the train so far are looked at. The processor stops before a burst, until its reset; the charger has
    to be at work after each of its pulses but the last, or nothing has been shown. Where the last token ends in the
    second of these charges the third pulse finds no bank, and is not given.
    """
    stopped = max(tick - rng.randrange(FROZEN_BEFORE), rig.chip.ticks + MS)
    until(rig, stopped)
    freeze(rig, stopped)
    pass_by(rig, tick, WATCHDOG_S)
    onsets, _ = rig.pulses()
    frozen = onsets[onsets > stopped]
    starts, _ = charging(rig)
    at_work = all(((starts > one) & (starts < other)).any() for one, other in pairwise(frozen))
    return charging_near(rig, onsets), len(frozen) if at_work else -NEVER
