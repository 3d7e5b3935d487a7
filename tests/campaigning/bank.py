"""Boards on which a charge, or the way down, is to fail; and what is asked of all of them."""

from contract import limits, messages
from rig import HZ, OUTPUTS, Rig

from .campaign import NEVER, TRAIN, ms_between

SAFE_V = limits.BANK_TOUCH_SAFE_MV / 1000
PERCENT = (15, 100)  # intensities at random


def full():
    """A train at the highest intensity: the charger is busy in nearly every gap."""
    return Rig().start(TRAIN, percent=100)


def proven(made=TRAIN):
    """A board that has passed its proof, at rest, with a protocol; `proven_ms`: from CHARGE through it until ready."""
    rig = Rig().upload(made)
    began = rig.chip.ticks
    rig.proven_ms = ms_between(began, rig.charge().chip.ticks)
    rig.link.request(messages.ABORT)
    return rig.idle()


def discharged(rig, since):
    """Seconds from a tick until the bank is safe to touch."""
    while rig.plant.bank_v >= SAFE_V:
        if rig.chip.ticks > since + 8 * HZ:
            return NEVER
        rig.board.wait(0.01)
    return max(0, rig.chip.ticks - since) / HZ


def all_off(rig, *more):
    """Whether no output is high, nor these others."""
    return all(rig.level(name) in (0, 2) for name in (*OUTPUTS, *more))
