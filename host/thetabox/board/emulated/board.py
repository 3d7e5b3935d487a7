"""The emulated board: the very image that is flashed, on an emulated chip, wired to a plant and an analyser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from contract import limits

from thetabox.board.base import BoardError
from thetabox.board.supplies import image_path, image_remedy
from thetabox.uf2 import Uf2Error, read

from .analyser import Analyser
from .chip import Chip
from .plant import Plant

if TYPE_CHECKING:
    from thetabox.capture import Capture


def _boot(image: Path | None, flash: bytes | None) -> Chip:
    chip = Chip()
    if flash is not None:
        chip.flash[: len(flash)] = flash
        chip.power_cycle()
    if image is not None or flash is None:
        image = image or image_path()
        if not image.is_file():
            raise BoardError(f"no firmware image at {image}", image_remedy())
        try:
            read(image)
            chip.program(image)
        except (Uf2Error, ValueError):
            raise BoardError(f"{image} is not a firmware image", image_remedy()) from None
        chip.power_cycle()
    return chip


class EmulatedBoard:
    """`chip`, `plant` and `analyser` are there for tests and for whoever wants to look.

    The flash holds `flash` (up to 2 MiB; none of it: the board stays in its boot loader), and `image` over it, which
    without both is what `make firmware` has built. With `usb` the link is USB-CDC instead of the UART.
    """

    emulated = True

    def __init__(
        self,
        *,
        bank_wired: bool = True,
        seed: int = 1,
        image: Path | None = None,
        flash: bytes | None = None,
        usb: bool = False,
    ) -> None:
        self.name = "emu:usb" if usb else "emu:"
        self.chip = _boot(image, flash)
        self.analyser = Analyser(self.chip)
        self.plant = Plant(self.chip, self.analyser.record, bank_wired=bank_wired, seed=seed)
        self._received = bytearray()
        self._feed = self.chip.usb_feed if usb else self.chip.uart_feed
        (self.chip.on_usb if usb else self.chip.on_uart)(self._byte)
        self.chip.usb_attach(usb)

    def _byte(self, byte: int) -> None:
        self._received.append(byte)
        if byte == 0:  # a frame has ended: worth waking the host for
            self.chip.stop()

    def now_s(self) -> float:
        """Board time since power-on."""
        return self.chip.ticks / limits.CLOCK_SYS_HZ

    def write(self, data: bytes) -> None:
        """Bytes into the board, as fast as the line takes them."""
        self._feed(data)

    def read(self, timeout_s: float) -> bytes:
        """Run the board until a frame has come, `timeout_s` of board time at the most."""
        # at least a tick, so that a deadline which is nearer than that passes
        end = self.chip.ticks + max(1, round(timeout_s * limits.CLOCK_SYS_HZ))
        while not self._received and self.chip.ticks < end:
            self.chip.run_until(end)
        return self.received()

    def received(self) -> bytes:
        """What the board has sent and nobody has read yet."""
        data = bytes(self._received)
        self._received.clear()
        return data

    def wait(self, seconds: float) -> None:
        """Run the board."""
        end = self.chip.ticks + round(seconds * limits.CLOCK_SYS_HZ)
        while self.chip.ticks < end:
            self.chip.run_until(end)

    def capture(self) -> Capture | None:
        """All edges since power-on."""
        return self.analyser.capture()

    def close(self) -> None:
        """Nothing is held."""
