"""How a session ends before its time, in words."""

from __future__ import annotations

from typing import Any

from contract import faults, messages

from thetabox.errors import Exit, ThetaboxError


class SessionError(ThetaboxError):
    """The board is in a state in which no session can begin."""

    exit_code = Exit.BOARD


class Ended(Exception):
    """A session ends before its time."""

    def __init__(self, reason: str, exit_code: Exit = Exit.BOARD) -> None:
        super().__init__(reason)
        self.exit_code = exit_code


def fault_text(number: int) -> str:
    """A fault's sentence and remedy."""
    entry = faults.entry(number)
    return f"{entry[3]} {entry[4]} ({entry[1]} {number})" if entry else f"fault {number}"


def ending_text(status: dict[str, Any]) -> str:
    """Why a board is not where it should be: its fault, or its state."""
    return fault_text(status["fault"]) if status["fault"] else f"the board is {messages.STATE_NAMES[status['state']]}."
