"""Raw flash beyond the firmware image: the uploaded protocol, the expanded schedule, the boot counter.

Erase and program stop all interrupts, so nothing here is called while anything is active.
"""

from struct import pack_into, unpack_from

import rp2
from contract import limits
from uctypes import bytearray_at

from . import regs

SECTOR = limits.FLASH_SECTOR
_ERASED = 0xFFFFFFFF


def view(offset, length):
    """Flash as the processor and the DMA read it."""
    return memoryview(bytearray_at(regs.XIP_BASE + offset, length))


class Writer:
    """Writes a stream of bytes into a region, a sector at a time."""

    def __init__(self, offset, length):
        self._flash = rp2.Flash(start=offset - limits.FLASH_IMAGE_MAX, len=length)
        self._buffer = bytearray(SECTOR)
        self._view = memoryview(self._buffer)
        self._room = length
        self.written = 0

    def write(self, data):
        """Append; returns False when the region is full."""
        if self.written + len(data) > self._room:
            return False
        at = 0
        while at < len(data):
            fill = self.written % SECTOR
            part = min(SECTOR - fill, len(data) - at)
            self._buffer[fill : fill + part] = data[at : at + part]
            self.written += part
            at += part
            if self.written % SECTOR == 0:
                self._flash.writeblocks(self.written // SECTOR - 1, self._buffer)
        return True

    def close(self):
        """Write what remains of the last sector."""
        if self.written % SECTOR:
            self._flash.writeblocks(self.written // SECTOR, self._buffer)


def count_boot():
    """Add one to the boot counter and return it. A page a boot; a sector is erased when the other is full."""
    page = limits.FLASH_PAGE
    pages = limits.FLASH_BOOTS_BYTES // page
    per_sector = SECTOR // page
    memory = view(limits.FLASH_BOOTS_AT, limits.FLASH_BOOTS_BYTES)
    count = 0
    at = pages - 1
    for index in range(pages):
        value = unpack_from("<I", memory, index * page)[0]
        if value != _ERASED and value > count:
            count, at = value, index
    at = (at + 1) % pages
    region = rp2.Flash(start=limits.FLASH_BOOTS_AT - limits.FLASH_IMAGE_MAX, len=limits.FLASH_BOOTS_BYTES)
    buffer = bytearray(b"\xff" * (SECTOR if at % per_sector == 0 else page))
    pack_into("<I", buffer, 0, count + 1)
    if at % per_sector == 0:
        region.writeblocks(at // per_sector, buffer)  # erases
    else:
        region.writeblocks(at // per_sector, buffer, at % per_sector * page)  # programs one page
    return count + 1
