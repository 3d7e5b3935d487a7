"""Where in the schedule a running train is: told by the address that DMA reads next, without the sequencer's help."""

import micropython
from kernel import sequencer as seq

_FIFO_WORDS = 8  # joined
_AHEAD = _FIFO_WORDS + 1  # words that DMA has read and that have not yet acted: the FIFO and the one that counts
_TICKS_PER_MS = 125_000


@micropython.viper
def _scan(words: ptr32, first: int, end: int, rises: bool) -> int:
    """With `rises` how many words in [first, end) make a rise; else the first of them that does more than wait."""
    rise = int(seq.RISE)
    fire = int(seq.FIRE)
    wait = int(seq.WAIT)
    count = 0
    while first < end:
        handler = words[first] >> 23 & 31
        if rises:
            if handler == rise or handler == fire:
                count += 1
        elif handler != wait:
            return first
        first += 1
    return count if rises else end


def gap(readings, address, words, read, rises_each):
    """Tell `readings` whether the train is in a gap for half a second more: its end, pulses before it, ms until then.

    `address` and `words`: the schedule. `read`: the address that DMA reads next. The sequencer counts one word while
    eight wait: if none of the nine does more than wait, eight waits of 67 ms are still to come.
    """
    readings.gap_word = 0
    ahead = (read - address) // 4
    if ahead < _AHEAD or ahead >= words or _scan(address, ahead - _AHEAD, ahead, False) != ahead:
        return
    edge = _scan(address, ahead, words, False)
    readings.gap_first = _scan(address, 0, edge, True) // rises_each
    readings.gap_ms = (edge - (ahead - _AHEAD) + 1) * (seq.DELAY_MAX // _TICKS_PER_MS + 1)
    readings.gap_word = edge


def sent(address, first, read, rises_each):
    """Pulses from word `first` on that have left the sequencer when DMA has come to the address `read`."""
    end = (read - address) // 4 - _AHEAD
    return _scan(address, first, end, True) // rises_each if end > first else 0
