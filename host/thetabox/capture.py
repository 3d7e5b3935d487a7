"""A capture: every edge of every watched signal, as an emulated board's logic analyser or a VCD file gives it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from contract import limits

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

LOW, HIGH, HIGH_Z = 0, 1, 2


@dataclass(frozen=True)
class Capture:
    """Edges in time's order, arrays of shape (n,): tick, pin (an index into `names`), level (LOW, HIGH, HIGH_Z)."""

    names: tuple[str, ...]
    tick: NDArray[np.int64]
    pin: NDArray[np.uint8]
    level: NDArray[np.uint8]
    sys_hz: int = limits.CLOCK_SYS_HZ

    def __len__(self) -> int:
        return len(self.tick)

    def edges(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
        """(ticks, levels) of one signal; empty when it is not in the capture."""
        if name not in self.names:
            return np.zeros(0, np.int64), np.zeros(0, np.uint8)
        mask = self.pin == self.names.index(name)
        return self.tick[mask], self.level[mask]

    def pulses(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(rises, falls) in ticks, each (n,); high impedance counts as low; an open last pulse is left out."""
        ticks, levels = self.edges(name)
        high = levels == HIGH
        before = np.concatenate(([False], high[:-1])) if len(high) else high
        rises = ticks[high & ~before]
        falls = ticks[~high & before]
        return rises[: len(falls)], falls

    def save(self, path: Path) -> None:
        """Write as compressed .npz."""
        fields: dict[str, Any] = {"tick": self.tick, "pin": self.pin, "level": self.level}
        np.savez_compressed(path, names=np.array(self.names), sys_hz=np.array(self.sys_hz), **fields)

    @classmethod
    def load(cls, path: Path) -> Capture:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as data:
            names = tuple(str(name) for name in data["names"])
            return cls(names, data["tick"], data["pin"], data["level"], int(data["sys_hz"]))
