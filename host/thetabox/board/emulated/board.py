"""The emulated board: the very image that is flashed, on an emulated chip, wired to a plant and an analyser."""

from __future__ import annotations

from pathlib import Path

from contract import limits

from thetabox.board.supplies import image_path, open_image

from .chip import Chip
from .wired import WiredBoard

_TTL_TICKS = limits.CLOCK_SYS_HZ // 1_000  # 1 ms


def _boot(image: Path | None, flash: bytes | None) -> Chip:
    chip = Chip()
    if flash is not None:
        chip.flash[: len(flash)] = flash
        chip.power_cycle()
    if image is not None or flash is None:
        with open_image(image or image_path()) as found:
            chip.program(found.path)
        chip.power_cycle()
    return chip


class EmulatedBoard(WiredBoard[Chip]):
    """A board in this process, on rp2040py.

    The flash holds `flash` (up to 2 MiB; none of it: the board stays in its boot loader), and `image` over it, which
    without both is what `make firmware` has built. With `usb` the link is USB-CDC instead of the UART. With
    `ttl_period_s` an outside world gives TRIG_IN a pulse of 1 ms each so many seconds.
    """

    def __init__(
        self,
        *,
        bank_wired: bool = True,
        seed: int = 1,
        image: Path | None = None,
        flash: bytes | None = None,
        usb: bool = False,
        ttl_period_s: float | None = None,
    ) -> None:
        chip = _boot(image, flash)
        name, feed, listen = ("emu:usb", chip.usb_feed, chip.on_usb) if usb else ("emu:", chip.uart_feed, chip.on_uart)
        super().__init__(name, chip, feed, listen, bank_wired=bank_wired, seed=seed)
        chip.usb_attach(usb)
        if ttl_period_s is not None:
            self._pulse(round(ttl_period_s * limits.CLOCK_SYS_HZ))

    def _pulse(self, period: int) -> None:
        """TRIG_IN goes high for 1 ms after each `period` ticks."""

        def rise() -> None:
            self.plant.trig_in(1)
            self.chip.at(self.chip.ticks + _TTL_TICKS, lambda: self.plant.trig_in(0))
            self.chip.at(self.chip.ticks + period, rise)

        self.chip.at(self.chip.ticks + period, rise)
