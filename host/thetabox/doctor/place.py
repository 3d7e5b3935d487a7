"""Where a session runs: disk, folder, terminal, clock."""

from __future__ import annotations

import datetime
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

from .finding import COMFORT, Finding

SESSIONS = Path("sessions")  # where `thetabox run` puts its folders
FREE_MB = 200  # a session of 1,800 pulses takes about 3
COARSEST_S = 0.05  # half a heartbeat
SIGNS = "—→×"  # what the reports and error lines are written with
COLUMNS = 80


def _above(path: Path) -> Path:
    """The folder itself, or the nearest one above it that exists."""
    path = path.absolute()
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def disk(folder: Path = SESSIONS) -> Finding:
    """There is room for sessions."""
    free = shutil.disk_usage(_above(folder)).free // 1_000_000
    ok = free >= FREE_MB
    return Finding("disk", ok, f"{free} MB free", "" if ok else f"free {FREE_MB} MB on the disk of {_above(folder)}")


def sessions(folder: Path = SESSIONS) -> Finding:
    """Files can be written where sessions go."""
    place = _above(folder)
    try:
        with tempfile.TemporaryFile(dir=place) as file:
            file.write(b"thetabox")
    except OSError as error:
        remedy = "run thetabox in a folder of your own, or give `run` a place with --out"
        return Finding("sessions folder", False, f"{place} cannot be written: {error.strerror}", remedy)
    return Finding("sessions folder", True, str(folder.absolute()))


def terminal() -> Finding:
    """The terminal can show what is printed."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        SIGNS.encode(encoding)
    except UnicodeEncodeError:
        setting = "set PYTHONUTF8=1" if os.name == "nt" else "export PYTHONUTF8=1"
        says = f"{encoding} cannot show the dashes and arrows that are used"
        return Finding("terminal", False, says, setting, COMFORT)
    columns = shutil.get_terminal_size().columns
    if sys.stdout.isatty() and columns < COLUMNS:
        return Finding("terminal", False, f"{columns} columns", f"make it {COLUMNS} columns wide", COMFORT)
    return Finding("terminal", True, f"{encoding}, {columns} columns", need=COMFORT)


def clock(now: datetime.datetime | None = None) -> Finding:
    """The date that goes into records is not before this release's own; the clock is fine enough for heartbeats."""
    now = now or datetime.datetime.now(datetime.UTC)
    made = datetime.datetime.fromtimestamp(Path(__file__).stat().st_mtime, datetime.UTC)
    says = now.isoformat(timespec="seconds")
    if now < made - datetime.timedelta(days=1):
        remedy = "sudo timedatectl set-ntp true" if sys.platform == "linux" else "set the system's clock by its network"
        return Finding("clock", False, f"{says} is before ThetaBox was installed", remedy, COMFORT)
    resolution = time.get_clock_info("monotonic").resolution
    if resolution > COARSEST_S:
        return Finding("clock", False, f"advances by {resolution:g} s", "use another machine for a real board", COMFORT)
    return Finding("clock", True, says, need=COMFORT)
