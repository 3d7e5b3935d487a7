"""Pulses and energy that a board has given in its life, safe against a cut of power at any instant.

Before a train all of it is written down as reserved; afterwards the true count replaces the reservation. One that is
found open at boot counts in full, and is remembered as uncertain: never too few.
"""

import binascii
import struct

RECORD = "<IQQIQII"  # sequence, pulses, energy in mJ, trains, uncertain pulses, reserved pulses, mJ a pulse
RECORD_BYTES = 40
_CRC = "<I"
STORED_BYTES = RECORD_BYTES + 4


class Odometer:
    """Totals, and at most one open reservation."""

    def __init__(self):
        self.pulses = 0
        self.energy_mj = 0
        self.trains = 0
        self.uncertain_pulses = 0
        self.reserved = 0
        self._mj_each = 0
        self._sequence = 0

    def consider(self, stored):
        """Take what a place in flash holds if it is intact and newer than what is known; returns whether it is."""
        if struct.unpack_from(_CRC, stored, RECORD_BYTES)[0] != binascii.crc32(stored[:RECORD_BYTES]) & 0xFFFFFFFF:
            return False
        values = struct.unpack_from(RECORD, stored, 0)
        if values[0] <= self._sequence:
            return False
        (
            self._sequence,
            self.pulses,
            self.energy_mj,
            self.trains,
            self.uncertain_pulses,
            self.reserved,
            self._mj_each,
        ) = values
        return True

    def reserve(self, pulses, mj_each):
        """Before a train: what it may give. Returns what is to be stored."""
        self.reserved = pulses
        self._mj_each = mj_each
        return self._stored()

    def close(self, pulses=None):
        """After it: what it has given, or None when nobody knows. Returns what is to be stored."""
        if pulses is None:
            pulses = self.reserved
            self.uncertain_pulses += pulses
        self.pulses += pulses
        self.energy_mj += pulses * self._mj_each
        self.trains += pulses > 0
        self.reserved = 0
        return self._stored()

    def _stored(self):
        self._sequence += 1
        record = struct.pack(
            RECORD,
            self._sequence,
            self.pulses,
            self.energy_mj,
            self.trains,
            self.uncertain_pulses,
            self.reserved,
            self._mj_each,
        )
        return record + struct.pack(_CRC, binascii.crc32(record) & 0xFFFFFFFF)
