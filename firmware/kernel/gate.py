"""The one gate through which every actuation passes. Switching off never asks; switching on always does."""

from contract import messages
from contract.protocol import BANK

from .proof import EMPTY_MV

SUPPLY = 1  # latch the charger's supply on
HOLD_BANK = 2  # hold the dump resistor off
TOKEN = 4  # let the charge machine charge for one token
TRIGGERS = 8  # enable the trigger outputs' directions
START = 16  # start the train
TEST = 32  # one trigger with an empty bank, to see it come back through the output gate

_CHARGED = SUPPLY | HOLD_BANK | TOKEN
_BY_STATE = {
    messages.PROVING: _CHARGED | TEST,
    messages.CHARGING: _CHARGED,
    messages.READY: _CHARGED,
    messages.ARMED: _CHARGED | TRIGGERS | START,
    messages.RUNNING: _CHARGED | TRIGGERS,
    messages.WAITING: _CHARGED | TRIGGERS,
}
_BANK_ONLY = _CHARGED | TEST


class Gate:
    """Knows the session and the latest readings; answers one question."""

    def __init__(self, session, readings):
        self._session = session
        self._readings = readings

    def permits(self, actuation):
        """True when `actuation` may happen now: right state, no fault, safety chain closed, and the right drive."""
        session = self._session
        if session.fault or not self._readings.safe_ok:
            return False
        if actuation & _BANK_ONLY and (session.protocol is None or session.protocol.drive != BANK):
            return False
        if actuation == TEST and self._readings.bank_mv > EMPTY_MV:
            return False
        return bool(_BY_STATE.get(session.state, 0) & actuation)
