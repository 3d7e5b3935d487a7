"""The odometers in flash; written while nothing is active, so never in a train."""

from contract import limits
from kernel.odometer import STORED_BYTES, Odometer

from .flash import Pages


class Odometers:
    """`reserve` before anything is switched on, `close` once all is at rest."""

    def __init__(self):
        self._pages = Pages(limits.FLASH_ODOMETER_AT, limits.FLASH_ODOMETER_BYTES)
        self.total = Odometer()
        self._pages.newest(lambda page: self.total.consider(page[:STORED_BYTES]))
        if self.total.reserved:  # a reset or a cut of power in a train
            self.close(None)

    def reserve(self, pulses, mj_each):
        """Before a train."""
        self._pages.append(self.total.reserve(pulses, mj_each))

    def close(self, pulses):
        """After it; None when nobody knows how many there were."""
        self._pages.append(self.total.close(pulses))
