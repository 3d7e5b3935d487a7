"""Ctrl-C, a closed terminal, a kill: a session aborts at once but in order; a prompt just ends."""

from __future__ import annotations

import signal
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thetabox.session.desk import Desk

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")


def numbers() -> Iterator[int]:
    """The signals by which a person or the system asks to end, but those that are ignored."""
    for name in NAMES:
        number = getattr(signal, name, None)  # not every system has each
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup shall hold
            yield number


class _Stop:
    """A signal's handler that asks a session to abort."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    def __call__(self, _signal: int, _frame: object) -> None:
        if not self.desk.stopped:
            print("\naborting: outputs off, bank dumping", file=sys.stderr)
        self.desk.stopped = True


def stop_on_signal(desk: Desk) -> None:
    """From now on signals ask the session to abort."""
    for number in numbers():
        signal.signal(number, _Stop(desk))


@contextmanager
def interruptible() -> Iterator[None]:
    """While a person is waited for, signals raise KeyboardInterrupt, and so does one that has come just before."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in numbers()}
    try:
        if any(isinstance(handler, _Stop) and handler.desk.stopped for handler in before.values()):
            raise KeyboardInterrupt
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
