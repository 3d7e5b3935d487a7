"""What every board is to the host: bytes in and out, a clock, and where it has one, a capture of its edges."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from thetabox.errors import Exit, ThetaboxError

if TYPE_CHECKING:
    from thetabox.capture import Capture


class BoardError(ThetaboxError):
    """No board, or none that can be talked to."""

    exit_code = Exit.LINK


class BadImage(BoardError):
    """A file is no firmware image: bad input, while a missing one means that there is no board."""

    exit_code = Exit.BAD_INPUT


class PortInUse(BoardError):
    """Another program holds the port."""

    def __init__(self, port: str) -> None:
        super().__init__(f"port {port} is in use", "close the other program")
        self.port = port


class Board(Protocol):
    """A board. Host code asks the board for the time: on an emulated board it is virtual, and waiting runs it."""

    name: str
    emulated: bool

    def now_s(self) -> float:
        """The board's clock in s; on real hardware the host's own monotonic clock."""

    def write(self, data: bytes) -> None:
        """Send bytes."""

    def read(self, timeout_s: float) -> bytes:
        """Bytes as soon as there are any; b"" after `timeout_s` of board time."""

    def wait(self, seconds: float) -> None:
        """Let board time pass."""

    def capture(self) -> Capture | None:
        """The edges so far, where the board has an analyser."""

    def close(self) -> None:
        """Give the port back."""
