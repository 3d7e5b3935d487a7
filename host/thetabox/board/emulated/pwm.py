"""PWM slices that cost nothing: the counter is worked out when it is read, levels are told as a duty, not as edges.

rp2040py's own calls back three times a period, 90,000 times a second for a 30 kHz DAC. Not modelled: edges on the
pads, wrap interrupts and wrap DREQs (pace DMA by a state machine or the ADC), input modes, phase-correct counting.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

from .clock import ticks

_SLICES = 8
_STRIDE = 0x14
_CSR, _DIV, _CTR, _CC, _TOP = range(0, _STRIDE, 4)
_EN, _INTR, _INTE, _INTF, _INTS = range(_SLICES * _STRIDE, _SLICES * _STRIDE + 20, 4)


@dataclass
class _Slice:
    csr: int = 0
    div: int = 1 << 4
    cc: int = 0
    top: int = 0xFFFF
    base: int = 0  # the counter at `since`
    since: int = 0  # tick

    def counter(self, now: int) -> int:
        """The 16-bit counter at a tick; DIV has 4 fractional bits, 0 means 256."""
        if not self.csr & 1:
            return self.base
        div_16 = self.div if self.div >> 4 else self.div | 0x1000
        return (self.base + (now - self.since) * 16 // div_16) % (self.top + 1)

    def hold(self, now: int) -> None:
        """Go on from here with other settings."""
        self.base = self.counter(now)
        self.since = now


class Pwm(BasePeripheral):
    """`on_change` is called after every write that may have changed a duty."""

    def __init__(self, rp2040: RP2040) -> None:
        super().__init__(rp2040, "PWM")
        self._slices = [_Slice() for _ in range(_SLICES)]
        self.on_change: Callable[[], None] = lambda: None
        self.gpio_value = 0  # rp2040py's pads look here
        self.gpio_direction = 0

    def gpio_on_input(self, index: int) -> None:
        """rp2040py's pads call this; input modes are not modelled."""

    def reset(self) -> None:
        self._slices = [_Slice() for _ in range(_SLICES)]
        self.on_change()

    def duty(self, gpio: int) -> float:
        """Share of time that `gpio` would be high as an output of its slice; 0 while the slice stands."""
        piece = self._slices[gpio >> 1 & 7]
        if not piece.csr & 1:
            return 0.0
        share = min(1.0, (piece.cc >> 16 if gpio & 1 else piece.cc & 0xFFFF) / (piece.top + 1))
        return 1.0 - share if piece.csr >> (3 if gpio & 1 else 2) & 1 else share

    def read_uint32(self, offset: int) -> int:
        if offset == _EN:
            return sum((piece.csr & 1) << index for index, piece in enumerate(self._slices))
        if offset > _EN:
            return 0 if offset <= _INTS else super().read_uint32(offset)
        piece, register = self._slices[offset // _STRIDE], offset % _STRIDE
        if register == _CTR:
            return piece.counter(ticks(self.rp2040.clock))
        return {_CSR: piece.csr, _DIV: piece.div, _CC: piece.cc, _TOP: piece.top}[register]

    def write_uint32(self, offset: int, value: int) -> None:
        now = ticks(self.rp2040.clock)
        if offset == _EN:
            for index, piece in enumerate(self._slices):
                piece.hold(now)
                piece.csr = piece.csr & ~1 | value >> index & 1
        elif offset < _EN:
            piece, register = self._slices[offset // _STRIDE], offset % _STRIDE
            piece.hold(now)
            if register == _CSR:
                piece.csr = value & 0x3F
            elif register == _DIV:
                piece.div = value & 0xFFF
            elif register == _CTR:
                piece.base = value & 0xFFFF
            elif register == _CC:
                piece.cc = value & 0xFFFFFFFF
            else:
                piece.top = value & 0xFFFF
        self.on_change()
