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


def _numbers() -> Iterator[int]:
    for name in NAMES:
        number = getattr(signal, name, None)  # not every system has each
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup shall hold
            yield number


def stop_on_signal(desk: Desk) -> None:
    """From now on signals ask the session to abort."""

    def handler(_signal: int, _frame: object) -> None:
        if not desk.stopped:
            print("\naborting: outputs off, bank dumping", file=sys.stderr)
        desk.stopped = True

    for number in _numbers():
        signal.signal(number, handler)


@contextmanager
def interruptible() -> Iterator[None]:
    """While a person is waited for, signals raise KeyboardInterrupt: nothing is charged then."""
    before = {number: signal.signal(number, signal.default_int_handler) for number in _numbers()}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
