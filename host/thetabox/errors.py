"""Errors that a person reads: what is wrong in one line, what to do, and the exit code of the command."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command."""

    OK = 0
    FAILED = 1  # a judgement: the session or the file does not pass; or a defect of ThetaBox
    USAGE = 2  # the command line is wrong
    BAD_INPUT = 3  # a file or a value is wrong; nothing was done
    BOARD = 4  # the board refused or faulted
    LINK = 5  # no board, or it fell silent
    ABORTED = 6  # by the user


class ThetaboxError(Exception):
    """`message` says what is wrong, `remedy` what to do."""

    exit_code = Exit.BAD_INPUT

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} — {self.remedy}"
