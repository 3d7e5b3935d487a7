"""What comes back of each pulse: its trigger behind the gate, and the coil current that follows it."""

from contract import faults


class _Line:
    """A line that is high for a part of a tick at each pulse; `stuck`: high at two looks, and no rise between them."""

    def __init__(self):
        self.count = 0
        self._high = 0
        self._stuck = False

    def stuck(self, high, count):
        """Whether it has become so, with its level and its rises by now."""
        was = self._stuck
        self._stuck = bool(high and self._high and count == self.count)
        self._high, self.count = high, count
        return self._stuck and not was


class ReadbackWatch:
    """Asked once a tick, in a train and at rest; `missed`: triggers since `start` that had no current."""

    def __init__(self):
        self._trigger, self._current = _Line(), _Line()
        self.start()

    def start(self):
        """The pulses are counted anew."""
        self.missed = 0
        self._strays = 0
        self._trigger.count = self._current.count = 0

    def check(self, readings, senses, is_over):
        """GATE_SENSE, FIRED_SENSE, FIRED_WITHOUT_TRIGGER, or 0; each once.

        `senses`: whether anybody tells of coil currents; `is_over`: no trigger is under way.
        """
        # a current comes microseconds after its trigger: those of the look before have come, and at the end all of them
        due = readings.triggered if is_over else self._trigger.count
        if self._trigger.stuck(readings.trig_sense, readings.triggered):
            return faults.GATE_SENSE
        if not senses:
            return 0
        if self._current.stuck(readings.fired_sense, readings.fired):
            return faults.FIRED_SENSE
        self.missed = max(self.missed, due - readings.fired)
        strays, self._strays = self._strays, readings.fired + self.missed - readings.triggered
        return faults.FIRED_WITHOUT_TRIGGER if self._strays > max(strays, 0) else 0
