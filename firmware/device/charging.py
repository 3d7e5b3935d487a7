"""Carries out what the proof and the charge want, as far as the gate permits: switches, and the token of each tick."""

from contract import limits
from contract.messages import CHARGING, PROVING
from contract.protocol import TICKS_PER_US
from kernel import gate, proof
from kernel.clock import since

_PROOF_TOKEN = proof.TOKEN_US * TICKS_PER_US
_WINDOW_MS = 2  # a token waits for the end of a no-charge window; two of them shall still end in time
_TOKEN = (limits.SESSION_TOKEN_MS - _WINDOW_MS) * 1_000 * TICKS_PER_US
_NOWHERE = -1
_SETTLE_MS = 40  # eight time constants of the target's filter: the first token shall not end at a target that rises


class Charging:
    """`act` at each tick of an active session, and once at its beginning; `rest` when all goes to rest."""

    def __init__(self, session, the_gate, charger, block, forget):
        self._session = session
        self._gate = the_gate
        self._charger = charger
        self._block = block
        self._forget = forget  # the stamps of the test trigger
        self._at = _NOWHERE
        self._since_ms = 0

    def rest(self):
        """What was switched is off."""
        self._at = _NOWHERE

    def act(self, now_ms):
        """Switch what a new state or step wants, and grant the token of this tick."""
        session = self._session
        if session.state == PROVING:
            self._prove(now_ms)
            return
        if session.state == CHARGING:
            supervisor = session.supervisor
            if self._enter(CHARGING, now_ms):
                supervisor.switched(now_ms)  # a reservation, and flash, may have come between
            settled = since(now_ms, self._since_ms) >= _SETTLE_MS
            if settled and self._grant(supervisor.soft_token_us * TICKS_PER_US):
                supervisor.curve.token(now_ms)
            return
        self._grant(_TOKEN)

    def _grant(self, ticks):
        return self._gate.permits(gate.TOKEN) and self._block.grant(ticks)

    def _enter(self, state, now_ms):
        """Set the bank's switches for a charge, once on entering a state; returns whether that was now."""
        if self._at == state:
            return False
        self._at = state
        self._since_ms = now_ms
        self._charger.prepare(self._session.target_mv())
        if self._gate.permits(gate.TOKEN):
            self._block.start_charge()
        return True

    def _prove(self, now_ms):
        step = self._session.proof.step
        if step == proof.GATE and self._gate.permits(gate.TEST):
            seen = self._block.test()
            self._forget()
            if seen is None:
                return  # the next tick says why
            through, fired = seen
            self._session.gate_proven(through, fired, now_ms)
            step = self._session.proof.step
        if step == proof.SETTLE:
            self._enter(PROVING, now_ms)
        elif step == proof.CHARGE and self._at == PROVING:
            self._at = _NOWHERE
            self._grant(_PROOF_TOKEN)
        elif step == proof.DUMP:
            self._block.stop()
            self._charger.dump()
