"""Boards: a real one on a serial port, one emulated in this process, or one on Renode."""

from __future__ import annotations

from pathlib import Path

from .base import BadImage, Board, BoardError

__all__ = ["Board", "BoardError", "open_board"]

IMAGE, USB, TTL = "image=", "usb", "ttl="
TTL_MIN_S, TTL_MAX_S = 0.01, 3_600.0


def open_board(port: str, *, bank_wired: bool = True, seed: int = 1) -> Board:
    """Open a board by its port: "emu:" (the default everywhere), "emu:usb", "renode:", or a serial port.

    An emulated board is reached over its UART or its USB, one on Renode over its UART. "emu:image=FILE.uf2",
    "emu:usb,image=FILE.uf2" and "renode:image=FILE.uf2" run another image; "emu:ttl=5" gives TRIG_IN a
    pulse each 5 s. `bank_wired` and `seed` are for boards with a plant: what trigger A drives, and the sensors' noise.
    """
    scheme, colon, options = port.partition(":")
    if not colon or scheme not in ("emu", "renode"):
        from .serial import SerialBoard

        return SerialBoard(port)
    before, named, image = options.partition(IMAGE)
    words = [word for word in before.split(",") if word]
    usb = scheme == "emu" and USB in words
    period_s = _period_s(words) if scheme == "emu" else None
    known = usb + (period_s is not None)
    tidy = ",".join(words) + ("," if named and words else "") == before
    if known != len(words) or not tidy or bool(named) != bool(image):
        raise BoardError(
            f"port {port!r} is not known",
            'use "emu:", "emu:usb", "emu:ttl=5", "emu:image=FILE.uf2", "renode:" or the name of a serial port',
        )
    file = Path(image) if image else None
    if file and not file.is_file():
        raise BadImage(f"{file} is not there", "name a firmware image that is, or none for the one that is built here")
    if scheme == "renode":
        from .renode.board import RenodeBoard

        return RenodeBoard(bank_wired=bank_wired, seed=seed, image=file)
    from .emulated.board import EmulatedBoard

    return EmulatedBoard(bank_wired=bank_wired, seed=seed, image=file, usb=usb, ttl_period_s=period_s)


def _period_s(words: list[str]) -> float | None:
    """The period of the pulses at TRIG_IN, in s; None without a good one."""
    given = [word.removeprefix(TTL) for word in words if word.startswith(TTL)]
    try:
        period_s = float(given[0]) if given else 0.0
    except ValueError:
        return None
    return period_s if TTL_MIN_S <= period_s <= TTL_MAX_S else None
