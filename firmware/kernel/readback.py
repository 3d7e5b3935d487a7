"""What comes back of each pulse: its trigger behind the gate, and the coil current that follows it."""

from contract import faults


class ReadbackWatch:
    """Asked once a tick, which is longer than any pulse; `missed`: triggers since `start` that had no current."""

    def __init__(self):
        self.start()

    def start(self):
        """The pulses are counted anew."""
        self.missed = 0
        self._triggered = 0  # at the look before: a current comes microseconds after its trigger, so theirs have come
        self._high = 0

    def check(self, readings, senses):
        """GATE_SENSE, FIRED_WITHOUT_TRIGGER, or 0. `senses`: whether anybody tells of coil currents."""
        stuck = self._high and readings.trig_sense and readings.triggered == self._triggered
        if senses:
            self.missed = max(self.missed, self._triggered - readings.fired)
        self._triggered = readings.triggered
        self._high = readings.trig_sense
        if stuck:
            return faults.GATE_SENSE
        return faults.FIRED_WITHOUT_TRIGGER if senses and readings.fired + self.missed > readings.triggered else 0
