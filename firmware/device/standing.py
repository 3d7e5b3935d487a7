"""The fault log in flash, a page an entry: the fault that stands outlives resets and cuts of power until it is cleared,
and what was is still told afterwards.
"""

from binascii import crc32
from struct import pack, unpack_from

from contract import faults, limits, records

from .flash import Pages


class Standing:
    """`fault` is what stood when the power went; `keep` writes only what is new, and only while nothing is active."""

    def __init__(self, boot):
        self._pages = Pages(limits.FLASH_FAULTS_AT, limits.FLASH_FAULTS_BYTES)
        self._boot = boot
        self.sequence = 0
        self.fault = faults.NONE
        self._pages.newest(self._newer)

    def _newer(self, page):
        if unpack_from("<I", page, records.FAULT_BYTES)[0] != crc32(page[: records.FAULT_BYTES]) & 0xFFFFFFFF:
            return False
        sequence, fault = unpack_from("<IH", page, 0)
        if sequence <= self.sequence:
            return False
        self.sequence, self.fault = sequence, fault
        return True

    def keep(self, fault, now_ms, pulses):
        """From now on `fault` stands, or none; `pulses` had left the board."""
        if fault == self.fault:
            return
        self.sequence += 1
        entry = pack(records.FAULT_ENTRY, self.sequence, fault, self.fault, self._boot, now_ms, pulses)
        self.fault = fault
        self._pages.append(entry + pack("<I", crc32(entry) & 0xFFFFFFFF))

    def read(self, first, room, answer):
        """Entries from sequence number `first` on into `answer`, oldest first; returns (first one's number, bytes)."""
        found = 0
        length = 0
        for page in self._pages.from_oldest():
            entry = page[: records.FAULT_BYTES]
            sequence = unpack_from("<I", entry, 0)[0]
            known = unpack_from("<I", page, records.FAULT_BYTES)[0] == crc32(entry) & 0xFFFFFFFF
            if known and sequence >= first and length + records.FAULT_BYTES <= room:
                found = found or sequence
                answer[length : length + records.FAULT_BYTES] = entry
                length += records.FAULT_BYTES
        return found, length
