"""A flash that takes its time, as a part on a board does: the emulator's erases and programs at once."""

from rig import HZ
from rp2040py.peripherals import ssi as part

PROGRAM_MS = 0.7  # a page, typically
_BUSY = 1
_ERASING = (part.CMD_SECTOR_ERASE, part.CMD_BLOCK_ERASE)


class SlowFlash:
    """Makes the flash of a chip busy for `erase_ms` after each erasure; `erased` counts them."""

    def __init__(self, chip, erase_ms):
        self.erased = 0
        self._chip = chip
        self._ssi = chip.rp2040.ssi
        self._erase_ms = erase_ms
        self._until = 0
        self._shift, self._apply = self._ssi._shift_byte, self._ssi._apply_command
        self._ssi._shift_byte, self._ssi._apply_command = self._answer, self._begin

    def _answer(self, byte):
        answer = self._shift(byte)
        sent = self._ssi._tx_buffer
        is_asked = len(sent) > 1 and sent[0] == part.CMD_READ_STATUS_1
        return answer | _BUSY if is_asked and self._chip.ticks < self._until else answer

    def _begin(self):
        command = self._ssi._tx_buffer[0] if self._ssi._tx_buffer else None
        may_write = self._ssi._write_enabled
        self._apply()
        if may_write and command in _ERASING:
            self.erased += 1
            self._until = self._chip.ticks + round(self._erase_ms * HZ / 1_000)
        elif may_write and command == part.CMD_PAGE_PROGRAM:
            self._until = self._chip.ticks + round(PROGRAM_MS * HZ / 1_000)
