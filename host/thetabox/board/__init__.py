"""Boards: a real one on a serial port, or one emulated in this process."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .base import Board, BoardError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Board", "BoardError", "open_board"]


def open_board(port: str, *, bank_wired: bool = True, seed: int = 1) -> Board:
    """Open a board by its port: "emu:" (the default everywhere) or the name of a serial port.

    `bank_wired` and `seed` are for boards with a plant: what trigger A drives, and the sensors' noise.
    """
    openers: dict[str, Callable[[], Board]] = {"emu": lambda: _emulated(bank_wired, seed)}
    scheme, colon, rest = port.partition(":")
    if colon and scheme in openers and not rest:
        return openers[scheme]()
    if colon and scheme in (*openers, "renode"):
        raise BoardError(f"port {port!r} is not known", 'use "emu:" or the name of a serial port')
    from .serial import SerialBoard

    return SerialBoard(port)


def _emulated(bank_wired: bool, seed: int) -> Board:
    from .emulated.board import EmulatedBoard

    return EmulatedBoard(bank_wired=bank_wired, seed=seed)
