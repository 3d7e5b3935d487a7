"""A PTY: a serial port that any program can open, with the emulated board at its other end. Windows has none."""

from __future__ import annotations

import os
import select
import tty
from contextlib import suppress

_READ = 4096


class Line:
    """`port` is the name to open. It is held open here too, so that programs may come and go."""

    def __init__(self) -> None:
        self._ours, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        os.set_blocking(self._ours, False)
        self.port = os.ttyname(self._theirs)
        self._unread = b""

    def wait(self, seconds: float) -> None:
        """Sleep until bytes come, `seconds` at the most."""
        select.select([self._ours], [], [], seconds)

    def read(self) -> bytes:
        """What programs have sent."""
        try:
            return os.read(self._ours, _READ)
        except BlockingIOError:
            return b""

    def write(self, data: bytes) -> bool:
        """Bytes for whoever reads; False while some wait because nobody does."""
        self._unread += data
        if self._unread:
            with suppress(BlockingIOError):
                self._unread = self._unread[os.write(self._ours, self._unread) :]
        return not self._unread

    def drop(self) -> None:
        """Forget the bytes that wait."""
        self._unread = b""

    def close(self) -> None:
        """The port goes."""
        os.close(self._ours)
        os.close(self._theirs)
