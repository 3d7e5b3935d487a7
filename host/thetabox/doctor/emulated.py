"""The emulated board: its emulator, its image, and whether it really boots."""

from __future__ import annotations

import time
from contextlib import closing

from thetabox.board import open_board, supplies
from thetabox.board.link import Link
from thetabox.errors import ThetaboxError
from thetabox.uf2 import read

from .finding import COMFORT, Finding


def emulator() -> Finding:
    """The emulator is the fast build."""
    build = supplies.emulator()
    if build == supplies.FAST:
        return Finding("fast emulator", True, "a build of rp2040py for this Python", need=COMFORT)
    slow = "the plain rp2040py, about 15 times slower" if build == supplies.SLOW else "no rp2040py at all"
    remedy = "make emulator" if supplies.checkout() else "build it in a clone of the repository: make emulator"
    return Finding("fast emulator", False, slow, remedy, COMFORT)


def image() -> Finding:
    """There is a firmware image, whole and for the RP2040."""
    path = supplies.image_path()
    remedy = "make firmware" if supplies.checkout() else supplies.image_remedy()
    if not path.is_file():
        return Finding("firmware image", False, f"none at {path}", remedy)
    try:
        found = read(path)
        found.require_whole()
    except ThetaboxError as error:
        return Finding("firmware image", False, error.message, remedy)
    return Finding("firmware image", True, f"{path}, {found.image_hash}")


def board() -> Finding:
    """The emulated board boots that image and answers."""
    began = time.monotonic()
    try:
        with closing(open_board("emu:")) as emulated:
            who = Link(emulated).identify()
    except (ThetaboxError, ImportError) as error:
        return Finding("emulated board", False, getattr(error, "message", str(error)), "see what is missing above")
    seconds = time.monotonic() - began
    if not who["compatible"]:
        return Finding("emulated board", False, "its firmware is of another release than this host", "make firmware")
    return Finding("emulated board", True, f"firmware {who['version']} boots and answers in {seconds:.1f} s")
