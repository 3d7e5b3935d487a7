"""What the event log tells of a session: the states that it enters, its faults, its misfires."""

from contract import faults, messages, records
from kernel.journal import Journal

_ENTERED = {
    messages.PROVING: records.PROVING,
    messages.CHARGING: records.CHARGING,
    messages.READY: records.READY,
    messages.ARMED: records.ARMED,
    messages.WAITING: records.WAITING,
    messages.RUNNING: records.STARTED,
    messages.DONE: records.DONE,
    messages.PAUSED: records.PAUSED,
    messages.IDLE: records.DISCHARGED,
    messages.SAFE: records.DUMPING,
}


class Diary:
    """`journal` is what it has written; nothing here allocates."""

    def __init__(self, session, readings, now_ms):
        self.journal = Journal()
        self._session = session
        self._readings = readings
        self._now_ms = now_ms
        self._missed = 0

    def note(self, event, fault=0, argument=0):
        """Write an event."""
        self.journal.add(self._now_ms(), event, fault, argument)

    def entered(self, state, given):
        """A state has been entered, after so many pulses; a fault is written as such."""
        if state in _ENTERED:
            self.note(_ENTERED[state], 0, self._argument(state, given))

    def _argument(self, state, given):
        """What records.EVENTS promises of it."""
        if state == messages.DONE or state == messages.PAUSED:
            return given
        if state == messages.CHARGING:
            return self._session.supervisor.target_mv
        return self._session.pulses if state == messages.ARMED else self._readings.bank_mv

    def misfires(self):
        """To be asked each tick: triggers that had no current are written when there are more."""
        missed = self._session.readback.missed
        if missed > self._missed:
            self.note(records.MISFIRED, faults.MISFIRE, missed)
        self._missed = missed
