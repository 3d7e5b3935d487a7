"""What comes back of each pulse: its trigger behind the gate, and the coil current that follows it."""

from contract import faults


class _Line:
    """A line that is high for a part of a tick at each pulse; `stuck`: high at two looks, and no rise between them."""

    def __init__(self):
        self.count = 0
        self._high = 0

    def stuck(self, high, count):
        """Whether it is, with its level and its rises by now."""
        stuck = high and self._high and count == self.count
        self._high, self.count = high, count
        return stuck


class ReadbackWatch:
    """Asked once a tick; `missed`: triggers since `start` that had no current."""

    def __init__(self):
        self._trigger, self._current = _Line(), _Line()
        self.start()

    def start(self):
        """The pulses are counted anew."""
        self.missed = 0
        self._trigger.count = self._current.count = 0

    def check(self, readings, senses):
        """GATE_SENSE, FIRED_SENSE, FIRED_WITHOUT_TRIGGER, or 0. `senses`: whether anybody tells of coil currents."""
        # a current comes microseconds after its trigger: those of the look before have come, and at the end all of them
        due = readings.triggered if readings.done else self._trigger.count
        if self._trigger.stuck(readings.trig_sense, readings.triggered):
            return faults.GATE_SENSE
        if not senses:
            return 0
        if self._current.stuck(readings.fired_sense, readings.fired):
            return faults.FIRED_SENSE
        self.missed = max(self.missed, due - readings.fired)
        return faults.FIRED_WITHOUT_TRIGGER if readings.fired + self.missed > readings.triggered else 0
