"""How a session ends before its time, in words."""

from __future__ import annotations

from typing import Any

from thetabox.errors import Exit, ThetaboxError
from thetabox.evidence.words import fault_text, state_name


class SessionError(ThetaboxError):
    """The board is in a state in which no session can begin."""

    exit_code = Exit.BOARD


class Ended(Exception):
    """A session ends before its time."""

    def __init__(self, reason: str, exit_code: Exit = Exit.BOARD) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


def ending_text(status: dict[str, Any]) -> str:
    """Why a board is not where it should be: its fault, or its state."""
    return fault_text(status["fault"]) or f"The board is {state_name(status['state'])}."
