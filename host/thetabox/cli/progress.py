"""What is seen while a session runs: a bar for people, lines of JSON for scripts, or nothing."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

from contract import messages
from rich.progress import BarColumn, Progress, TextColumn

from thetabox.session import given

if TYPE_CHECKING:
    from rich.console import Console

    from thetabox.protocol import Compiled


class Bar:
    """A rich progress bar: pulses, bank voltage, board time left, and the speed of an emulated board."""

    def __init__(self, console: Console, compiled: Compiled, emulated: bool) -> None:
        self._compiled = compiled
        self._emulated = emulated
        self._began = 0.0
        self._bar = Progress(
            TextColumn("{task.description}"), BarColumn(12), TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[more]}"), console=console,
        )  # fmt: skip
        self._task = self._bar.add_task("starting", total=compiled.pulses, more="")

    def __enter__(self) -> Bar:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def stage(self, text: str) -> None:
        """A new part of the session."""
        self._bar.update(self._task, description=text)

    def update(self, status: dict[str, Any]) -> None:
        """Pulses, voltage, time."""
        more = ""
        if status["target_mv"]:
            more = f"{status['bank_mv'] / 1000:5.1f} of {status['target_mv'] / 1000:.1f} V"
            more += (
                f"  {status['coil_centi_c'] / 100:4.1f} C{' WARM' if status['flags'] & messages.FLAG_COIL_WARM else ''}"
            )
        if status["state"] != messages.CHARGING:
            more = f"{self._time(status)}  {more}"
        self._bar.update(self._task, completed=given(status), more=more)

    def _time(self, status: dict[str, Any]) -> str:
        """Board time left, and the speed of an emulated board."""
        self._began = self._began or time.monotonic()
        elapsed = (status["time_us"] - status["start_us"]) / 1e6
        left = f"{max(0.0, self._compiled.duration_s - elapsed):5.1f} s left"
        wall = time.monotonic() - self._began
        return f"{left}  {elapsed / wall:4.1f}x" if self._emulated and wall > 0.5 else left


class Lines:
    """JSON, one object a line, once a board second."""

    def __init__(self) -> None:
        self._last_s = -1

    def __enter__(self) -> Lines:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def stage(self, text: str) -> None:
        """A new part of the session."""
        print(json.dumps({"stage": text}), flush=True)

    def update(self, status: dict[str, Any]) -> None:
        """The board's status."""
        second = status["time_us"] // 1_000_000
        if second != self._last_s:
            self._last_s = second
            print(json.dumps({"status": status}), flush=True)


class Quiet(Lines):
    """Nothing."""

    def stage(self, text: str) -> None:
        """Say nothing."""

    def update(self, status: dict[str, Any]) -> None:
        """Say nothing."""
