"""Judging a session from its files alone: what `run` and `pulse` do at their end, and `validate` at any time after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

import numpy as np
from contract import faults

from thetabox.errors import ThetaboxError

from . import folder as files
from .judge import Judgement, judge
from .observed import observe, read_stamps
from .record import Records, build
from .segments import pauses
from .singles import judge_singles

if TYPE_CHECKING:
    from pathlib import Path

RESTORE = "restore the folder from a copy"
UNREADABLE = (OSError, EOFError, LookupError, ValueError, BadZipFile, faults.Refused)  # by damaged files


def judge_folder(path: Path, about: dict[str, Any]) -> tuple[Judgement, Records]:
    """Judge the observed edges in a session's folder against its schedule."""
    with np.load(path / files.SCHEDULE, allow_pickle=False) as data:
        onset, indices = data["onset"], data["indices"]
    stamps = read_stamps(path)
    bank = about["target_v"] > 0
    seen = observe(path, stamps, bank, about)
    readings = stamps["readings"]
    records = build(
        onset, indices, seen.rises, seen.falls,
        fired=seen.fired,
        bank_v=stamps["bank_v"] if bank else None,
        coil=(readings[:, 0], readings[:, 2]),
        windows=len(stamps["bank_v"]) if bank else None,
        segments=seen.segments,
        recorded=seen.recorded,
    )  # fmt: skip
    judgement = judge(
        records, about["width_ticks"], tolerance_ticks=seen.tolerance_ticks,
        target_v=about["target_v"] if bank else None, ended=about["ended"], source=seen.source,
        pauses=pauses(seen.segments, onset, seen.rises),
    )  # fmt: skip
    seen.compare(judgement)
    return judgement, records


def validate_folder(path: Path) -> tuple[dict[str, Any], Judgement]:
    """(session.json, judgement anew). Altered files are among the reasons to fail."""
    about = files.load(path)
    singles = about.get("kind") == files.SINGLES
    if lacks := [name for name in ("ended", "protocol", "target_v") if name not in about and not singles]:
        raise ThetaboxError(f"{path / files.SESSION} lacks {', '.join(lacks)}", RESTORE)
    wrong = files.faults_of(path, about)
    needed = (files.PULSES, files.STAMPS) if singles else (files.SCHEDULE, files.STAMPS)
    if any(name in reason for reason in wrong for name in needed if "missing" in reason):
        raise ThetaboxError(f"{path}: {' '.join(wrong)}", RESTORE)
    try:
        judgement = judge_singles(path, about) if singles else judge_folder(path, about)[0]
    except UNREADABLE:
        if not wrong:
            raise
        raise ThetaboxError(f"{path} cannot be judged: {' '.join(wrong)}", RESTORE) from None
    judgement.reasons[:0] = wrong
    return about, judgement
