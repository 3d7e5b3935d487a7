"""When the charger is on, and whether that is ever near a pulse."""

import numpy as np
from contract import limits
from contract.protocol import TICKS_PER_US

BEFORE, AFTER = limits.BLANK_BEFORE_US * TICKS_PER_US, limits.BLANK_AFTER_US * TICKS_PER_US


def charging(rig):
    """(starts, ends) of CHARGE_EN, as arrays of ticks; one that is high still ends now."""
    ticks, levels = rig.board.capture().edges("CHARGE_EN")
    ends = np.append(ticks, rig.chip.ticks)[1:]
    high = levels == 1
    return ticks[high], ends[high]


def charging_near(rig, onsets):
    """Ticks for which CHARGE_EN is high from 100 us before an onset until 1 ms after it, of all these onsets."""
    total = 0
    for start, end in zip(*charging(rig), strict=True):
        overlaps = np.minimum(onsets + AFTER, end) - np.maximum(onsets - BEFORE, start)
        total += int(overlaps.clip(min=0).sum())
    return total
