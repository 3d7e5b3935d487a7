"""One thing that was looked at on this machine."""

from __future__ import annotations

from dataclasses import dataclass

RUN = "the emulated board"
BUILD = "building the firmware"
BOARD = "a Pico"
COMFORT = "comfort"


@dataclass(frozen=True)
class Finding:
    """`remedy` is the command that gets what is missing, '' when nothing is; `need` is what it is needed for."""

    name: str
    ok: bool
    says: str
    remedy: str = ""
    need: str = RUN
