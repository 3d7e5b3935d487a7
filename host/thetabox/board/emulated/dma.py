"""DMA that looks at its request again before it moves a word, and paces by its timers the right way round.

Not modelled: the clocks that a transfer takes (about ten from request to arrival on silicon), priorities, sniffing.
"""

from __future__ import annotations

from rp2040py.peripherals.dma import CHAN_ABORT, RPDMA, TREQ, RPDMAChannel
from rp2040py.rp2040 import RP2040

_FIFO_LEVELS, _MULTI_TRIGGER, _SNIFF_CTRL, _SNIFF_DATA = 0x440, 0x430, 0x434, 0x438


class Channel(RPDMAChannel):
    """A channel that lets a word lie when another channel, or the processor, has taken the request away meanwhile."""

    def transfer(self) -> None:
        if self._treq_value < TREQ.TIMER0 and not self.dma.dreq.get(self._treq_value, False):
            return  # the next request schedules it again
        super().transfer()


class Dma(RPDMA):
    """The controller. DREQs are levels, kept by the peripherals."""

    def __init__(self, rp2040: RP2040, dreq: dict[int, bool]) -> None:
        super().__init__(rp2040, "DMA")
        for channel in self.channels:
            channel.transfer_alarm.cancel()
        self.channels = [Channel(self, rp2040, index) for index in range(len(self.channels))]
        self.dreq = dreq

    def get_timer(self, treq: int) -> float:
        if treq not in (TREQ.TIMER0, TREQ.TIMER1, TREQ.TIMER2, TREQ.TIMER3):
            return 0.0
        fraction = (self._timer0, self._timer1, self._timer2, self._timer3)[treq - TREQ.TIMER0]
        wanted, per = fraction >> 16, fraction & 0xFFFF  # X transfers in Y clocks
        return per / wanted * 1e6 / self.rp2040.clk_sys if wanted else 0.0

    def read_uint32(self, offset: int) -> int:
        if offset in (CHAN_ABORT, _FIFO_LEVELS, _MULTI_TRIGGER, _SNIFF_CTRL, _SNIFF_DATA):
            return 0
        return super().read_uint32(offset)
