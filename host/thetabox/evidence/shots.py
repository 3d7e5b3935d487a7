"""Triggers of trains, without the one by which a board proves its output gate before a charge."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from thetabox.capture import HIGH

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from thetabox.capture import Capture

PROVEN = ("TRIG_A", "TRIG_SENSE")  # on which it is seen; MARKER does not show it


def shots(capture: Capture, name: str = "TRIG_A") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(rises, falls) of a signal in ticks, shape (n,) each.

    The trigger of the proof comes while the bank is dumping, no other does on the bank: it is told by DUMP_INHIBIT, and
    stays in where that was not recorded or, towards an external stimulator, is never high.
    """
    rises, falls = capture.pulses(name)
    if name not in PROVEN or "DUMP_INHIBIT" not in capture.names:
        return rises, falls
    ticks, levels = capture.edges("DUMP_INHIBIT")
    if not (levels == HIGH).any():
        return rises, falls
    held = np.append(0, levels)[np.searchsorted(ticks, rises, "right")] == HIGH
    return rises[held], falls[held]
