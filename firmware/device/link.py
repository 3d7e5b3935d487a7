"""The link: at most one frame handled at a time, answered where it came from; the last answer is kept for a repeat."""

from contract import frame
from select import POLLIN, poll
from time import ticks_ms

from . import clock, raw
from .ports import UartPort, UsbPort


class _Last:
    """Which request was answered last; allocates nothing."""

    def __init__(self):
        self._kind = self._session = 0
        self._sequence = -1

    def keep(self, reader):
        """The request in `reader`."""
        self._kind = reader.kind
        self._sequence = reader.sequence
        self._session = reader.session

    def is_of(self, reader):
        """Whether it is this one."""
        return reader.kind == self._kind and reader.sequence == self._sequence and reader.session == self._session


class Link:
    """Waits for requests and sends answers, over UART 0 and USB alike. `reader` holds the request."""

    def __init__(self):
        self._ports = (UartPort(), UsbPort())
        self._turn = 0
        self._some = False
        self._poll = poll()
        for port in self._ports:
            self._poll.register(port.stream, POLLIN)
        self._poll.ipoll(0)  # allocates at the first call
        self.reader = self._ports[0].reader
        self.writer = frame.Writer(None, raw)
        self._last = _Last()
        self._length = 0  # of the last answer

    def wait(self, timeout_ms):
        """Sleep until a byte comes, `timeout_ms` at the most."""
        self._some = left = False
        for port in self._ports:
            if not port.is_quiet():
                self._some = True
                left = left or port.left()
        if not self._some:
            for _ in self._poll.ipoll(timeout_ms):
                self._some = True
            for port in self._ports:
                port.quiet_ms = ticks_ms()  # until the first byte
        if self._some and not left:
            clock.spin()  # after the first byte: a frame wakes the processor once, not once a byte

    def receive(self):
        """True when a new request lies in `reader`. A repeated one is answered from the cache."""
        if not self._some:
            return False
        for _ in self._ports:
            self._turn ^= 1  # in turn: neither port keeps the other from being heard
            port = self._ports[self._turn]
            if port.next():
                reader = self.reader = port.reader
                if not self._last.is_of(reader):
                    return True
                port.write(self.writer.wire, self._length)
        return False

    def came_ms(self):
        """When the request in `reader` came, at the earliest: nothing was waiting in its port then."""
        return self._ports[self._turn].quiet_ms

    def answer(self, kind, length):
        """Send the first `length` bytes of the writer's payload as the answer to the request in `reader`."""
        reader = self.reader
        self._last.keep(reader)
        self._length = self.writer.pack(kind, reader.sequence, reader.session, length)
        port = self._ports[self._turn]
        port.is_quiet()  # as the line of a host with one request in flight is before each answer
        port.write(self.writer.wire, self._length)
