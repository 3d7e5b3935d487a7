"""The judgement: observed edges against the schedule, in the field's terms, and PASS or FAIL with the reasons.

Exactness (mean error) and precision (SD) of inter-pulse interval, burst period, train period and width follow
Zacharias et al. 2019 (quality assurance of TMS stimulators).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from contract import limits

from thetabox.plural import counted

from .record import DELIVERED, MISFIRED, UNKNOWN
from .segments import Pause

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .record import Records

LEVEL_NAMES = ("pulse interval", "burst period", "train period", "session period", "level 5")
TICK_US = 1e6 / limits.CLOCK_SYS_HZ
VOLT_TOLERANCE = 1.5  # of a sample: three counts of the ADC through the divider


@dataclass(frozen=True)
class LevelError:
    """Errors of one kind of interval, in ticks of 8 ns."""

    name: str
    n: int
    nominal_us: float
    exactness_ticks: float
    precision_ticks: float
    worst_ticks: int


@dataclass
class Judgement:
    """PASS when `reasons` is empty.

    worst_onset_ticks, worst_width_ticks, drift_ppm: None where no pulse was seen; worst_onset_ticks also where no onset
    was scheduled to the tick.
    """

    scheduled: int
    counts: dict[str, int]
    worst_onset_ticks: int | None
    worst_width_ticks: int | None
    drift_ppm: float | None
    levels: list[LevelError]
    bank_range_v: tuple[float, float] | None
    source: str
    tolerance_ticks: int
    pauses: list[Pause] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether there is no reason to fail."""
        return not self.reasons

    @property
    def verdict(self) -> str:
        """PASS or FAIL."""
        return "PASS" if self.passed else "FAIL"

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {"verdict": self.verdict, **asdict(self)}


def _error(name: str, nominal: NDArray[np.int64], error: NDArray[np.int64]) -> LevelError:
    return LevelError(
        name, len(error), float(np.mean(nominal)) * TICK_US, float(np.mean(error)), float(np.std(error)),
        int(np.abs(error).max()),
    )  # fmt: skip


def _levels(records: Records, width_ticks: int) -> list[LevelError]:
    """Per level: intervals between neighbouring pulses, between first pulses of neighbouring bursts, of trains."""
    rows = []
    for level in range(records.indices.shape[1]):
        firsts = (records.indices[:, :level] == 0).all(axis=1)
        scheduled, observed, seen = records.scheduled[firsts], records.observed[firsts], records.seen[firsts]
        index = records.indices[firsts]
        # neighbours that differ at this level only, both seen
        same_outer = (index[1:, level + 1 :] == index[:-1, level + 1 :]).all(axis=1)
        unbroken = True if records.segment is None else np.diff(records.segment[firsts]) == 0
        both = unbroken & seen[1:] & seen[:-1] & same_outer & (index[1:, level] == index[:-1, level] + 1)
        if both.any():
            nominal = np.diff(scheduled)[both]
            error = np.diff(observed)[both] - nominal
            rows.append(_error(LEVEL_NAMES[level], nominal, error))
    if records.seen.any():
        width = records.width[records.seen]
        rows.append(_error("width", np.full(len(width), width_ticks), width - width_ticks))
    return rows


def judge(
    records: Records,
    width_ticks: int,
    *,
    tolerance_ticks: int = 0,
    target_v: float | NDArray[np.float64] | None = None,
    ended: str = "",
    source: str = "capture",
    pauses: list[Pause] | None = None,
) -> Judgement:
    """Judge records. `target_v`: the bank's target, one or (n,), or None. `ended`: why it ended early, or ''."""
    seen = records.seen
    deviation = records.observed[seen] - records.scheduled[seen]
    wrong_width = records.width[seen] - width_ticks
    counts = records.counts()
    worst = int(np.abs(deviation).max(initial=0))
    worst_width = int(np.abs(wrong_width).max(initial=0))
    span = records.scheduled[seen]
    drift = float(np.polyfit(span, deviation, 1)[0] * 1e6) if len(span) > 1 and worst else 0.0
    bank = records.bank_v[seen & ~np.isnan(records.bank_v[:, 0])]
    range_v = (float(bank[:, 0].min()), float(bank[:, 0].max())) if target_v is not None and len(bank) else None
    any_seen = bool(seen.any())
    result = Judgement(
        len(records.scheduled), counts, worst if any_seen else None, worst_width if any_seen else None,
        drift if any_seen else None, _levels(records, width_ticks), range_v, source,
        tolerance_ticks, pauses or [],
    )  # fmt: skip
    say = result.reasons.append
    asked = counted(len(records.scheduled), "pulse")
    if ended:
        say(f"The session ended early: {ended}")
    if counts[UNKNOWN]:
        say(
            f"{counts[DELIVERED]} of {asked} in the record, which was not read to its end: {counts[UNKNOWN]} more "
            "may have been given. `thetabox logs --port PORT` has the number; where the board has restarted, `thetabox "
            "info --port PORT` counts them as uncertain."
        )
    elif counts[DELIVERED] != len(records.scheduled):
        say(f"{counts[DELIVERED]} of {asked} delivered.")
    if counts[MISFIRED]:
        say(f"{counted(counts[MISFIRED], 'trigger')} without a coil current.")
    if records.extra:
        say(f"{counted(records.extra, 'trigger')} without a scheduled pulse.")
    if records.fired_without_trigger:
        say(f"{counted(records.fired_without_trigger, 'coil current')} without a trigger.")
    if worst > tolerance_ticks:
        say(f"An onset is {_ticks(worst)} from its schedule; allowed: {tolerance_ticks}.")
    if worst_width > tolerance_ticks:
        say(f"A width is {_ticks(worst_width)} wrong; allowed: {tolerance_ticks}.")
    for pause in result.pauses:
        if pause.early:
            gaps = f"{pause.gap_s:.3f} s, {pause.scheduled_s:.3f} s are scheduled"
            say(f"After the pause at pulse {pause.after} the train went on too early: {gaps}.")
    if target_v is not None:
        _judge_bank(result, records, np.broadcast_to(np.asarray(target_v, np.float64), len(records.scheduled)))
    return result


def _ticks(ticks: int) -> str:
    return f"{counted(ticks, 'tick')} ({ticks * TICK_US:.3f} us)"


def _judge_bank(result: Judgement, records: Records, target_v: NDArray[np.float64]) -> None:
    low = target_v * limits.BANK_WINDOW_LOW_PERMILLE / 1000 - VOLT_TOLERANCE
    high = target_v * limits.BANK_WINDOW_HIGH_PERMILLE / 1000 + VOLT_TOLERANCE
    volts = records.bank_v
    missing = int(np.isnan(volts[records.seen]).any(axis=1).sum())
    if missing > records.seen.sum() // 100:
        result.reasons.append(f"{counted(missing, 'pulse')} without a bank voltage in the record.")
    before = volts[:, 0]
    outside = int((records.seen & ((before < low) | (before > high))).sum())  # nan is neither
    if outside:
        window = f" of {low[0]:.1f}-{high[0]:.1f} V" if (low == low[0]).all() else ""
        result.reasons.append(f"{counted(outside, 'pulse')} given with the bank outside its window{window}.")
