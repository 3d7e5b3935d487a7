"""The logic analyser of the emulated board: edges with the PIO's own tick, and the board's side as well."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from contract import pins

from thetabox.capture import HIGH_Z, Capture

if TYPE_CHECKING:
    from .chip import Chip

SIGNALS = (
    pins.TRIG_A, pins.TRIG_B, pins.MARKER, pins.BLANK, pins.CHARGE_EN, pins.CHARGER_SUPPLY_EN, pins.DUMP_INHIBIT,
    pins.SAFE_OK, pins.INTERLOCK, pins.BANK_OK, pins.TARGET_BELOW, pins.TRIG_SENSE, pins.FIRED, pins.SUPPLY_ON,
)  # fmt: skip


class Analyser:
    """Records from its making on."""

    def __init__(self, chip: Chip) -> None:
        self._index = {gpio: index for index, gpio in enumerate(SIGNALS)}
        self._tick = array("q")
        self._pin = array("B")
        self._level = array("B")
        for gpio in SIGNALS:
            if gpio in pins.OUTPUTS:
                chip.on_output(gpio, partial(self.record, gpio))

    def record(self, gpio: int, tick: int, level: int | None) -> None:
        """One edge; the plant calls this for the signals that it drives."""
        index = self._index.get(gpio)
        if index is not None:
            self._tick.append(tick)
            self._pin.append(index)
            self._level.append(HIGH_Z if level is None else level)

    def capture(self) -> Capture:
        """All edges so far, in time's order."""
        tick = np.array(self._tick, np.int64)
        order = np.argsort(tick, kind="stable")
        names = tuple(pins.NAMES[gpio] for gpio in SIGNALS)
        pin, level = np.array(self._pin, np.uint8), np.array(self._level, np.uint8)
        return Capture(names, tick[order], pin[order], level[order])
