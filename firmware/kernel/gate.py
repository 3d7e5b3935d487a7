"""The one gate through which every actuation passes. Switching off never asks; switching on always does."""

from contract import messages
from contract.protocol import BANK

from .proof import EMPTY_MV, GATE

SUPPLY = 1  # latch the charger's supply on
HOLD_BANK = 2  # hold the dump resistor off
TOKEN = 3  # let the charge machine charge for one token
TRIGGERS = 4  # enable the trigger outputs' directions
START = 5  # start the train
TEST = 6  # one trigger with an empty bank, to see it come back through the output gate

_BANK_ONLY = (SUPPLY, HOLD_BANK, TOKEN, TEST)
_CHARGE = (SUPPLY, HOLD_BANK, TOKEN)
_TRAIN = (SUPPLY, HOLD_BANK, TOKEN, TRIGGERS)
_BY_STATE = {
    messages.PROVING: (SUPPLY, HOLD_BANK, TOKEN, TEST),
    messages.CHARGING: _CHARGE,
    messages.READY: _CHARGE,
    messages.ARMED: (SUPPLY, HOLD_BANK, TOKEN, TRIGGERS, START),
    messages.RUNNING: _TRAIN,
    messages.WAITING: _TRAIN,
}


class Gate:
    """Knows the session and the latest readings; answers one question."""

    def __init__(self, session, readings):
        self._session = session
        self._readings = readings

    def permits(self, actuation):
        """True when `actuation` may happen now: right state, no fault, safety chain closed, and the right drive."""
        session = self._session
        if session.fault or not self._readings.safe_ok or self._readings.safe_fell:
            return False
        if actuation in _BANK_ONLY and (session.protocol is None or session.protocol.drive != BANK):
            return False
        if actuation == TEST and (session.proof.step != GATE or self._readings.bank_mv > EMPTY_MV):
            return False
        return actuation in _BY_STATE.get(session.state, ())
