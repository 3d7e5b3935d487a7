"""The event log in RAM: a ring of fixed-size entries that allocates nothing when it is written."""

import struct

from contract import records

CAPACITY = 64


class Journal:
    """Keeps the last CAPACITY events; `total` counts all since boot."""

    def __init__(self):
        self._data = bytearray(CAPACITY * records.ENTRY_BYTES)
        self.total = 0

    def add(self, now_ms, event, fault=0, argument=0):
        """Write one event; the oldest is overwritten when the ring is full."""
        offset = self.total % CAPACITY * records.ENTRY_BYTES
        struct.pack_into(records.ENTRY, self._data, offset, now_ms, event, fault, argument)
        self.total += 1

    def oldest(self, first):
        """`first`, or the oldest entry that is still there."""
        return max(first, self.total - CAPACITY, 0)

    def copy(self, first, target, at, room):
        """Write entries from index `first` (see `oldest`) into `target[at:]`; return how many bytes, at most `room`."""
        count = max(0, min(self.total - first, room // records.ENTRY_BYTES))
        for index in range(first, first + count):
            offset = index % CAPACITY * records.ENTRY_BYTES
            for byte in range(records.ENTRY_BYTES):
                target[at] = self._data[offset + byte]
                at += 1
        return count * records.ENTRY_BYTES
