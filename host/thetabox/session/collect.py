"""Fetching what the board has stamped while a train runs, before its rings are overwritten."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from contract import messages, records

from thetabox.evidence.stamps import BAD_SAMPLE, bank_volts, edge_ticks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from thetabox.board.link import Link

RINGS = (messages.RING_TRIGGER, messages.RING_FIRED, messages.RING_BANK)
FETCH_PULSES = 64  # a ring holds the edges of 256 pulses
LOST_SAMPLE = BAD_SAMPLE.to_bytes(2, "little")


class Collector:
    """Stamps and readings of one train."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._data = dict.fromkeys(RINGS, b"")
        self._next = dict.fromkeys(RINGS, 0)
        self._fetched = 0
        self._offset_s = 0.0
        self.given = 0  # pulses that the last status has told of
        self.lost = 0  # entries that were overwritten before they were fetched
        self._readings: list[tuple[float, float, float]] = []

    def begin(self, offset_s: float) -> None:
        """The train begins, or goes on after a pause, this long after its t0: the board counts from 0 again."""
        self._offset_s = offset_s
        self._next = dict.fromkeys(RINGS, 0)
        self._fetched = 0

    def note(self, status: dict[str, Any]) -> None:
        """Keep the readings of a status; fetch the stamps when enough have gathered."""
        second = self._offset_s + (status["time_us"] - status["start_us"]) / 1e6
        self.given = given(status)
        self._readings.append((second, status["bank_mv"] / 1000, status["coil_centi_c"] / 100))
        if status["triggered"] + status["vetoed"] >= self._fetched + FETCH_PULSES:
            self.fetch()
            self._fetched = status["triggered"] + status["vetoed"]

    def fetch(self) -> None:
        """Take what each ring has more than before. Entries come in pairs, and stay in pairs where some were lost."""
        for ring in RINGS:
            following = self._next[ring]
            first, data = self._link.stamps(ring, following)
            size = messages.size(messages.SAMPLE if ring == messages.RING_BANK else messages.STAMP)
            self._next[ring] = first + len(data) // size
            lost = first - following
            if lost > 0 and ring == messages.RING_BANK:
                self._data[ring] += LOST_SAMPLE * lost
            elif lost > 0:
                self._data[ring] = self._data[ring][: -(following % 2) * size or None]  # a rise without its fall
                data = data[first % 2 * size :]  # a fall without its rise
            self.lost += max(0, lost)
            self._data[ring] += data

    def edges(self, ring: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rises, falls) of an edge ring in ticks."""
        ticks = edge_ticks(self._data[ring])
        return ticks[0 : len(ticks) // 2 * 2 : 2], ticks[1::2]

    @property
    def bank_v(self) -> NDArray[np.float64]:
        """(windows, 2): before and after each blank window."""
        return bank_volts(self._data[messages.RING_BANK])

    @property
    def readings(self) -> NDArray[np.float64]:
        """(n, 3): seconds from the start, bank V, coil C."""
        return np.array(self._readings, np.float64).reshape(-1, 3)


def given(status: dict[str, Any]) -> int:
    """Pulses of the train that a status tells of, those before a pause included."""
    before: int = status["first"]
    return before if status["state"] == messages.PAUSED else before + int(status["triggered"])


def board_log(link: Link) -> Iterator[dict[str, Any]]:
    """The board's own events, each as an event of the session's."""
    for index, entry in link.log():
        yield log_entry(index, entry)


def log_entry(index: int, entry: bytes) -> dict[str, Any]:
    """An entry of the board's log by its fields, its event named."""
    time_ms, event, fault, argument = records.unpack(entry)
    name, meaning = records.EVENTS.get(event, (str(event), ""))
    return {"index": index, "time_ms": time_ms, "name": name, "fault": fault, "argument": argument, "meaning": meaning}
