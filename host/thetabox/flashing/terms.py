"""What the steps of flashing share: the error, the time, what to do by hand."""

from __future__ import annotations

from typing import Protocol

from thetabox.board import BoardError

LOOK_S = 0.25  # between two looks for what is awaited
BY_HAND = "unplug the Pico, hold its BOOTSEL button, plug it in, then run `thetabox flash` again"


class FlashError(BoardError):
    """The image could not be brought onto the board, or is not what it runs."""


class Clock(Protocol):
    """The host's own time: a boot loader has none, and no board is there to be asked."""

    def now_s(self) -> float:
        """Seconds from anywhere."""

    def wait(self, seconds: float) -> None:
        """Let time pass."""
