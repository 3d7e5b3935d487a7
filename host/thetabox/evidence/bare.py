"""Judging a capture that belongs to no session: a logic analyser's, or an emulated board's, against a protocol."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zipfile import BadZipFile

import numpy as np

from thetabox.capture import Capture
from thetabox.errors import ThetaboxError

from . import csvfile, vcd
from .judge import Judgement, judge
from .record import build
from .segments import whole
from .shots import shots

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

SUFFIXES = (".npz", ".vcd", ".csv")


def read(path: Path) -> Capture:
    """A capture by its file's suffix. Raises ThetaboxError."""
    if path.suffix == ".vcd":
        return vcd.read(path)
    if path.suffix == ".csv":
        return csvfile.read(path)
    try:
        return Capture.load(path)
    except (OSError, LookupError, ValueError, BadZipFile):
        raise ThetaboxError(f"{path} is not a capture", "give capture.npz of a session, a VCD or a CSV") from None


def _drift(scheduled: NDArray[np.int64], rises: NDArray[np.int64]) -> float:
    """By which share the clock of `rises` is fast; 0 unless all pulses are there, and only they."""
    if len(rises) != len(scheduled) or len(rises) < 2:
        return 0.0
    return float(np.polyfit(scheduled, rises - rises[0] - scheduled, 1)[0])


def judge_file(
    path: Path,
    onset: NDArray[np.int64],
    indices: NDArray[np.int64],
    width_ticks: int,
    signal: str | None,
    tolerance_us: float,
    *,
    other_clock: bool,
) -> Judgement:
    """Judge the pulses of one signal by a schedule; the first is taken for the first of the schedule that fits.

    onset, indices: (n,) ticks and (n, levels). signal: None takes TRIG_A, or the only one. other_clock: the analyser's
    own, whose drift is told and taken out where all pulses are there.
    """
    capture = read(path)
    name = signal or ("TRIG_A" if "TRIG_A" in capture.names else capture.names[0] if len(capture.names) == 1 else None)
    if name not in capture.names:
        wrong = f"{path.name} has no signal {name}" if name else f"{path.name} has several signals"
        raise ThetaboxError(wrong, f"name one of {', '.join(capture.names)} with --signal")
    rises, falls = shots(capture, name)
    drift = _drift(onset, rises) if other_clock else 0.0
    if drift:
        rises, falls = (np.rint(edges / (1 + drift)).astype(np.int64) for edges in (rises, falls))
    records = build(onset, indices, rises, falls, fired=None, bank_v=None, segments=whole())
    tolerance_ticks = round(tolerance_us * capture.sys_hz / 1e6)
    judgement = judge(records, width_ticks, tolerance_ticks=tolerance_ticks, source=f"{name} of {path.name}")
    if drift:
        judgement.drift_ppm = drift * 1e6
    return judgement
