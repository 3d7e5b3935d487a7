"""The wire between the board, here, and the chip, in Renode: hw/renode/Wires.cs is its other end.

Both sides send records of 17 bytes: kind, two numbers, a time in ticks. Renode stands still from each record of its own
until it is told to `GO`, except for `SENT`: so nothing happens on the chip while the board thinks, and every answer
counts from the very tick of what it answers. A `GO` says until when at the latest.
"""

from __future__ import annotations

import socket
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from thetabox.board.base import BoardError

if TYPE_CHECKING:
    from collections.abc import Callable

_RECORD = struct.Struct("<ciiq")
_LOOK_S = 0.2
_SILENCE_S = 120.0  # of wall time: Renode comes back from a second of board time in less than one

# from Renode
WOKEN, OUTPUT, SAMPLE, DUTY, RESET, SENT = b"W", b"O", b"S", b"D", b"R", b"U"
# to Renode
GO, COUNTS, INPUT, FEED, LOOK, POWER, HALT, WRITE, READ = b"G", b"C", b"I", b"F", b"L", b"P", b"H", b"M", b"Q"


class Event(NamedTuple):
    """What has happened on the chip; what `first` and `second` are stands in Wires.cs."""

    kind: bytes
    first: int
    second: int
    tick: int


class Wire:
    """Listens on the loopback for the one Renode that it is for."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._connection: socket.socket | None = None
        self._outgoing = bytearray()
        self._incoming = bytearray()

    @property
    def port(self) -> int:
        """Where Renode connects to."""
        return int(self._listener.getsockname()[1])

    def accept(self, seconds: float, look: Callable[[], None]) -> None:
        """Wait for Renode; `look` is called now and then, and raises when it is in vain. Raises BoardError."""
        self._listener.settimeout(_LOOK_S)
        end = time.monotonic() + seconds
        while self._connection is None:
            look()
            if time.monotonic() > end:
                raise BoardError(f"Renode has not started within {seconds:g} s", "try again on a less busy machine")
            with suppress(TimeoutError):
                self._connection, _ = self._listener.accept()
        self._listener.close()
        self._connection.settimeout(_SILENCE_S)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def put(self, kind: bytes, first: int = 0, second: int = 0, tick: int = 0, data: bytes = b"") -> None:
        """A record, and data where the kind has some; it leaves with the next `event`."""
        self._outgoing += _RECORD.pack(kind, first, second, tick) + data

    def event(self) -> Event:
        """The next event. Raises BoardError when Renode is gone."""
        return Event(*_RECORD.unpack(self.take(_RECORD.size)))

    def take(self, count: int) -> bytes:
        """So many bytes from Renode."""
        if self._connection is None:
            raise BoardError("Renode is not connected", "open the board anew")
        try:
            if self._outgoing:
                self._connection.sendall(self._outgoing)
                self._outgoing.clear()
            while len(self._incoming) < count:
                received = self._connection.recv(1 << 16)
                if not received:
                    raise ConnectionError
                self._incoming += received
        except TimeoutError:
            raise BoardError(f"Renode has said nothing for {_SILENCE_S:g} s", "open the board anew") from None
        except OSError:
            raise BoardError("Renode has ended", "open the board anew") from None
        taken = bytes(self._incoming[:count])
        del self._incoming[:count]
        return taken

    def close(self) -> None:
        """Hang up: Renode ends."""
        self._listener.close()
        if self._connection is not None:
            self._connection.close()
