"""Single pulses: one row each, given when a person wanted them, and the judgement of such a session.

No onset was scheduled to the tick, so none is judged; widths, counts and the bank are.
"""

from __future__ import annotations

import csv
from dataclasses import astuple, dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from thetabox.errors import ThetaboxError
from thetabox.plural import counted

from . import folder as files
from .judge import Judgement, judge
from .observed import observe, read_stamps
from .record import DELIVERED, MISFIRED, MISSING, OUTCOMES, Records

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

YES, NO, DISCARDED = "yes", "no", "discarded"  # responses; '' where nobody was asked


@dataclass(frozen=True)
class Single:
    """A pulse that was asked for. start_us: board time of FIRE; what was not seen is nan, 0 or ''."""

    index: int
    utc: str
    intensity_percent: float
    target_v: float
    start_us: int
    width_ticks: int
    bank_before_v: float
    bank_after_v: float
    coil_c: float
    outcome: str
    response: str = ""


def write(path: Path, rows: list[Single]) -> None:
    """pulses.csv."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(field.name for field in fields(Single))
        for row in rows:
            values = (round(value, 3) if isinstance(value, float) else value for value in astuple(row))
            writer.writerow("" if value != value else value for value in values)


def read(path: Path) -> list[Single]:
    """The rows of a pulses.csv. Raises ThetaboxError when it is none."""
    kinds: dict[str, Callable[[str], Any]] = {"int": int, "float": lambda text: float(text or "nan"), "str": str}
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return [
                Single(**{field.name: kinds[str(field.type)](row[field.name]) for field in fields(Single)})
                for row in csv.DictReader(file, strict=True)
            ]
    except (OSError, ValueError, KeyError, TypeError, csv.Error) as error:
        raise ThetaboxError(f"{path} cannot be read: {error}", "restore it from a copy") from None


def judge_singles(path: Path, about: dict[str, Any]) -> Judgement:
    """Judge the observed pulses in a folder against its rows."""
    rows, stamps = read(path / files.PULSES), read_stamps(path)
    bank = any(row.target_v > 0 for row in rows)
    seen = observe(path, stamps, bank, about)
    outcome = np.array([row.outcome for row in rows], f"<U{max(map(len, OUTCOMES))}")
    given = np.flatnonzero((outcome == DELIVERED) | (outcome == MISFIRED))
    both = min(len(given), len(seen.rises))
    observed, width = np.full(len(rows), MISSING, np.int64), np.zeros(len(rows), np.int64)
    observed[given[:both]] = 0  # each pulse is its own zero
    width[given[:both]] = (seen.falls - seen.rises)[:both]
    records = Records(
        np.zeros(len(rows), np.int64), np.zeros((len(rows), 0), np.int64), observed, width,
        np.array([(row.bank_before_v, row.bank_after_v) for row in rows]).reshape(-1, 2),
        np.array([row.coil_c for row in rows]), outcome,
    )  # fmt: skip
    judgement = judge(
        records, about["width_ticks"], tolerance_ticks=seen.tolerance_ticks,
        target_v=np.array([row.target_v for row in rows]) if bank else None, ended=about["ended"], source=seen.source,
    )  # fmt: skip
    judgement.worst_onset_ticks = None
    if not rows:
        judgement.reasons.append("No pulse was given.")
    if len(given) != len(seen.rises):
        judgement.reasons.append(f"The rows tell of {counted(len(given), 'trigger')}; seen: {len(seen.rises)}.")
    delivered = int((outcome == DELIVERED).sum())
    if seen.fired is not None and len(seen.fired) != delivered:
        judgement.reasons.append(f"The rows tell of {counted(delivered, 'coil current')}; seen: {len(seen.fired)}.")
    seen.compare(judgement)
    return judgement
