"""One frame of the link: COBS( type u8 | sequence u8 | session u16 | payload | CRC-32 u32 ) and a closing zero.

The CRC is CRC-32/ISO-HDLC over everything before it. Who calculates it is handed in: `crcmod` on the host, so that two
implementations must agree. The device hands in its own `raw`, which has its own CRC, is quick and allocates nothing:
neither do `pack` and `feed` then.
"""

from . import raw as plain
from .limits import LINK_PAYLOAD_MAX

HEADER_BYTES = 4  # type u8, sequence u8, session u16
CRC_BYTES = 4
OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES
RAW_MAX = LINK_PAYLOAD_MAX + OVERHEAD_BYTES
WIRE_MAX = RAW_MAX + RAW_MAX // 254 + 2

REPLY = 0x80  # set in the type of an answer
REFUSAL = 0x7F  # type of the answer to a request that was refused: payload u16 number


class Writer:
    """Builds frames in one buffer of its own: `wire`."""

    def __init__(self, crc32, raw=plain):
        self._crc32 = crc32
        self._raw = raw
        self._frame = bytearray(RAW_MAX)
        self.wire = bytearray(WIRE_MAX)
        self._view = memoryview(self.wire)
        self.payload = memoryview(self._frame)[HEADER_BYTES : HEADER_BYTES + LINK_PAYLOAD_MAX]

    def pack(self, kind, sequence, session, length):
        """Frame the first `length` bytes of `self.payload`; return how many bytes of `self.wire` that are."""
        frame, raw = self._frame, self._raw
        frame[0] = kind
        frame[1] = sequence
        frame[2] = session & 0xFF
        frame[3] = session >> 8
        end = HEADER_BYTES + length
        raw.seal(self._crc32, frame, end)
        size = raw.encode_into(frame, end + CRC_BYTES, self.wire, 0)
        self.wire[size] = 0
        return size + 1

    def frame(self, kind, sequence, session, payload):
        """Frame `payload` (bytes) and return a view of the wire bytes, valid until the next."""
        length = len(payload)
        self.payload[:length] = payload
        return self._view[: self.pack(kind, sequence, session, length)]


class Reader:
    """Finds frames in a stream of bytes. After garbage it is in step again at the next zero.

    When `feed` has left `ready` True: `kind`, `sequence`, `session`, and `length` bytes of payload in `buffer` from
    HEADER_BYTES on; `payload` is a view of them. All are valid until the next feed.
    """

    def __init__(self, crc32, raw=plain):
        self._crc32 = crc32
        self._raw = raw
        self.buffer = bytearray(WIRE_MAX)
        self._view = memoryview(self.buffer)
        self._fill = 0
        self.ready = False
        self.bad_frames = 0
        self.kind = 0
        self.sequence = 0
        self.session = 0
        self.length = 0

    @property
    def payload(self):
        """A view of the payload; a new one each time."""
        return self._view[HEADER_BYTES : HEADER_BYTES + self.length]

    def feed(self, chunk, at, end):
        """Take bytes of `chunk[at:end]` (bytes or bytearray) up to the end of a frame; return the index to go on from.

        `ready` then tells whether a good frame was closed.
        """
        if not self._fill:
            while at < end and not chunk[at]:  # zeros between frames, of which a broken line may be full
                at += 1
        stop = chunk.find(b"\0", at, end)
        closed = stop >= 0
        if not closed:
            stop = end
        fill = self._fill + stop - at
        if fill < WIRE_MAX:
            self._raw.copy(chunk, at, stop, self.buffer, self._fill)
        self._fill = min(fill, WIRE_MAX)  # longer than any frame without its zero: it is dropped whole
        self.ready = False
        if not closed:
            return end
        length = self._fill
        self._fill = 0
        self.ready = length < WIRE_MAX and self._open(length)
        if not self.ready:
            self.bad_frames += 1
        return stop + 1

    def _open(self, length):
        buffer = self.buffer
        size = self._raw.decode_in_place(buffer, length)
        if size < OVERHEAD_BYTES or size > RAW_MAX:
            return False
        end = size - CRC_BYTES
        if not self._raw.holds(self._crc32, buffer, end):
            return False
        self.kind = buffer[0]
        self.sequence = buffer[1]
        self.session = buffer[2] | buffer[3] << 8
        self.length = end - HEADER_BYTES
        return True
