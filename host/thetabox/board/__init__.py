"""Boards: a real one on a serial port, one emulated in this process, or one on Renode."""

from __future__ import annotations

from pathlib import Path

from .base import Board, BoardError

__all__ = ["Board", "BoardError", "open_board"]

IMAGE, USB = "image=", "usb"


def open_board(port: str, *, bank_wired: bool = True, seed: int = 1) -> Board:
    """Open a board by its port: "emu:" (the default everywhere), "emu:usb", "renode:", or a serial port.

    An emulated board is reached over its UART or its USB, one on Renode over its UART. "emu:image=FILE.uf2",
    "emu:usb,image=FILE.uf2" and "renode:image=FILE.uf2" run another image. `bank_wired` and `seed` are for boards with
    a plant: what trigger A drives, and the sensors' noise.
    """
    scheme, colon, options = port.partition(":")
    if not colon or scheme not in ("emu", "renode"):
        from .serial import SerialBoard

        return SerialBoard(port)
    link, named, image = options.partition(IMAGE)
    links = ("", USB) if scheme == "emu" else ("",)
    if link not in [f"{way}," if way and named else way for way in links] or bool(named) != bool(image):
        raise BoardError(
            f"port {port!r} is not known", 'use "emu:", "emu:image=FILE.uf2", "renode:" or the name of a serial port'
        )
    file = Path(image) if image else None
    if scheme == "renode":
        from .renode.board import RenodeBoard

        return RenodeBoard(bank_wired=bank_wired, seed=seed, image=file)
    from .emulated.board import EmulatedBoard

    return EmulatedBoard(bank_wired=bank_wired, seed=seed, image=file, usb=bool(link))
