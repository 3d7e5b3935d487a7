"""Renode's process: found, asked for its version, started with the platform, and ended whatever happens.

It lives as long as its standard input is open, and the wire: both close with this process, however that ends. It has
a process group of its own, so that Ctrl-C reaches the session and not the board. Renode's own remote control listens
on every interface of the machine and does whatever it is told; it is not used.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from contextlib import suppress
from typing import IO, TYPE_CHECKING, Any

from thetabox.board import supplies
from thetabox.board.base import BoardError

if TYPE_CHECKING:
    from pathlib import Path

LEAST = "1.16.1"
REMEDY = f"install Renode {LEAST} or newer from https://renode.io, then export RENODE=/path/to/renode"
SCRIPT = "thetabox.resc"
_ASK_S = 20.0
_END_S = 2.0
_COMPILER = re.compile(r"[^/\\\n]+: error CS\d+: [^\r\n]*")
_ERROR = re.compile(r"There was an error|\[ERROR\]|^Could not|^Fatal error|^Unhandled", re.MULTILINE)


def version(program: str) -> str | None:
    """What a program says to be its version; None when it does not."""
    try:
        asked = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=_ASK_S, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+\.\d+\.\d+", asked.stdout)
    return found[0] if found else None


def find() -> str:
    """Renode's program, new enough. Raises BoardError, which says how to get it."""
    program = supplies.renode()
    if program is None:
        raise BoardError("no Renode in $RENODE or the PATH", REMEDY)
    found = version(program)
    if found is None or supplies.numbers(found) < supplies.numbers(LEAST):
        raise BoardError(f"{program} is Renode {found or 'of no known version'}, too old", REMEDY)
    return program


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.stdin:
        with suppress(OSError):
            process.stdin.close()
    for stop in (process.terminate, process.kill):
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
            return
        stop()
    process.wait()


class Process:
    """One Renode with the platform loaded, which connects to `port`."""

    def __init__(self, platform: Path, port: int) -> None:
        program = find()
        self._log: IO[bytes] = tempfile.TemporaryFile("a+b")  # noqa: SIM115 - it lives as long as this object; appends, whoever reads
        self._trusted = 0  # bytes of the log without a complaint
        own_group: dict[str, Any] = {"start_new_session": True}
        if sys.platform == "win32":
            own_group = {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
        # by name from its own folder: Renode's parser takes no path with a space in it
        commands = (f"include @{SCRIPT}", f'machine WireTo "127.0.0.1" {port}', "start")
        self._process = subprocess.Popen(
            [program, "--disable-gui", "--plain", "--console", *(part for c in commands for part in ("-e", c))],
            cwd=platform, stdin=subprocess.PIPE, stdout=self._log, stderr=subprocess.STDOUT, **own_group,
        )  # fmt: skip

    def log(self) -> str:
        """What it has said so far."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def look(self) -> None:
        """Raise BoardError when it has ended, or has complained while it loaded the platform."""
        wrong = self._wrong()
        if wrong is not None:
            raise BoardError(f"Renode does not take the platform: {wrong}", REMEDY)

    def trust(self) -> None:
        """Raise BoardError when a model has complained: what it was asked for is not modelled, and proves nothing."""
        size = os.fstat(self._log.fileno()).st_size
        if size != self._trusted:
            wrong = self._wrong()
            if wrong is not None:
                raise BoardError(f"Renode complains: {wrong}", "docs/renode.md says what is modelled")
            self._trusted = size

    def _wrong(self) -> str | None:
        said = self.log()
        compiler = _COMPILER.search(said)
        if compiler:
            return compiler[0]
        found = _ERROR.search(said)
        if found is None and self._process.poll() is None:
            return None
        return " ".join(said[found.start() if found else -300 :].split())[:300]

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def close(self) -> None:
        """End it."""
        _end(self._process)
        self._log.close()
