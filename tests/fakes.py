"""A scripted board for the host's tests: speaks the contract over a virtual clock, and can lose or spoil frames."""

from binascii import crc32

from contract import frame, messages


class ScriptedBoard:
    """Answers requests from a table of functions; `spoil` may change the wire's bytes in either direction."""

    name = "script:"
    emulated = False

    def __init__(self, answers=None):
        self.answers = answers or {}
        self.time = 0.0
        self.requests = []
        self.to_host = bytearray()
        self.spoil_in = lambda data: data
        self.spoil_out = lambda data: data
        self._reader = frame.Reader(crc32)
        self._writer = frame.Writer(crc32)
        self._last = None
        self._cached = b""

    def now_s(self):
        return self.time

    def write(self, data):
        data, at = self.spoil_in(bytes(data)), 0
        while at < len(data):
            at = self._reader.feed(data, at, len(data))
            if self._reader.ready:
                self._handle()

    def _handle(self):
        reader = self._reader
        key = (reader.kind, reader.sequence, reader.session)
        if key != self._last:
            row = messages.row(reader.kind)
            values = messages.unpack(row[2], reader.payload)
            self.requests.append((row[1], values))
            kind, payload = reader.kind | frame.REPLY, b""
            answer = self.answers.get(row[1], lambda **_: {})(**values)
            if isinstance(answer, int):
                kind, payload = frame.REFUSAL, answer.to_bytes(2, "little")
            else:
                payload = messages.pack(row[3], {**dict.fromkeys([n for n, _ in row[3]], 0), **answer})
            self._last = key
            self._cached = bytes(self._writer.frame(kind, reader.sequence, reader.session, payload))
        self.to_host += self.spoil_out(self._cached)

    def read(self, timeout_s):
        if not self.to_host:
            self.time += timeout_s
            return b""
        self.time += 0.001
        data = bytes(self.to_host)
        self.to_host.clear()
        return data

    def wait(self, seconds):
        self.time += max(0.0, seconds)

    def capture(self):
        return None

    def close(self):
        pass
