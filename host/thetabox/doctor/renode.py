"""Renode, the second emulator: optional."""

from __future__ import annotations

import re
import subprocess

from thetabox.board import supplies

from .finding import COMFORT, Finding
from .python import numbers

LEAST = "1.16.1"
ASK_S = 20.0


def renode() -> Finding:
    """Renode is there and new enough."""
    remedy = f"optional: install Renode {LEAST} or newer, then export RENODE=/path/to/renode"
    path = supplies.renode()
    if path is None:
        return Finding("Renode", False, "neither $RENODE nor the PATH has it", remedy, COMFORT)
    try:
        asked = subprocess.run([path, "--version"], capture_output=True, text=True, timeout=ASK_S, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        asked = ""
    found = re.search(r"\d+\.\d+\.\d+", asked)
    if found is None:
        return Finding("Renode", False, f"{path} does not say its version", remedy, COMFORT)
    ok = numbers(found[0]) >= numbers(LEAST)
    return Finding("Renode", ok, f"{found[0]} at {path}", "" if ok else remedy, COMFORT)
