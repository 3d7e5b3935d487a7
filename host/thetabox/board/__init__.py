"""Boards: a real one on a serial port, or one emulated in this process."""

from __future__ import annotations

from pathlib import Path

from .base import Board, BoardError

__all__ = ["Board", "BoardError", "open_board"]

IMAGE, USB = "image=", "usb"


def open_board(port: str, *, bank_wired: bool = True, seed: int = 1) -> Board:
    """Open a board by its port: "emu:" (the default everywhere), "emu:usb", "emu:image=FILE.uf2", or a serial port.

    An emulated board is reached over its UART or its USB; "emu:usb,image=FILE.uf2" says both. `bank_wired` and `seed`
    are for boards with a plant: what trigger A drives, and the sensors' noise.
    """
    scheme, colon, options = port.partition(":")
    if colon and scheme == "renode":
        raise BoardError("boards on Renode are not there yet", 'use "emu:" or the name of a serial port')
    if not colon or scheme != "emu":
        from .serial import SerialBoard

        return SerialBoard(port)
    link, named, image = options.partition(IMAGE)
    if link not in (("", f"{USB},") if named else ("", USB)) or bool(named) != bool(image):
        raise BoardError(f"port {port!r} is not known", 'use "emu:", "emu:image=FILE.uf2" or the name of a serial port')
    from .emulated.board import EmulatedBoard

    return EmulatedBoard(bank_wired=bank_wired, seed=seed, image=Path(image) if image else None, usb=bool(link))
