"""What is said when a command fails: one line, with what to do, and the exit code."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

import typer

from thetabox.board.base import PortInUse
from thetabox.errors import Exit, ThetaboxError

UsageError = typer.BadParameter.__mro__[1]  # click's, whichever click typer brings with it


def explain(error: Exception) -> Exit:
    """Print one line about `error` on stderr, with --json also an object on stdout; returns the exit code."""
    code, *texts = _told(error)
    message, remedy = (" ".join(text.split()) for text in texts)
    if message and "--json" in sys.argv:
        with suppress(OSError):  # which may be the error itself
            print(json.dumps({"error": message, "remedy": remedy, "exit": int(code)}), flush=True)
    if message:
        line = " — ".join(text for text in (message, remedy) if text)
        print(line if isinstance(error, typer.Abort) else f"error: {line}", file=sys.stderr)
    return code


def holder(port: str) -> str:
    """The session of this machine that holds a port, in words."""
    from thetabox.session.desk import sessions

    found = (each for each in sessions() if os.path.realpath(each["port"]) == os.path.realpath(port))
    return next((f"a session of {each['protocol']}, process {each['pid']}" for each in found), "")


def _told(error: Exception) -> tuple[Exit, str, str]:
    """(exit code, what is wrong, what to do); '' where there is nothing to say."""
    if isinstance(error, PortInUse) and (who := holder(error.port)):
        return error.exit_code, f"{error.message} by {who}", "see `thetabox status`, or `thetabox abort` it"
    if isinstance(error, ThetaboxError):
        return error.exit_code, error.message, error.remedy
    if isinstance(error, UsageError):
        message = error.format_message().rstrip(".")  # type: ignore[attr-defined]  # click's, reached through its heir
        path = getattr(getattr(error, "ctx", None), "command_path", "thetabox")
        return Exit.USAGE, message, f"see `{path} --help`"  # no message: the help was shown
    if isinstance(error, typer.Abort) and isinstance(error.__context__, EOFError):
        given = "--confirmed" if "--yes" in sys.argv else "--yes"
        return Exit.ABORTED, "aborted: the input ended before the answer", f"answer it, or say {given}"
    if isinstance(error, typer.Abort):
        return Exit.ABORTED, "aborted", ""
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        return Exit.BAD_INPUT, f"{where}{error.strerror or error}", "check the path and the space on the disk"
    remedy = "a defect of ThetaBox; report it with what `thetabox --debug ...` shows"
    return Exit.FAILED, f"{type(error).__name__}: {error}", remedy
