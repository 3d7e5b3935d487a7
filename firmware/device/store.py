"""The protocol on the board: taken in by pieces, checked, expanded into the schedule, all in raw flash."""

from binascii import crc32

from contract import faults, limits, protocol
from kernel.expand import WORD_BYTES, Expansion

from . import flash, regs

SCHEDULE_ADDRESS = regs.XIP_BASE + limits.FLASH_SCHEDULE_AT


class Store:
    """One upload at a time, in order; `finish` gives the protocol and what it adds up to."""

    def __init__(self, feed, sync):
        self._feed = feed  # called often while the long work runs
        self._sync = sync
        self._size = 0
        self._crc = 0
        self._writer = None
        self.words = 0
        self.rises_each = 1
        self.duration_ticks = 0
        self.schedule_crc = 0

    def begin(self, size, crc):
        """An image of `size` bytes will come."""
        if size > limits.FLASH_PROTOCOL_BYTES:
            raise faults.Refused(faults.TOO_LARGE)
        self._size = size
        self._crc = crc
        self._writer = flash.Writer(limits.FLASH_PROTOCOL_AT, limits.FLASH_PROTOCOL_BYTES)

    def data(self, offset, data):
        """The next piece; anything else than the next is refused."""
        writer = self._writer
        if writer is None or offset != writer.written or offset + len(data) > self._size:
            raise faults.Refused(faults.IMAGE_DAMAGED)
        writer.write(data)

    def finish(self):
        """Close the upload; returns (Protocol, image CRC, pulses). Raises faults.Refused."""
        writer, self._writer = self._writer, None
        if writer is None or writer.written != self._size:
            raise faults.Refused(faults.IMAGE_DAMAGED)
        writer.close()
        image = flash.view(limits.FLASH_PROTOCOL_AT, self._size)
        decoded = protocol.decode(image)
        if protocol.image_crc(image) != self._crc:
            raise faults.Refused(faults.IMAGE_DAMAGED)
        protocol.check(decoded)
        return decoded, self._crc, self._expand(decoded)

    def _expand(self, decoded):
        expansion = Expansion(decoded)
        writer = flash.Writer(limits.FLASH_SCHEDULE_AT, limits.FLASH_SCHEDULE_BYTES)
        crc = 0
        sector = 0
        for piece in expansion.pieces():
            crc = crc32(piece, crc)
            if not writer.write(piece):
                raise faults.Refused(faults.TOO_LARGE)
            if writer.written // flash.SECTOR != sector:
                sector = writer.written // flash.SECTOR
                self._feed()
        writer.close()
        self._sync.write(decoded.sync, expansion.duration_ticks, self._feed)
        self.words = expansion.word_count
        self.rises_each = expansion.rises_each
        self.duration_ticks = expansion.duration_ticks
        self.schedule_crc = crc & 0xFFFFFFFF
        self.verify()
        return expansion.pulses

    def verify(self):
        """Read the schedule back; raises faults.Refused when flash does not hold what was written."""
        view = flash.view(limits.FLASH_SCHEDULE_AT, self.words * WORD_BYTES)
        if crc32(view) & 0xFFFFFFFF != self.schedule_crc:
            raise faults.Refused(faults.IMAGE_DAMAGED)
