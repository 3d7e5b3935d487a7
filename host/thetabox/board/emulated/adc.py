"""The ADC: a conversion takes 2 us, samples its input at the end, and asks its DMA for what lies in the FIFO.

rp2040py's own masks the round robin wrongly (always channel 0), keeps START_ONCE set, so that any later write to CS
converts again, and forgets its DREQ when the FIFO's control register is written (datasheet section 4.9).
"""

from __future__ import annotations

from collections.abc import Callable

from contract.protocol import TICKS_PER_US
from rp2040py.irq import IRQ
from rp2040py.peripherals.dma import DREQChannel
from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040
from rp2040py.utils.fifo import FIFO

from .clock import Alarm

CHANNELS = 5
_CONVERSION_TICKS = 2 * TICKS_PER_US
_CONVERSION_CLOCKS = 96  # of the ADC's 48 MHz

_CS, _RESULT, _FCS, _FIFO, _DIV, _INTR, _INTE, _INTF, _INTS = range(0, 0x24, 4)
_CS_EN, _CS_START_ONCE, _CS_START_MANY, _CS_READY = 1 << 0, 1 << 2, 1 << 3, 1 << 8
_CS_KEPT = 0x1F << 16 | 7 << 12 | _CS_START_MANY | 3
_FCS_EN, _FCS_SHIFT, _FCS_DREQ = 1 << 0, 1 << 1, 1 << 3
_FCS_EMPTY, _FCS_FULL, _FCS_UNDER, _FCS_OVER = 1 << 8, 1 << 9, 1 << 10, 1 << 11
_FCS_KEPT = 0xF << 24 | 0xF


class Adc(BasePeripheral):
    """`read[channel]` gives the counts (0 to 4095) of an input at the end of its conversion."""

    def __init__(self, rp2040: RP2040) -> None:
        super().__init__(rp2040, "ADC")
        self.read: list[Callable[[], int]] = [lambda: 0] * CHANNELS
        self._fifo = FIFO(4)
        self._done = Alarm(rp2040.clock, self._complete)
        self._next = Alarm(rp2040.clock, self._start)
        self._clear()

    def _clear(self) -> None:
        self._cs = self._fcs = self._div = self._inte = self._intf = self._result = 0
        self._channel = 0
        self._busy = False
        self._fifo.reset()

    def reset(self) -> None:
        self._done.cancel()
        self._next.cancel()
        self._clear()
        self._level_changed()

    @property
    def _int_raw(self) -> int:
        return int(self._fifo.item_count >= (self._fcs >> 24 & 0xF))

    @property
    def _int_status(self) -> int:
        return (self._int_raw & self._inte) | self._intf

    def _level_changed(self) -> None:
        if self._fcs & _FCS_DREQ and self._int_raw:
            self.rp2040.dma.set_dreq(DREQChannel.DREQ_ADC)
        else:
            self.rp2040.dma.clear_dreq(DREQChannel.DREQ_ADC)
        self.rp2040.set_interrupt(IRQ.ADC_FIFO, bool(self._int_status))

    def _start(self) -> None:
        self._busy = True
        self._channel = self._cs >> 12 & 7
        self._done.after(_CONVERSION_TICKS)

    def _complete(self) -> None:
        self._busy = False
        counts = self.read[self._channel]() if self._channel < CHANNELS else 0
        self._result = min(max(counts, 0), 0xFFF)
        robin = self._cs >> 16 & 0x1F
        if robin:
            following = next(c % CHANNELS for c in range(self._channel + 1, 99) if robin >> c % CHANNELS & 1)
            self._cs = self._cs & ~(7 << 12) | following << 12
        if self._fcs & _FCS_EN:
            if self._fifo.full:
                self._fcs |= _FCS_OVER
            else:
                self._fifo.push(self._result >> 4 if self._fcs & _FCS_SHIFT else self._result)
        if self._cs & _CS_START_MANY and self._cs & _CS_EN:
            clocks_256 = max(
                self._div + 256, _CONVERSION_CLOCKS << 8
            )  # DIV: 16.8 fixed point, one less than the period
            self._next.after(round(clocks_256 * 125 / (48 * 256)) - _CONVERSION_TICKS)
        self._level_changed()

    def read_uint32(self, offset: int) -> int:
        if offset == _CS:
            return self._cs | (0 if self._busy or not self._cs & _CS_EN else _CS_READY)
        if offset == _FCS:
            flags = (_FCS_EMPTY if self._fifo.empty else 0) | (_FCS_FULL if self._fifo.full else 0)
            return self._fcs | flags | self._fifo.item_count << 16
        if offset == _FIFO:
            if self._fifo.empty:
                self._fcs |= _FCS_UNDER
            value = self._fifo.pull()
            self._level_changed()
            return value
        values = {
            _RESULT: self._result, _DIV: self._div, _INTR: self._int_raw, _INTE: self._inte, _INTF: self._intf,
            _INTS: self._int_status,
        }  # fmt: skip
        return values[offset] if offset in values else super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _CS:
            self._cs = value & _CS_KEPT
            if value & _CS_EN and value & (_CS_START_ONCE | _CS_START_MANY) and not self._busy:
                self._next.cancel()
                self._start()
        elif offset == _FCS:
            errors = self._fcs & (_FCS_UNDER | _FCS_OVER) & ~self.raw_write_value
            self._fcs = value & _FCS_KEPT | errors
        elif offset == _DIV:
            self._div = value & 0xFFFFFF
        elif offset == _INTE:
            self._inte = value & 1
        elif offset == _INTF:
            self._intf = value & 1
        else:
            super().write_uint32(offset, value)
        self._level_changed()
