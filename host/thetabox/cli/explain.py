"""What is said when a command fails: one line, with what to do, and the exit code."""

from __future__ import annotations

import sys

import typer

from thetabox.errors import Exit, ThetaboxError

UsageError = typer.BadParameter.__mro__[1]  # click's, whichever click typer brings with it


def explain(error: Exception) -> Exit:
    """Print one line about `error` on stderr; returns the exit code."""
    code, line = _told(error)
    if line:
        print(" ".join(line.split()), file=sys.stderr)
    return code


def _told(error: Exception) -> tuple[Exit, str]:
    if isinstance(error, ThetaboxError):
        return error.exit_code, f"error: {error}"
    if isinstance(error, UsageError):
        message = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # click's, reached through its heir
        path = getattr(getattr(error, "ctx", None), "command_path", "thetabox")
        return Exit.USAGE, message and f"error: {message} — see `{path} --help`"  # no message: the help was shown
    if isinstance(error, typer.Abort):
        return Exit.ABORTED, "aborted"
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return Exit.BAD_INPUT, f"error: {where}{error.strerror or error} — check the path and the space on the disk"
    defect = f"error: {type(error).__name__}: {error}"
    return Exit.FAILED, f"{defect} — a defect of ThetaBox; report it with what `thetabox --debug ...` shows"
