"""The logic analyser of the emulated board: edges with the PIO's own tick, and the board's side as well."""

from __future__ import annotations

from array import array
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from contract import pins

from thetabox.capture import HIGH, HIGH_Z, LOW, Capture

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .surface import ChipLike

SIGNALS = (
    pins.TRIG_A, pins.TRIG_B, pins.MARKER, pins.BLANK, pins.CHARGE_EN, pins.CHARGER_SUPPLY_EN, pins.DUMP_INHIBIT,
    pins.SYNC, pins.SAFE_OK, pins.INTERLOCK, pins.BANK_OK, pins.TARGET_BELOW, pins.TRIG_SENSE, pins.FIRED,
    pins.SUPPLY_ON, pins.TRIG_IN,
)  # fmt: skip
RESET = "RESET"  # no wire: a pulse without width at every reset of the chip


class Analyser:
    """Records from its making on, 10 bytes an edge. What does not change a signal's level is no edge."""

    def __init__(self, chip: ChipLike, signals: tuple[int, ...] = SIGNALS) -> None:
        self._chip = chip
        self.names = (*(pins.NAMES[gpio] for gpio in signals), RESET)
        self._index = {gpio: index for index, gpio in enumerate(signals)}
        self._level_of = array("B", [HIGH_Z] * len(self.names))
        self._tick = array("q")
        self._pin = array("B")
        self._level = array("B")
        for gpio in signals:
            if gpio in pins.OUTPUTS:
                chip.on_output(gpio, partial(self.record, gpio))
        chip.on_reset(self._reset)

    def record(self, gpio: int, tick: int, level: int | None) -> None:
        """One edge; the plant calls this for the signals that it drives. None is high impedance."""
        index = self._index.get(gpio)
        if index is not None:
            self._add(index, tick, HIGH_Z if level is None else level)

    def _add(self, index: int, tick: int, level: int) -> None:
        if self._level_of[index] != level:
            self._level_of[index] = level
            self._tick.append(tick)
            self._pin.append(index)
            self._level.append(level)

    def _reset(self) -> None:
        tick = self._chip.ticks
        self._add(len(self.names) - 1, tick, HIGH)
        self._add(len(self.names) - 1, tick, LOW)

    def __len__(self) -> int:
        return len(self._tick)

    def clear(self) -> None:
        """Forget the edges so far; the signals keep their levels."""
        del self._tick[:], self._pin[:], self._level[:]

    def edges(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """(ticks, levels) of one signal so far."""
        return self.capture().edges(name)

    def pulses(self, name: str) -> list[tuple[int, int]]:
        """(rise, fall) in ticks of one signal's finished pulses so far."""
        rises, falls = self.capture().pulses(name)
        return list(zip(rises.tolist(), falls.tolist(), strict=True))

    def capture(self) -> Capture:
        """All edges so far, in time's order."""
        tick = np.array(self._tick, np.int64)
        order = np.argsort(tick, kind="stable")
        pin, level = np.array(self._pin, np.uint8), np.array(self._level, np.uint8)
        return Capture(self.names, tick[order], pin[order], level[order])
