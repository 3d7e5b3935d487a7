"""The USB controller as a device, and the host at the other end of the cable: a CDC port that a program holds open.

rp2040py's own answers every armed OUT endpoint at once with an empty packet, so that the processor never sleeps; here
the host has nothing to send until it has. It takes every IN packet in no time, so that no host can be slow; here a
packet takes its time on the bus, and a host that does not read takes none. It has no start-of-frame towards a device
and no suspend, which is all that an unplugged board notices (RP2040 datasheet, section 4.1).
"""

from __future__ import annotations

from collections.abc import Callable

from contract.protocol import TICKS_PER_US
from rp2040py.peripherals.usb import (
    CONTROLLER_EN,
    INTE,
    INTR_DEV_SOF,
    MAIN_CTRL,
    SIE_STATUS,
    SIE_SUSPENDED,
    SOF_RD,
    USB_BUF_CTRL_AVAILABLE,
    RPUSBController,
)
from rp2040py.rp2040 import RP2040
from rp2040py.usb.cdc import USBCDC

from .clock import Alarm, ticks

PACKET = 64
_PACKET_TICKS = 50 * TICKS_PER_US  # 64 bytes and what goes with them, at 12 Mbit/s
_FRAME_TICKS = 1_000 * TICKS_PER_US
_SUSPEND_TICKS = 3 * _FRAME_TICKS  # of silence
_FIRST_BUFFER = 0x88  # buffer controls of endpoint 1 and up; IN, OUT, IN, ...
_OUT = 4


class Usb(RPUSBController):
    """The board's end, with the host in hand; the plug is out at first. `on_byte` is given what the host reads."""

    def __init__(self, rp2040: RP2040) -> None:
        super().__init__(rp2040, "USB")
        self.on_byte: Callable[[int], None] = lambda byte: None
        self._attached = False
        self._reading = True
        self._sent = bytearray()  # by the host, not yet taken by the board
        self._out = 0  # the endpoint that is armed for it
        self._in: dict[int, None] = {}  # buffer controls of packets that the host has not taken yet
        self._frame = 0
        self._frames = Alarm(rp2040.clock, self._start_of_frame)
        self._silence = Alarm(rp2040.clock, self._suspend)
        self._take = Alarm(rp2040.clock, self._taken)

    # the host

    def attach(self, attached: bool) -> None:
        """Put the plug in, and the host enumerates the board and opens its port; or pull it."""
        if attached == self._attached:
            return
        self._frame = self._frame_number()
        self._attached = attached
        self._drop()
        if attached:
            self._silence.cancel()
            host = USBCDC(self)  # it puts itself behind the controller's hooks
            host.on_serial_data = self._received
            self.on_reset = self._both(host)
            if self.read_uint32(MAIN_CTRL) & CONTROLLER_EN:
                self.reset_device()
        else:
            self.on_usb_enabled = self.on_reset_received = self.on_reset = None
            self.on_endpoint_write = self.on_endpoint_read = None
            self._silence.after(_SUSPEND_TICKS)

    def listen(self, reading: bool) -> None:
        """The host reads what comes, or lets it lie; the port stays open."""
        self._reading = reading
        if reading and self._in:
            self._take.after(_PACKET_TICKS)

    def feed(self, data: bytes) -> None:
        """Bytes from the host; lost when it is not attached."""
        if self._attached:
            self._sent += data
            self._send()

    def _received(self, packet: bytes | bytearray) -> None:
        for byte in packet:
            self.on_byte(byte)

    def _both(self, host: USBCDC) -> Callable[[], None]:
        forget = self.on_reset

        def reset() -> None:
            self._drop()
            if forget is not None:
                forget()

        return reset

    def _drop(self) -> None:
        """What was on its way is lost."""
        self._sent.clear()
        self._out = 0
        self._in.clear()
        self._take.cancel()
        self.reset_alarm.cancel()
        for endpoint in (*self.endpoint_read_alarms, *self.endpoint_write_alarms):
            endpoint.alarm.cancel()
            endpoint.buffers = []

    # packets

    def endpoint_read_done(self, endpoint: int, buffer: bytes | bytearray, delay: int | None = None) -> None:
        if endpoint and not buffer:  # the host of rp2040py never has anything: it is all in `_sent`
            self._out = endpoint
            self._send()
        else:
            super().endpoint_read_done(endpoint, buffer, delay)

    def _send(self) -> None:
        if self._out and self._sent:
            endpoint, self._out = self._out, 0
            packet = bytes(self._sent[:PACKET])
            del self._sent[:PACKET]
            super().endpoint_read_done(endpoint, packet, _PACKET_TICKS // TICKS_PER_US)

    def dpram_updated(self, offset: int, value: int) -> None:
        if not self._attached:
            return
        if value & USB_BUF_CTRL_AVAILABLE and offset >= _FIRST_BUFFER and not offset & _OUT:
            self._in[offset] = None
            if self._reading:
                self._take.after(_PACKET_TICKS)
        else:
            super().dpram_updated(offset, value)

    def _taken(self) -> None:
        if not self._reading:
            return
        offsets, self._in = self._in, {}
        for offset in offsets:
            super().dpram_updated(offset, int.from_bytes(self.rp2040.usb_dpram[offset : offset + 4], "little"))

    # frames, and their end

    def _frame_number(self) -> int:
        return ticks(self.rp2040.clock) // _FRAME_TICKS & 0x7FF if self._attached else self._frame

    def _start_of_frame(self) -> None:
        if self._attached and self._int_enable & INTR_DEV_SOF:
            self._int_raw |= INTR_DEV_SOF
            self.check_interrupts()
            self._next_frame()

    def _next_frame(self) -> None:
        self._frames.at((ticks(self.rp2040.clock) // _FRAME_TICKS + 1) * _FRAME_TICKS)

    def _suspend(self) -> None:
        self._sie_status |= SIE_SUSPENDED
        self._sie_status_updated()

    # registers

    def read_uint32(self, offset: int) -> int:
        if offset == SOF_RD:
            self._int_raw &= ~INTR_DEV_SOF
            self.check_interrupts()
            return self._frame_number()
        return super().read_uint32(offset)

    def write_uint32(self, offset: int, value: int) -> None:
        if offset == SIE_STATUS:
            self._sie_status &= ~(self.raw_write_value & SIE_SUSPENDED)
        super().write_uint32(offset, value)
        if offset == INTE and value & INTR_DEV_SOF:
            self._next_frame()
