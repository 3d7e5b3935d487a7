"""Judging a session from its files alone: what `run` does at its end, and `validate` at any time after."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from thetabox.capture import Capture
from thetabox.errors import ThetaboxError

from . import folder as files
from . import vcd
from .judge import Judgement, judge
from .record import Records, build
from .stamps import RESOLUTION_TICKS

if TYPE_CHECKING:
    from pathlib import Path


def _observed(path: Path, stamps: dict[str, Any], bank: bool) -> tuple[Any, Any, Any, int, str]:
    """(rises, falls, fired or None, tolerance in ticks, source): from a capture where there is one, else the stamps."""
    capture = None
    if (path / files.CAPTURE).exists():
        capture = Capture.load(path / files.CAPTURE)
    elif (path / files.VCD).exists():
        capture = vcd.read(path / files.VCD)
    if capture is None:
        fired = stamps["fired_rise"] if bank else None
        return stamps["trigger_rise"], stamps["trigger_fall"], fired, RESOLUTION_TICKS, "the board's own stamps"
    rises, falls = capture.pulses("TRIG_A")
    return rises, falls, capture.pulses("FIRED")[0] if bank else None, 0, "the emulated board's capture"


def judge_folder(path: Path, about: dict[str, Any]) -> tuple[Judgement, Records]:
    """Judge the observed edges in a folder against its schedule."""
    with np.load(path / files.SCHEDULE, allow_pickle=False) as data:
        onset, indices = data["onset"], data["indices"]
    with np.load(path / files.STAMPS, allow_pickle=False) as data:
        stamps = {name: data[name] for name in data.files}
    bank = about["target_v"] > 0
    rises, falls, fired, tolerance, source = _observed(path, stamps, bank)
    readings = stamps["readings"]
    records = build(
        onset, indices, rises, falls,
        fired=fired,
        bank_v=stamps["bank_v"] if bank else None,
        coil=(readings[:, 0], readings[:, 2]),
        windows=len(stamps["bank_v"]) if bank else None,
    )  # fmt: skip
    judgement = judge(
        records, about["width_ticks"], tolerance_ticks=tolerance, target_v=about["target_v"] if bank else None,
        ended=about["ended"], source=source,
    )  # fmt: skip
    if source.startswith("the emulated"):
        _compare_stamps(judgement, rises, stamps["trigger_rise"])
    return judgement, records


def _compare_stamps(judgement: Judgement, rises: Any, stamped: Any) -> None:
    """The board's own stamps must tell the same story as the capture, within their resolution."""
    if len(stamped) != len(rises):
        judgement.reasons.append(f"The board stamped {len(stamped)} triggers, the capture holds {len(rises)}.")
    elif len(rises):
        worst = int(np.abs((stamped - stamped[0]) - (rises - rises[0])).max())
        if worst > RESOLUTION_TICKS:
            judgement.reasons.append(f"The board's stamps differ from the capture by {worst} ticks.")


def validate_folder(path: Path) -> tuple[dict[str, Any], Judgement]:
    """(session.json, judgement anew). Altered files are among the reasons to fail."""
    about = files.load(path)
    wrong = files.faults_of(path, about)
    if any(name in reason for reason in wrong for name in (files.SCHEDULE, files.STAMPS) if "missing" in reason):
        raise ThetaboxError(f"{path}: {' '.join(wrong)}", "restore the folder from a copy")
    judgement, _ = judge_folder(path, about)
    judgement.reasons[:0] = wrong
    return about, judgement
