"""UART 0 (PL011): bytes take their time on the line, FIFOs of 32, level and time-out interrupts.

rp2040py's own raises the transmit interrupt again on every clear (MicroPython never leaves its handler), has no
receive time-out, and sends in no time (datasheet section 4.2).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from rp2040py.peripherals.peripheral import BasePeripheral
from rp2040py.rp2040 import RP2040

from .clock import Alarm

_DR, _RSR, _FR = 0x00, 0x04, 0x18
_IBRD, _FBRD, _LCR_H, _CR, _IFLS, _IMSC = 0x24, 0x28, 0x2C, 0x30, 0x34, 0x38
_RIS, _MIS, _ICR, _DMACR = 0x3C, 0x40, 0x44, 0x48
_PLAIN = (_IBRD, _FBRD, _LCR_H, _CR, _IFLS, _IMSC, _DMACR)
_PERIPHERAL_ID = {0xFE0: 0x11, 0xFE4: 0x10, 0xFE8: 0x34, 0xFEC: 0, 0xFF0: 0x0D, 0xFF4: 0xF0, 0xFF8: 0x05, 0xFFC: 0xB1}
_FR_BUSY, _FR_RXFE, _FR_TXFF, _FR_RXFF, _FR_TXFE = 1 << 3, 1 << 4, 1 << 5, 1 << 6, 1 << 7
_LCR_FEN = 1 << 4
_CR_EN, _CR_TXE, _CR_RXE = 1 << 0, 1 << 8, 1 << 9
_INT_RX, _INT_TX, _INT_RT, _INT_OE = 1 << 4, 1 << 5, 1 << 6, 1 << 10
_DEPTH = 32
_LEVELS = (4, 8, 16, 24, 28, 28, 28, 28)  # of 32, by the selector in IFLS
_TIMEOUT_BITS = 32
_UNSET_BIT_TICKS = 1085  # 115200 baud, for bytes that come before the UART is set up, and are lost


class Uart(BasePeripheral):
    """The end of the line on the board; `feed` is the other one. `on_byte` is called when a byte has left."""

    def __init__(self, rp2040: RP2040, irq: int) -> None:
        super().__init__(rp2040, "UART0")
        self._irq = irq
        self.on_byte: Callable[[int], None] = lambda byte: None
        self.overruns = 0
        self._line: deque[int] = deque()  # what the host has sent and has not arrived
        self._rx: deque[int] = deque()
        self._tx: deque[int] = deque()
        self._shifting = -1
        self._arrival = Alarm(rp2040.clock, self._arrive)
        self._departure = Alarm(rp2040.clock, self._depart)
        self._silence = Alarm(rp2040.clock, self._time_out)
        self._registers = dict.fromkeys(_PLAIN, 0)
        self._status = 0
        self.reset()

    def reset(self) -> None:
        self._departure.cancel()
        self._silence.cancel()
        self._rx.clear()
        self._tx.clear()
        self._shifting = -1
        self._registers = dict.fromkeys(_PLAIN, 0) | {_CR: _CR_RXE | _CR_TXE, _IFLS: 0x12}
        self._set_up()
        self._status = 0
        self.rp2040.set_interrupt(self._irq, False)

    def _bits(self, count: int) -> int:
        """Ticks of `count` bits on the line: the divider has 6 fractional bits, a bit takes 16 of its periods."""
        divider_64 = self._registers[_IBRD] << 6 | self._registers[_FBRD]
        return count * divider_64 // 4 if divider_64 else count * _UNSET_BIT_TICKS

    def _set_up(self) -> None:
        """Work out of the registers what every byte needs."""
        has_fifos = bool(self._registers[_LCR_H] & _LCR_FEN)
        levels = self._registers[_IFLS]
        self._depth = _DEPTH if has_fifos else 1
        self._rx_level = _LEVELS[levels >> 3 & 7] if has_fifos else 1
        self._tx_level = _LEVELS[levels & 7] if has_fifos else 0
        control = self._registers[_LCR_H]
        bits = 7 + (control >> 5 & 3) + (control >> 1 & 1) + (control >> 3 & 1)  # start, 5 to 8, parity, stop
        self._byte_ticks = self._bits(bits)

    def _interrupt(self) -> None:
        self.rp2040.set_interrupt(self._irq, bool(self._status & self._registers[_IMSC]))

    def feed(self, data: bytes) -> None:
        """Bytes from the host, one after the other at the programmed rate."""
        idle = not self._line
        self._line.extend(data)
        if idle and data:
            self._arrival.after(self._byte_ticks)

    def _arrive(self) -> None:
        byte = self._line.popleft()
        if self._line:
            self._arrival.after(self._byte_ticks)
        control = self._registers[_CR]
        if not (control & _CR_EN and control & _CR_RXE):
            return
        if len(self._rx) >= self._depth:
            self.overruns += 1
            self._status |= _INT_OE
        else:
            self._rx.append(byte)
            if len(self._rx) >= self._rx_level:
                self._status |= _INT_RX
            self._silence.after(self._bits(_TIMEOUT_BITS))
        self._interrupt()

    def _time_out(self) -> None:
        if self._rx:
            self._status |= _INT_RT
            self._interrupt()

    def _shift_out(self) -> None:
        if self._shifting < 0 and self._tx and self._registers[_CR] & _CR_EN:
            above = len(self._tx) > self._tx_level
            self._shifting = self._tx.popleft()
            self._departure.after(self._byte_ticks)
            if (above or self._depth == 1) and len(self._tx) <= self._tx_level:
                self._status |= _INT_TX

    def _depart(self) -> None:
        byte, self._shifting = self._shifting, -1
        self._shift_out()
        self._interrupt()
        self.on_byte(byte)

    def _flags(self) -> int:
        return (
            (_FR_BUSY if self._shifting >= 0 or self._tx else 0)
            | (0 if self._rx else _FR_RXFE)
            | (_FR_TXFF if len(self._tx) >= self._depth else 0)
            | (_FR_RXFF if len(self._rx) >= self._depth else 0)
            | (0 if self._tx else _FR_TXFE)
        )

    def read_uint32(self, offset: int) -> int:
        if offset == _DR:
            byte = self._rx.popleft() if self._rx else 0
            if len(self._rx) < self._rx_level:
                self._status &= ~_INT_RX
            if not self._rx:
                self._status &= ~_INT_RT
                self._silence.cancel()
            self._interrupt()
            return byte
        if offset == _FR:
            return self._flags()
        if offset in self._registers:
            return self._registers[offset]
        if offset in (_RIS, _MIS):
            return self._status & (self._registers[_IMSC] if offset == _MIS else -1)
        if offset == _RSR:
            return 0
        return _PERIPHERAL_ID[offset] if offset in _PERIPHERAL_ID else super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == _DR:
            if len(self._tx) < self._depth:
                self._tx.append(value & 0xFF)
            self._shift_out()
            if len(self._tx) > self._tx_level:
                self._status &= ~_INT_TX
        elif offset == _ICR:
            self._status &= ~self.raw_write_value
        elif offset in self._registers:
            self._registers[offset] = value & 0xFFFF
            self._set_up()
            self._shift_out()
        elif offset != _RSR:
            super().write_uint32(offset, value)
        self._interrupt()
