"""Raw flash beyond the firmware image: the uploaded protocol, the expanded schedule, the intervals of SYNC,
the boot counter, the odometers and the fault log.

Erase and program stop all interrupts, so nothing here is called while anything is active.
"""

from struct import pack, unpack_from

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


class Pages:
    """A page a record, in two sectors in turn: while one is erased, the other still holds the newest."""

    def __init__(self, offset, length):
        self._flash = rp2.Flash(start=offset - limits.FLASH_IMAGE_MAX, len=length)
        self._view = view(offset, length)
        self._pages = length // limits.FLASH_PAGE
        self._at = self._pages - 1

    def newest(self, consider):
        """Show `consider` each page; the last that it says yes to is the newest."""
        for index in range(self._pages):
            if consider(self._view[index * limits.FLASH_PAGE : (index + 1) * limits.FLASH_PAGE]):
                self._at = index

    def from_oldest(self):
        """Every page, the newest last."""
        for index in range(self._pages):
            at = (self._at + 1 + index) % self._pages
            yield self._view[at * limits.FLASH_PAGE : (at + 1) * limits.FLASH_PAGE]

    def append(self, data):
        """Write a record behind the newest."""
        per_sector = SECTOR // limits.FLASH_PAGE
        at = (self._at + 1) % self._pages
        if at % per_sector and not self._blank(at):  # torn by a cut of power: the other sector is erased and goes on
            at = (at // per_sector + 1) * per_sector % self._pages
        self._at = at
        first = at % per_sector == 0
        buffer = bytearray(b"\xff" * (SECTOR if first else limits.FLASH_PAGE))
        buffer[: len(data)] = data
        if first:
            self._flash.writeblocks(at // per_sector, buffer)  # erases
        else:
            self._flash.writeblocks(at // per_sector, buffer, at % per_sector * limits.FLASH_PAGE)  # programs one page

    def _blank(self, index):
        """Whether a page is as it has been erased."""
        page = self._view[index * limits.FLASH_PAGE : (index + 1) * limits.FLASH_PAGE]
        return bytes(page) == b"\xff" * limits.FLASH_PAGE


def count_boot():
    """Add one to the boot counter and return it."""
    count = 0

    def newer(page):
        nonlocal count
        value, complement = unpack_from("<II", page, 0)
        if value != complement ^ _ERASED or value <= count:  # a page that a cut of power has torn is none
            return False
        count = value
        return True

    pages = Pages(limits.FLASH_BOOTS_AT, limits.FLASH_BOOTS_BYTES)
    pages.newest(newer)
    pages.append(pack("<II", count + 1, count + 1 ^ _ERASED))
    return count + 1
