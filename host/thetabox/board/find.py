"""Which boards are there: serial ports that may have one behind them, and what answers when they are asked."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from thetabox.runtime import registrations

from . import open_board
from .link import Link

if TYPE_CHECKING:
    from serial.tools.list_ports_common import ListPortInfo

VENDOR, PRODUCT = 0x2E8A, 0x0005  # MicroPython on a Raspberry Pi Pico, USB-CDC
NAME = "thetabox"


@dataclass(frozen=True)
class Port:
    """A serial port. `candidate`: it may be a ThetaBox, so it may be asked; anything else is left in peace."""

    name: str
    description: str
    candidate: bool


def serial_ports() -> list[Port]:
    """Every serial port of this machine, by name."""
    from serial.tools import list_ports

    return sorted((_port(info) for info in list_ports.comports()), key=lambda port: port.name)


def _port(info: ListPortInfo) -> Port:
    words = " ".join(text for text in (info.manufacturer, info.product) if text)
    if info.vid is not None:
        words = f"{words or info.description} ({info.vid:04X}:{info.pid:04X})"
    candidate = (info.vid, info.pid) == (VENDOR, PRODUCT) or NAME in words.lower()
    return Port(info.device, words or info.description or info.device, candidate)


def served() -> list[dict[str, Any]]:
    """Boards that `thetabox emulate` serves on this machine: port, pid, image, since."""
    return registrations("board")


def ask(port: str) -> dict[str, Any]:
    """Who is behind a port: IDENTIFY's answer, within half a second. Raises BoardError: in use, silent, gone."""
    with closing(open_board(port)) as board:
        return Link(board, tries=1).identify()
