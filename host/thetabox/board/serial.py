"""A Pico on a serial port, through pyserial."""

from __future__ import annotations

import errno
import os
import time
from typing import TYPE_CHECKING

import serial
from contract import limits

from thetabox.runtime import registrations

from .base import BoardError, PortInUse

if TYPE_CHECKING:
    from thetabox.capture import Capture


def _not_opened(port: str, error: Exception) -> BoardError:
    """Why a port could not be opened. Windows says of a port in use that access is denied."""
    if "lock" in str(error) or "busy" in str(error).lower() or "Access is denied" in str(error):
        return PortInUse(port)
    if getattr(error, "errno", None) == errno.EACCES:
        return BoardError(f"you may not open port {port}", "`thetabox doctor` says what to do about it")
    return BoardError(f"port {port} cannot be opened", 'check the cable and the name, or use "emu:"')


def _served(port: str) -> bool:
    """Whether `thetabox emulate` on this machine is at the other end."""
    return any(os.path.realpath(each["port"]) == os.path.realpath(port) for each in registrations("board"))


class SerialBoard:
    """A board on a port such as /dev/ttyACM0 or COM3. Raises BoardError when it cannot be opened."""

    def __init__(self, port: str) -> None:
        self.name = port
        self.emulated = _served(port)
        try:
            self._port = serial.Serial(port, limits.LINK_BAUD, timeout=0, write_timeout=1, exclusive=True)
        except (serial.SerialException, ValueError, OSError) as error:
            raise _not_opened(port, error) from None

    def now_s(self) -> float:
        """The host's monotonic clock."""
        return time.monotonic()

    def write(self, data: bytes) -> None:
        """Send bytes; BoardError when the port has gone."""
        try:
            self._port.write(data)
        except (serial.SerialException, OSError):
            raise BoardError(f"port {self.name} has gone", "check the cable; the board makes itself safe") from None

    def read(self, timeout_s: float) -> bytes:
        """Bytes as soon as there are any, b"" after the time."""
        try:
            self._port.timeout = timeout_s
            first: bytes = self._port.read(1)
            return first + self._port.read(self._port.in_waiting) if first else b""
        except (serial.SerialException, OSError):
            raise BoardError(f"port {self.name} has gone", "check the cable; the board makes itself safe") from None

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(max(0.0, seconds))

    def capture(self) -> Capture | None:
        """None: the board's own stamps are the evidence."""
        return None

    def close(self) -> None:
        """Close the port."""
        self._port.close()
