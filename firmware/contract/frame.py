"""One frame of the link: COBS( type u8 | sequence u8 | session u16 | payload | CRC-32 u32 ) and a closing zero.

The CRC is CRC-32/ISO-HDLC over everything before it. Who calculates it is handed in: `binascii.crc32` on the device,
`crcmod` on the host, so that two implementations must agree. The device also hands in a faster `cobs`.
"""

import struct

from . import cobs as plain_cobs
from .limits import LINK_PAYLOAD_MAX

HEADER = "<BBH"
HEADER_BYTES = 4
CRC_BYTES = 4
OVERHEAD_BYTES = HEADER_BYTES + CRC_BYTES
RAW_MAX = LINK_PAYLOAD_MAX + OVERHEAD_BYTES
WIRE_MAX = RAW_MAX + RAW_MAX // 254 + 2

REPLY = 0x80  # set in the type of an answer
REFUSAL = 0x7F  # type of the answer to a request that was refused: payload u16 number


class Writer:
    """Builds frames in one buffer of its own."""

    def __init__(self, crc32, cobs=plain_cobs):
        self._crc32 = crc32
        self._cobs = cobs
        self._raw = bytearray(RAW_MAX)
        self._wire = bytearray(WIRE_MAX)
        self._raw_view = memoryview(self._raw)
        self._wire_view = memoryview(self._wire)
        self.payload = self._raw_view[HEADER_BYTES : HEADER_BYTES + LINK_PAYLOAD_MAX]

    def close(self, kind, sequence, session, length):
        """Frame the first `length` bytes of `self.payload`; return a view of the wire bytes, valid until the next."""
        struct.pack_into(HEADER, self._raw, 0, kind, sequence, session)
        end = HEADER_BYTES + length
        struct.pack_into("<I", self._raw, end, self._crc32(self._raw_view[:end]) & 0xFFFFFFFF)
        size = self._cobs.encode_into(self._raw, end + CRC_BYTES, self._wire, 0)
        self._wire[size] = 0
        return self._wire_view[: size + 1]

    def frame(self, kind, sequence, session, payload):
        """Frame `payload` (bytes) and return the wire bytes as a view."""
        length = len(payload)
        self.payload[:length] = payload
        return self.close(kind, sequence, session, length)


class Reader:
    """Finds frames in a stream of bytes. After garbage it is in step again at the next zero.

    When `feed` has left `ready` True: `kind`, `sequence`, `session`, `payload` (a view, valid until the next feed).
    """

    def __init__(self, crc32, cobs=plain_cobs):
        self._crc32 = crc32
        self._cobs = cobs
        self._buffer = bytearray(WIRE_MAX)
        self._view = memoryview(self._buffer)
        self._fill = 0
        self.ready = False
        self.bad_frames = 0
        self.kind = 0
        self.sequence = 0
        self.session = 0
        self.payload = self._view[:0]

    def feed(self, chunk, at, end):
        """Take bytes of `chunk[at:end]` (bytes or bytearray) up to the end of a frame; return the index to go on from.

        `ready` then tells whether a good frame was closed.
        """
        stop = chunk.find(b"\0", at, end)
        closed = stop >= 0
        if not closed:
            stop = end
        fill = self._fill + stop - at
        if fill <= WIRE_MAX:
            self._buffer[self._fill : fill] = chunk[at:stop]
        self._fill = min(fill, WIRE_MAX + 1)  # more than fits: the whole frame is dropped
        self.ready = False
        if not closed:
            return end
        length, self._fill = self._fill, 0
        if length:
            self.ready = length <= WIRE_MAX and self._open(length)
            if not self.ready:
                self.bad_frames += 1
        return stop + 1

    def _open(self, length):
        size = self._cobs.decode_in_place(self._buffer, length)
        if size < OVERHEAD_BYTES or size > RAW_MAX:
            return False
        end = size - CRC_BYTES
        if self._crc32(self._view[:end]) & 0xFFFFFFFF != struct.unpack_from("<I", self._buffer, end)[0]:
            return False
        self.kind, self.sequence, self.session = struct.unpack_from(HEADER, self._buffer, 0)
        self.payload = self._view[HEADER_BYTES:end]
        return True
