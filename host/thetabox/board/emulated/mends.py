"""Mends of rp2040py 0.3.6, each with what it would do otherwise. Applied to one chip, after it has been built."""

from __future__ import annotations

from collections import deque
from types import MethodType
from typing import TYPE_CHECKING, Any

from rp2040py.utils.fifo import FIFO

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_UART_TX_INTERRUPT = 1 << 5
_UART_RX_TIMEOUT_INTERRUPT = 1 << 6
_UART_DR = 0x000
_RX_TIMEOUT_BITS = 32
_BITS_PER_BYTE = 10
_JOIN_TX = 1 << 30
_JOIN_RX = 1 << 31
_NS_PER_TICK = 8.0


class Uart:
    """UART 0: transmit interrupts only after a byte, received bytes at the line's pace, the receive time-out.

    Otherwise the driver never leaves its transmit handler, 64 bytes at once lose 32, and the last bytes of a message
    lie in the FIFO unseen.
    """

    def __init__(self, uart: Any, clock: Any) -> None:
        self._uart = uart
        self._queue: deque[int] = deque()
        self._alarm = clock.create_alarm(self._next)
        self._idle = clock.create_alarm(self._timeout)
        self._feeding = False
        self.on_byte: Callable[[int], None] = lambda byte: None
        uart.check_interrupts = MethodType(_uart_check, uart)
        plain_write = uart.write_uint32

        def write(offset: int, value: int) -> None:
            plain_write(offset, value)
            if offset == _UART_DR:
                uart._interrupt_status |= _UART_TX_INTERRUPT
                uart.check_interrupts()

        uart.write_uint32 = write
        uart.on_byte = lambda byte: self.on_byte(byte)

    def _bit_ns(self) -> float:
        baud = self._uart.baud_rate if self._uart.baud_divider else 115_200
        return round(1e9 / baud / _NS_PER_TICK) * _NS_PER_TICK

    def feed(self, data: Iterable[int]) -> None:
        """Bytes from the host, one after the other at the programmed rate."""
        self._queue.extend(data)
        if not self._feeding and self._queue:
            self._feeding = True
            self._alarm.schedule(_BITS_PER_BYTE * self._bit_ns())

    def _next(self) -> None:
        byte = self._queue.popleft()
        if self._uart.enabled and not self._uart.rx_fifo.full:
            self._uart.feed_byte(byte)
            self._idle.schedule(_RX_TIMEOUT_BITS * self._bit_ns())
        self._feeding = bool(self._queue)
        if self._feeding:
            self._alarm.schedule(_BITS_PER_BYTE * self._bit_ns())

    def _timeout(self) -> None:
        if not self._uart.rx_fifo.empty:
            self._uart._interrupt_status |= _UART_RX_TIMEOUT_INTERRUPT
            self._uart.check_interrupts()


def _uart_check(uart: Any) -> None:
    # The receive interrupt follows the FIFO's level; as it comes it is raised at the first byte, which costs the
    # processor one interrupt a byte: the level interrupt is left to the FIFO's half and the rest to the time-out.
    status = uart._interrupt_status & uart._interrupt_mask
    if uart.rx_fifo.item_count < 16:
        status &= ~(1 << 4)
    if uart.rx_fifo.empty:
        uart._interrupt_status &= ~_UART_RX_TIMEOUT_INTERRUPT
        status &= ~_UART_RX_TIMEOUT_INTERRUPT
    uart.rp2040.set_interrupt(uart.irq, bool(status))


def quiet_pwm(pwm: Any, changed: Callable[[], None]) -> None:
    """PWM slices without an alarm per edge: a 30 kHz DAC would cost 90,000 callbacks a second.

    The counter is right on demand; compare and top values act at once; the duty is read from the registers, and
    `changed` is called after every write to them.
    """
    for channel in pwm.channels:
        channel.alarm_a.enable = False
        channel.alarm_b.enable = False
        channel.alarm_bottom.enable = False
        plain = channel.write_register

        def write(offset: int, value: int, plain: Any = plain, channel: Any = channel) -> None:
            plain(offset, value)
            if channel.top_updated:
                channel.timer.top = channel.top
                channel.top_updated = False
            changed()

        channel.write_register = write


def right_adc(adc: Any) -> None:
    """Round robin by the right mask, and the FIFO's DREQ falls when the FIFO empties."""
    plain_complete = adc.complete_adc_read
    plain_update = adc._update_dma

    def update() -> None:
        plain_update()
        if adc.fifo.empty:
            adc.rp2040.dma.clear_dreq(adc.dreq)

    def complete(value: int, error: bool) -> None:
        robin = adc.cs >> 16 & 0x1F
        channel = adc.cs >> 12 & 7
        plain_complete(value, error)
        if robin:
            channel = next(c % 5 for c in range(channel + 1, channel + 6) if robin >> c % 5 & 1)
            adc.cs = adc.cs & ~(7 << 12) | channel << 12

    adc._update_dma = update
    adc.complete_adc_read = complete


class JoinedFifos:
    """FJOIN doubles one FIFO, and a change of the join bits empties both, as on silicon (datasheet, SHIFTCTRL)."""

    def __init__(self, block: Any) -> None:
        self._block = block
        self._joined = [0] * len(block.machines)

    def after_write(self) -> None:
        """Look at the join bits after a register write; reset counts as unjoined."""
        for index, machine in enumerate(self._block.machines):
            join = machine.shift_ctrl & (_JOIN_TX | _JOIN_RX)
            if join != self._joined[index]:
                self._joined[index] = join
                machine.tx_fifo = FIFO(8 if join & _JOIN_TX else 4)
                machine.rx_fifo = FIFO(8 if join & _JOIN_RX else 4)
                dma = machine.rp2040.dma
                dma.clear_dreq(machine.dreq_rx)
                dma.set_dreq(machine.dreq_tx)
