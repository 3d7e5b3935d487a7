"""A scripted board for the host's tests: speaks the contract over a virtual clock, and can lose or spoil frames."""

import struct
from binascii import crc32

from contract import faults, frame, messages, records
from contract import protocol as image_format


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


class TrainBoard(ScriptedBoard):
    """A board that goes through a whole session: charges in 0.3 s, gives `onsets` (ticks), stamps them, dumps.

    `at` holds what happens at a board time: {seconds after FIRE: function}. No capture: the stamps are the evidence.
    """

    def __init__(self, onsets, width, fault=0):
        super().__init__()
        self.onsets, self.width = onsets, width
        self.state, self.fault = (messages.FAULT, fault) if fault else (messages.IDLE, 0)
        self.bank_mv, self.target_mv, self.since, self.heard, self.given = 0, 0, 0.0, 0.0, 0
        self.at, self.boot, self.table, self.known, self.image = {}, 1, messages.TABLE_HASH, 0, b""
        for name in ("IDENTIFY", "STATUS", "HEARTBEAT", "UPLOAD_BEGIN", "UPLOAD_DATA", "UPLOAD_END", "CHARGE", "ARM",
                     "FIRE", "ABORT", "CLEAR", "STAMPS", "LOG"):  # fmt: skip
            self.answers[name] = getattr(self, name.lower())

    def names(self):
        return [name for name, _ in self.requests]

    def trip(self, fault):
        self.state, self.fault, self.bank_mv = messages.FAULT, self.fault or fault, 0

    def restart(self):
        """As the watchdog does: all is forgotten."""
        self.boot, self.known, self.given = self.boot + 1, None, 0
        self.trip(faults.WATCHDOG_RESET)

    def _handle(self):
        self.tick()
        kind, session = self._reader.kind, self._reader.session
        if kind not in (messages.IDENTIFY, messages.ABORT) and session != self.known:
            name = messages.row(kind)[1]
            self.answers[name], kept = (lambda **_: faults.WRONG_SESSION), self.answers[name]
            super()._handle()
            self.answers[name] = kept
        else:
            self.known = session if kind == messages.IDENTIFY else self.known
            super()._handle()

    def tick(self):
        passed = self.time - self.since
        if self.state == messages.CHARGING and passed > 0.3:
            self.state, self.bank_mv = messages.READY, self.target_mv
        if self.state == messages.RUNNING:
            for second in [s for s in self.at if s <= passed]:
                self.at.pop(second)()
        if self.state == messages.RUNNING:
            self.given = sum(onset <= passed * 125_000_000 for onset in self.onsets)
            if self.given == len(self.onsets) and passed > self.onsets[-1] / 125_000_000 + 0.1:
                self.state, self.bank_mv = messages.DONE, 0
        active = (messages.CHARGING, messages.READY, messages.ARMED, messages.RUNNING)
        if self.state in active and self.time - self.heard > 0.3:
            self.trip(faults.HOST_SILENT)

    def identify(self, table_hash, session):
        return {"table_hash": self.table, "state": self.state, "fault": self.fault, "boot_count": self.boot,
                "board_id": b"12345678", "image_hash": b"abcdefgh", "version": b"fake"}  # fmt: skip

    def status(self):
        return {"state": self.state, "fault": self.fault, "bank_mv": self.bank_mv, "target_mv": self.target_mv,
                "coil_centi_c": 2200, "triggered": self.given, "fired": self.given,
                "time_us": int(self.time * 1e6), "start_us": int(self.since * 1e6)}  # fmt: skip

    def heartbeat(self):
        self.heard = self.time
        return self.status()

    def upload_begin(self, size, crc):
        self.image = b""
        return {}

    def upload_data(self, offset, data):
        self.image += data
        return {}

    def upload_end(self):
        self.target_mv = image_format.decode(self.image).target_mv
        return {"pulses": len(self.onsets), "duration_ticks": self.onsets[-1]}

    def charge(self):
        self.state, self.since, self.heard = messages.CHARGING, self.time, self.time
        return {}

    def arm(self, image_crc):
        self.state, self.heard, self.given = messages.ARMED, self.time, 0
        return {"nonce": b"12345678"}

    def fire(self, nonce):
        self.state, self.since, self.heard = messages.RUNNING, self.time, self.time
        return {"start_us": int(self.time * 1e6)}

    def abort(self):
        if self.state == messages.RUNNING:
            self.trip(faults.ABORTED)
        elif self.state != messages.FAULT:
            self.state, self.bank_mv = messages.IDLE, 0
        return {}

    def clear(self, fault):
        self.state, self.fault = messages.IDLE, 0
        return {}

    def stamps(self, ring, first):
        if ring == messages.RING_BANK:
            held = b"\x18\x05\x02\x05" * self.given
        else:
            start = round(self.since * 125_000_000)
            onsets = [start + onset for onset in self.onsets[: self.given]]
            edges = [tick for onset in onsets for tick in (onset, onset + self.width)]
            held = b"".join(struct.pack(messages.STAMP, tick // 125, tick & 0xFFFF) for tick in edges)
        size = 2 if ring == messages.RING_BANK else 6
        return {"total": len(held) // size, "first": first, "data": held[size * first : size * first + 480]}

    def log(self, first):
        entries = [struct.pack(records.ENTRY, 5, records.BOOT, 0, 0)][first:]
        return {"total": 1, "first": first, "data": b"".join(entries)}
