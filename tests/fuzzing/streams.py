"""Streams of damaged frames, each followed by an intact one, and what any reader must make of them."""

import random
from binascii import crc32

from contract import frame, messages

from .damage import KINDS, damaged

SESSION = 99


def bytes_of(rng, code):
    """A value of a field: often 0 or all ones, which stuffing and CRC like least."""
    size = messages.size("<" + code)
    return rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size)))


def request(rng, row):
    """A payload of the right size for a row of the message table, its values anything."""
    payload = b""
    for _, code in row[2]:
        payload += rng.randbytes(rng.randint(0, 384)) if code == "bytes" else bytes_of(rng, code)
    return payload


class Sender:
    """The host's end: frames of every request, in sequence, as they stand on the wire."""

    def __init__(self, rng, crc=crc32):
        self._rng = rng
        self._writer = frame.Writer(crc)
        self._sequence = 0

    def send(self, kind, payload, session=SESSION):
        """(frame as a reader gives it, its bytes on the wire)."""
        self._sequence = self._sequence + 1 & 0xFF
        wire = b"\0" + bytes(self._writer.frame(kind, self._sequence, session, payload))
        return (kind, self._sequence, session, payload), wire

    def anything(self):
        """A request of the table, long ones rarely."""
        row = self._rng.choice(messages.TABLE)
        while row[0] == messages.UPLOAD_DATA and self._rng.random() < 0.8:
            row = self._rng.choice(messages.TABLE)
        return self.send(row[0], request(self._rng, row))


class Incident:
    """One damaged frame, then an intact one: `wire`, the frames that were `sent` in it, and the intact `probe`."""

    __slots__ = ("kind", "probe", "sent", "wire")

    def __init__(self, kind, sent, probe, wire):
        self.kind, self.sent, self.probe, self.wire = kind, sent, probe, wire


def incidents(count, seed, crc=crc32):
    """Yield `count` incidents, the kinds of damage in turn."""
    rng = random.Random(seed)
    sender = Sender(rng, crc)
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        (hit, hit_wire), (other, other_wire) = sender.anything(), sender.anything()
        probe, probe_wire = sender.send(messages.HEARTBEAT, index.to_bytes(4, "little"))
        wire = damaged(rng, kind, hit_wire, other_wire)
        yield Incident(kind.__name__, {hit, other}, probe, wire + probe_wire)
