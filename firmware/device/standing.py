"""The fault that stands, in flash: it outlives every reset and every cut of power until it is cleared."""

from binascii import crc32
from struct import pack, unpack_from

from contract import faults, limits

from .flash import Pages

_RECORD = "<IHH"  # sequence, fault that stands or 0, not used
_RECORD_BYTES = 8


class Standing:
    """`fault` is what stood when the power went; `keep` writes only what is new, and only while nothing is active."""

    def __init__(self):
        self._pages = Pages(limits.FLASH_FAULTS_AT, limits.FLASH_FAULTS_BYTES)
        self._sequence = 0
        self.fault = faults.NONE
        self._pages.newest(self._newer)

    def _newer(self, page):
        if unpack_from("<I", page, _RECORD_BYTES)[0] != crc32(page[:_RECORD_BYTES]) & 0xFFFFFFFF:
            return False
        sequence, fault, _ = unpack_from(_RECORD, page, 0)
        if sequence <= self._sequence:
            return False
        self._sequence, self.fault = sequence, fault
        return True

    def keep(self, fault):
        """From now on `fault` stands, or none."""
        if fault == self.fault:
            return
        self._sequence += 1
        self.fault = fault
        record = pack(_RECORD, self._sequence, fault, 0)
        self._pages.append(record + pack("<I", crc32(record) & 0xFFFFFFFF))
