"""Random-interval pulses on SYNC: a machine of PIO block 1 counts them, DMA feeds it from flash.

It waits for the first blank window, so it is locked to the train and needs no processor. It drives nothing but SYNC.
"""

from struct import pack

import rp2
from contract import limits, pins
from contract.protocol import TICKS_PER_US
from contract.sync import NONE, intervals

from . import flash, pio, programs, regs

_WIDTH_TICKS = limits.SYNC_WIDTH_MS * 1_000 * TICKS_PER_US
_WIDTH_LOOP_TICKS = 2  # of the program, beside the counts themselves
_LOOP_TICKS = 4
_MACHINE = 3
_DREQ = 11  # DREQ_PIO1_TX3 [2.5.3.1]
_INTERVALS = regs.XIP_BASE + limits.FLASH_SYNC_AT
_PULL, _MOV_ISR_OSR, _SET_PINS_LOW, _SET_PINDIRS = 0x80A0, 0xA0C7, 0xE000, 0xE081


class Sync:
    """`write` at upload, `arm` before the train, `stop` whenever outputs go to rest."""

    def __init__(self, origin):
        pio.load(regs.PIO1, programs.sync, origin)
        self._machine = pio.Machine(
            regs.PIO1, _MACHINE, programs.sync, origin, set_pins=(pins.SYNC, 1), in_base=pins.BLANK
        )
        self._origin = origin
        self._feed = rp2.DMA()
        self._words = 0
        self._next = 0
        self._machine.prepare(origin)
        self.stop()
        self._machine.execute(_SET_PINDIRS)
        regs.function(pins.SYNC, regs.FUNC_PIO1)

    def write(self, sync, span_ticks, feed):
        """Lay the intervals of a protocol down in flash; `feed` is called often."""
        self._words = 0
        if sync == NONE:
            return
        writer = flash.Writer(limits.FLASH_SYNC_AT, limits.FLASH_SYNC_BYTES)
        for ticks in intervals(sync, span_ticks):
            writer.write(pack("<I", ticks - _WIDTH_TICKS - _LOOP_TICKS))
            feed()
        writer.close()
        self._words = writer.written // 4

    def arm(self, resume):
        """Wait for the first blank window, if the protocol wants SYNC. After a pause the intervals go on, not again."""
        first = self._next if resume else 0
        if first >= self._words:
            return
        machine = self._machine
        machine.prepare(self._origin)
        machine.put(_WIDTH_TICKS - _WIDTH_LOOP_TICKS - 1)
        machine.execute(_PULL)
        machine.execute(_MOV_ISR_OSR)
        control = self._feed.pack_ctrl(inc_write=False, treq_sel=_DREQ)
        self._feed.config(
            read=_INTERVALS + 4 * first, write=machine.fifo, count=self._words - first, ctrl=control, trigger=True
        )
        machine.enable(True)

    def stop(self):
        """Low, at once."""
        self._machine.enable(False)
        self._machine.execute(_SET_PINS_LOW)
        if self._feed.active():
            self._next = (self._feed.read - _INTERVALS) // 4
        self._feed.active(0)
