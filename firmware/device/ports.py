"""The two ways to the host, UART 0 and USB-CDC: bytes in, each with a frame reader of its own, and answers out."""

from sys import stdin, stdout

import micropython
from contract import frame, limits, pins
from machine import UART, Pin, mem32
from select import POLLIN, poll
from time import sleep_ms, ticks_ms

from . import raw, regs

_CHUNK = 64  # taken at a time; then the tick has its turn
_RX_BYTES = 1_024
_TX_BYTES = 2_048
_FRAME_MS = 2  # the host's start-of-frame comes every millisecond


class Port:
    """`stream` is what one polls; `reader` holds the last frame."""

    def __init__(self, stream):
        self.stream = stream
        self.reader = frame.Reader(None, raw)
        self.quiet_ms = 0
        self._chunk = bytearray(_CHUNK)
        self._have = 0
        self._at = 0

    def _fill(self, chunk):
        """Take what there is, as far as `chunk` holds it; returns how many bytes."""
        raise NotImplementedError

    def pending(self):
        """True when bytes wait in the stream."""
        raise NotImplementedError

    def write(self, data, length):
        """Send the first `length` bytes of `data` to the host."""
        raise NotImplementedError

    def left(self):
        """True when bytes have been taken from the stream and not been looked at."""
        return self._at < self._have

    def is_quiet(self):
        """Whether nothing waits in it; `quiet_ms` is when that was so for the last time."""
        quiet = not self.left() and not self.pending()
        if quiet:
            self.quiet_ms = ticks_ms()
        return quiet

    def next(self):
        """True when a good frame lies in `reader`. Takes one chunk at the most, however much a host sends."""
        if self._at == self._have:
            self._at = 0
            self._have = self._fill(self._chunk)
        reader = self.reader
        while self._at < self._have:
            self._at = reader.feed(self._chunk, self._at, self._have)
            if reader.ready:
                return True
        return False


class UartPort(Port):
    """UART 0."""

    def __init__(self):
        self._uart = UART(
            0, baudrate=limits.LINK_BAUD, tx=Pin(pins.UART_TX), rx=Pin(pins.UART_RX), rxbuf=_RX_BYTES, txbuf=_TX_BYTES
        )
        super().__init__(self._uart)

    def pending(self):
        """True when bytes wait in the UART's buffer."""
        return self._uart.any() > 0

    def _fill(self, chunk):
        waiting = min(self._uart.any(), len(chunk))
        return self._uart.readinto(chunk, waiting) if waiting else 0  # never more: it would spin for the rest

    def write(self, data, length):
        """Send them all."""
        self._uart.write(data, length)


class UsbPort(Port):
    """MicroPython's own CDC, as bytes. A byte at a time is all that can be had of it without waiting for more.

    A write never waits (firmware/board/usb_cdc.h): what a host that does not read leaves no room for is lost,
    and it asks again. While the bus sleeps nothing is written at all, for MicroPython would then try for ever.
    """

    def __init__(self):
        super().__init__(stdin.buffer)
        self._out = stdout.buffer
        self._poll = poll()
        self._poll.register(self.stream, POLLIN)
        self._poll.ipoll(0)  # allocates at the first call
        self._byte = bytearray(1)
        self._sof = 0
        self._torn = False

    def pending(self):
        """True when bytes wait in USB's buffer."""
        pending = False
        for _ in self._poll.ipoll(0):
            pending = True
        return pending

    @micropython.native
    def _fill(self, chunk):
        poll = self._poll
        stream = self.stream
        byte = self._byte
        size = len(chunk)
        have = 0
        while have < size:
            waiting = False
            for _ in poll.ipoll(0):
                waiting = True
            if not waiting:
                break
            stream.readinto(byte)
            chunk[have] = byte[0]
            have += 1
        if have:
            self._sof = mem32[regs.USB_SOF_RD]
        return have

    def _awake(self):
        """Whether the host's start-of-frame counts on: not when it sleeps or the plug is out."""
        if mem32[regs.USB_SOF_RD] == self._sof:
            sleep_ms(_FRAME_MS)
        return mem32[regs.USB_SOF_RD] != self._sof

    def write(self, data, length):
        """Send the first `length` bytes, or lose what the host leaves no room for."""
        if not self._awake():
            return
        if self._torn:
            self._out.write(b"\0")  # so that what was torn spoils no other frame
        self._torn = self._out.write(data, length) != length
