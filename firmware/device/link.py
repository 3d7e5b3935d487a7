"""The link on UART 0: bytes in, at most one frame handled at a time, the last answer kept for a repeated request."""

from binascii import crc32

from contract import frame, limits, pins
from machine import UART, Pin
from select import POLLIN, poll
from time import sleep_ms

from . import cobs

_RX_BYTES = 1_024
_TX_BYTES = 2_048
_GATHER_MS = 1  # after the first byte: a frame wakes the processor once, not once a byte


class Link:
    """Waits for requests and sends answers."""

    def __init__(self):
        self._uart = UART(
            0, baudrate=limits.LINK_BAUD, tx=Pin(pins.UART_TX), rx=Pin(pins.UART_RX), rxbuf=_RX_BYTES, txbuf=_TX_BYTES
        )
        self._poll = poll()
        self._poll.register(self._uart, POLLIN)
        self._chunk = bytearray(64)
        self._have = 0
        self._at = 0
        self.reader = frame.Reader(crc32, cobs)
        self.writer = frame.Writer(crc32, cobs)
        self._last = (0, -1, 0)
        self._answer = b""

    def wait(self, timeout_ms):
        """Sleep until a byte comes, `timeout_ms` at the most."""
        if self._at == self._have:
            for _ in self._poll.ipoll(timeout_ms):
                sleep_ms(_GATHER_MS)

    def receive(self):
        """True when a new request lies in `reader`. A repeated one is answered from the cache."""
        reader, chunk = self.reader, self._chunk
        while True:
            while self._at < self._have:
                self._at = reader.feed(chunk, self._at, self._have)
                if reader.ready:
                    if (reader.kind, reader.sequence, reader.session) != self._last:
                        return True
                    self._uart.write(self._answer)
            self._at = self._have = 0
            waiting = min(self._uart.any(), len(chunk))
            if not waiting:
                return False
            self._have = self._uart.readinto(chunk, waiting)  # never more: it would spin for the rest

    def answer(self, kind, length):
        """Send the first `length` bytes of the writer's payload as the answer to the request in `reader`."""
        reader = self.reader
        self._last = (reader.kind, reader.sequence, reader.session)
        self._answer = self.writer.close(kind, reader.sequence, reader.session, length)
        self._uart.write(self._answer)
