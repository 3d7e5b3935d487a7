"""Whether the triggers that have come back are those that were sent: other than those, gate or read-back are broken."""

from contract import faults, limits
from contract.protocol import CHANNEL_A, TICKS_PER_US, span

_COUNTED_GAP_TICKS = 250 * TICKS_PER_US  # the rings of stamps overflow between two ticks when pulses come faster
_WINDOW_GAP_TICKS = 2 * (limits.BLANK_BEFORE_US + limits.BLANK_AFTER_US) * TICKS_PER_US  # each has a window of its own


class Counting:
    """`load` a protocol, `start` with each train, `check` at each tick of it, `is_sure` once it rests."""

    def __init__(self):
        self.countable = True  # what is read back of the triggers keeps up with the train
        self._windowed = True  # each pulse has a no-charge window of its own
        self._windows = 0  # at the look before

    def load(self, protocol):
        """From now on trains are of this protocol."""
        shortest = span(protocol)[2]
        # the gate of channel A is the one that is read back
        self.countable = bool(protocol.channels & CHANNEL_A) and (shortest is None or shortest >= _COUNTED_GAP_TICKS)
        self._windowed = protocol.channels == CHANNEL_A and (shortest is None or shortest >= _WINDOW_GAP_TICKS)

    def start(self):
        """A train begins."""
        self._windows = 0

    def check(self, readings, expected, due):
        """GATE_SENSE, or 0: more triggers than pulses are `expected` in all, fewer than no-charge windows, other than
        are `due` in this gap (None where there is none), or fewer than all at the end.
        """
        triggered = readings.triggered
        if triggered > expected:
            return faults.GATE_SENSE
        if not self.countable or readings.veto:
            return 0
        ended, self._windows = self._windows, readings.windows  # a trip that comes while one looks ends one as well
        if self._windowed and ended > triggered:
            return faults.GATE_SENSE
        if due is not None and triggered != due:
            return faults.GATE_SENSE
        return faults.GATE_SENSE if readings.done and triggered < expected else 0

    def is_sure(self, readings, sent):
        """Whether the triggers that were counted are all that were given, in a train that has ended.

        `sent`: the pulses that must have left the sequencer while the outputs were on the pads.
        """
        return self.countable and sent <= readings.triggered + readings.vetoed
