"""One row per scheduled pulse: what was asked, what was seen, what the bank had, and what became of it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from contract import limits

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .segments import Segment

DELIVERED, MISFIRED, SKIPPED, ABORTED = "delivered", "misfired", "skipped", "aborted"
UNKNOWN = "unknown"  # may have been given: nobody has read the board's record of it
OUTCOMES = (DELIVERED, MISFIRED, SKIPPED, ABORTED, UNKNOWN)
COLUMNS = (
    "index", "train", "burst", "pulse", "scheduled_tick", "observed_tick", "deviation_ticks", "width_ticks",
    "bank_before_v", "bank_after_v", "coil_c", "gate", "outcome", "segment",
)  # fmt: skip
MISSING = -(1 << 62)
_ALIGN_TRIES = 64


@dataclass(frozen=True)
class Records:
    """Arrays of shape (n,) over the scheduled pulses; `observed` ticks count from t0, MISSING where none was seen."""

    scheduled: NDArray[np.int64]
    indices: NDArray[np.int64]  # (n, levels), innermost first
    observed: NDArray[np.int64]
    width: NDArray[np.int64]
    bank_v: NDArray[np.float64]  # (n, 2): before, after
    coil_c: NDArray[np.float64]
    outcome: NDArray[np.str_]
    extra: int = 0  # triggers that belong to no scheduled pulse
    fired_without_trigger: int = 0
    segment: NDArray[np.int64] | None = None  # number of the segment between pauses, None for one

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which pulses left the board."""
        return np.asarray(self.observed != MISSING)

    def counts(self) -> dict[str, int]:
        """Pulses by outcome; they add up to the scheduled ones."""
        return {name: int((self.outcome == name).sum()) for name in OUTCOMES}

    def write(self, path: Path) -> None:
        """pulses.csv."""
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(COLUMNS)
            for i, seen in enumerate(self.seen.tolist()):
                pulse, burst, train = [*(int(v) for v in self.indices[i]), 0, 0, 0][:3]
                writer.writerow((
                    i, train, burst, pulse, int(self.scheduled[i]),
                    int(self.observed[i]) if seen else "", int(self.observed[i] - self.scheduled[i]) if seen else "",
                    int(self.width[i]) if seen else "", *(f"{v:.2f}" if v == v else "" for v in self.bank_v[i]),
                    f"{self.coil_c[i]:.2f}" if self.coil_c[i] == self.coil_c[i] else "",
                    "open" if seen else "" if self.outcome[i] == UNKNOWN else "closed", str(self.outcome[i]),
                    0 if self.segment is None else int(self.segment[i]),
                ))  # fmt: skip


def align(scheduled: NDArray[np.int64], rises: NDArray[np.int64], tolerance: int) -> tuple[NDArray[np.int64], int]:
    """(scheduled index of each rise or -1, tick of scheduled zero): the offset at which most rises find a pulse."""
    if not len(rises):
        return np.zeros(0, np.int64), 0
    best: tuple[int, NDArray[np.int64], int] = (-1, np.zeros(0, np.int64), 0)
    for candidate in range(min(_ALIGN_TRIES, len(scheduled))):
        zero = int(rises[0] - scheduled[candidate])
        near = np.clip(np.searchsorted(scheduled, rises - zero), 0, len(scheduled) - 1)
        before = np.maximum(near - 1, 0)
        nearer = np.abs(rises - zero - scheduled[before]) < np.abs(rises - zero - scheduled[near])
        index = np.where(nearer, before, near)
        index = np.where(np.abs(rises - zero - scheduled[index]) <= tolerance, index, -1)
        found = int((index >= 0).sum())
        if found > best[0]:
            best = (found, index, zero)
        if found == len(rises):
            break
    return best[1], best[2]


def _one_each(index: NDArray[np.int64], distance: NDArray[np.int64]) -> NDArray[np.int64]:
    """Of several rises at one scheduled pulse only the nearest is that pulse; the others become -1."""
    order = np.lexsort((distance, index))
    again = np.concatenate(([False], index[order][1:] == index[order][:-1])) if len(index) else np.zeros(0, bool)
    single = index.copy()
    single[order[again]] = -1
    return single


def build(
    scheduled: NDArray[np.int64],
    indices: NDArray[np.int64],
    rises: NDArray[np.int64],
    falls: NDArray[np.int64],
    *,
    fired: NDArray[np.int64] | None,
    bank_v: NDArray[np.float64] | None,
    coil: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None,
    windows: int | None = None,
    segments: list[Segment],
    recorded: bool = True,
    sys_hz: int = limits.CLOCK_SYS_HZ,
) -> Records:
    """Records from observed edges in ticks, on any zero.

    fired: rises of FIRED on the same zero, None where there is no such sensor. bank_v: (windows, 2). coil: (seconds
    from the start, degrees C). windows: blank windows that were opened, which tells a skipped pulse from an aborted.
    segments: between the pauses, each aligned by itself. recorded: all that was given has been observed.
    """
    count = len(scheduled)
    gap = int(np.diff(scheduled).min()) if count > 1 else sys_hz
    observed = np.full(count, MISSING, np.int64)
    width = np.zeros(count, np.int64)
    segment = np.zeros(count, np.int64)
    index = np.full(len(rises), -1, np.int64)
    for number, each in enumerate(segments):
        mine = each.holds(rises)
        segment[each.first :] = number
        end = segments[number + 1].first if number + 1 < len(segments) else count
        found, zero = align(scheduled[each.first : end], rises[mine], gap // 2)
        place = np.where(found >= 0, found + each.first, -1)
        place = _one_each(place, np.abs(rises[mine] - zero - scheduled[place]))
        index[mine] = place
        near = place >= 0
        observed[place[near]] = rises[mine][near] - zero
        width[place[near]] = (falls - rises)[mine][near]
    hit = index >= 0
    seen = observed != MISSING
    outcome = np.where(seen, DELIVERED, ABORTED).astype("<U9")
    opened = int(np.flatnonzero(seen).max(initial=-1)) + 1 if windows is None else windows
    outcome[(~seen) & (np.arange(count) < opened)] = SKIPPED
    if not recorded:
        outcome[~seen] = UNKNOWN
    stray = 0
    if fired is not None:
        at = np.searchsorted(fired, rises)
        following = np.append(rises[1:], np.iinfo(np.int64).max)
        answered = (at < len(fired)) & (np.append(fired, np.iinfo(np.int64).max)[at] < following)
        outcome[index[hit & ~answered]] = MISFIRED
        stray = len(fired) - int(answered.sum())
    volts = np.full((count, 2), np.nan)
    if bank_v is not None:
        volts[: min(count, len(bank_v))] = bank_v[:count]
    coil_c = np.full(count, np.nan)
    if coil is not None and len(coil[0]):
        coil_c = np.interp(scheduled / sys_hz, coil[0], coil[1])
    return Records(scheduled, indices, observed, width, volts, coil_c, outcome, int((~hit).sum()), stray, segment)
