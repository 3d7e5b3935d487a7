"""Renode, the second emulator: optional."""

from __future__ import annotations

from thetabox.board import supplies
from thetabox.board.renode.process import LEAST, REMEDY, version

from .finding import COMFORT, Finding


def renode() -> Finding:
    """Renode is there and new enough."""
    remedy = f"optional: {REMEDY}"
    path = supplies.renode()
    if path is None:
        return Finding("Renode", False, "neither $RENODE nor the PATH has it", remedy, COMFORT)
    found = version(path)
    if found is None:
        return Finding("Renode", False, f"{path} does not say its version", remedy, COMFORT)
    ok = supplies.numbers(found) >= supplies.numbers(LEAST)
    return Finding("Renode", ok, f"{found} at {path}", "" if ok else remedy, COMFORT)
