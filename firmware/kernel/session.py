"""The session's states: what may follow what, what trips, and the first fault kept.

safe -> idle -> charging -> ready -> armed -> running -> done, and fault from anywhere. An external stimulator needs no
charge: idle -> armed. The device calls a request method for each message and `tick` about 20 times a second; it reads
`state` and acts, through the gate.
"""

from contract import faults, limits
from contract.messages import ARMED, CHARGING, DONE, FAULT, IDLE, READY, RUNNING, SAFE
from contract.protocol import ABORT, BANK

from .charge import DumpWatch, Supervisor, coil_fault
from .clock import since

ACTIVE = (CHARGING, READY, ARMED, RUNNING)  # the bank may be charged or a trigger enabled
# The silence is looked for once a tick: trip early enough that no onset comes later than the limit after a heartbeat.
MISFIRES_BORNE = 2  # triggers without a coil current, one of which may just be on its way
SILENCE_MARGIN_MS = limits.SESSION_TICK_MS + 10


class Session:
    """One board's session. Methods raise faults.Refused and then have changed nothing."""

    def __init__(self):
        self.state = SAFE
        self.fault = faults.NONE
        self.protocol = None
        self.image_crc = 0
        self.pulses = 0
        self.nonce = b""
        self.supervisor = Supervisor()
        self.dump_watch = DumpWatch()
        self._heard_ms = 0
        self._since_ms = 0  # of ARM or of the nonce

    # what happens by itself

    def trip(self, fault, now_ms):
        """Go to the fault state. The first fault is kept."""
        if not self.fault:
            self.fault = fault
        self._rest(FAULT, now_ms)

    def _rest(self, state, now_ms):
        """Enter a state in which the bank dumps and nothing is armed."""
        self.state = state
        self.nonce = b""
        self.dump_watch.start(now_ms)

    def tick(self, readings, now_ms):
        """Look at the readings; returns the fault that tripped in this tick, or 0."""
        if self.state in ACTIVE:
            fault = self._hazard(readings) or self._supervise(readings, now_ms) or self._late(now_ms)
            if fault:
                self.trip(fault, now_ms)
                return fault
            if self.state == CHARGING and self.supervisor.settled:
                self.state = READY
            elif self.state == RUNNING and readings.done:
                self._rest(DONE, now_ms)
            return 0
        fault = self.dump_watch.check(readings.bank_mv, now_ms)
        if fault:
            if not self.fault:
                self.fault = fault
            self.state = FAULT
            return fault
        if self.state == SAFE and readings.bank_mv < limits.BANK_TOUCH_SAFE_MV:
            self.state = IDLE
        return 0

    def _hazard(self, readings):
        if readings.tripped or not readings.safe_ok:
            if not readings.interlock:
                return faults.INTERLOCK_OPEN
            return faults.GATE_TRIPPED if readings.safe_ok else faults.OVERVOLTAGE
        if readings.underrun:
            return faults.UNDERRUN
        if readings.veto and self.protocol.policy == ABORT:
            return faults.BANK_NOT_READY
        return 0

    def _supervise(self, readings, now_ms):
        if self.protocol.drive != BANK:
            return 0
        if readings.fired > readings.triggered:
            return faults.FIRED_WITHOUT_TRIGGER
        if readings.triggered > readings.fired + MISFIRES_BORNE and self.protocol.policy == ABORT:
            return faults.MISFIRE
        return self.supervisor.check(readings, now_ms, self.state != RUNNING) or coil_fault(
            readings.coil_centi_c, self.protocol.coil_stop_c
        )

    def _late(self, now_ms):
        if since(now_ms, self._heard_ms) > self.protocol.silence_ms - SILENCE_MARGIN_MS:
            return faults.HOST_SILENT
        if self.state in (READY, ARMED) and since(now_ms, self._since_ms) > limits.SESSION_ARM_TIMEOUT_MS:
            return faults.ARM_EXPIRED
        return 0

    # what the host asks for

    def heard(self, now_ms):
        """A heartbeat came."""
        self._heard_ms = now_ms

    def remaining_ms(self, now_ms):
        """Until READY or ARMED expires, in ms; 0 in other states."""
        if self.state in (READY, ARMED):
            return max(0, limits.SESSION_ARM_TIMEOUT_MS - since(now_ms, self._since_ms))
        return 0

    def require_quiet(self, readings):
        """Raise unless flash may be written: nothing active, no fault, bank safe to touch."""
        self._require((IDLE, DONE))
        if readings.bank_mv >= limits.BANK_TOUCH_SAFE_MV:
            raise faults.Refused(faults.BANK_CHARGED)

    def _require(self, states):
        if self.fault:
            raise faults.Refused(faults.FAULT_STANDING)
        if self.state not in states:
            raise faults.Refused(faults.NOT_NOW)

    def unload(self):
        """Forget the protocol: an upload begins."""
        self.protocol = None
        self.pulses = 0
        self.state = IDLE

    def load(self, protocol, image_crc, pulses):
        """A protocol has been checked and expanded."""
        self.protocol = protocol
        self.image_crc = image_crc
        self.pulses = pulses

    def _require_hardware(self, readings, now_ms):
        if self.protocol is None:
            raise faults.Refused(faults.NO_PROTOCOL)
        if not readings.safe_ok:
            raise faults.Refused(faults.UNSAFE)
        if readings.strap_inverted != self.protocol.inverted:
            raise faults.Refused(faults.WRONG_STRAP)
        wrong = faults.GATE_SENSE if readings.trig_sense else 0
        if self.protocol.drive == BANK:
            wrong = wrong or coil_fault(readings.coil_centi_c, self.protocol.coil_stop_c)
        if wrong:
            self.trip(wrong, now_ms)
            raise faults.Refused(faults.FAULT_STANDING)

    def charge(self, readings, now_ms):
        """CHARGE: from idle or done, with a protocol for the bank."""
        self._require((IDLE, DONE))
        self._require_hardware(readings, now_ms)
        if self.protocol.drive != BANK:
            raise faults.Refused(faults.NOT_NOW)
        self.state = CHARGING
        self.supervisor.start(self.protocol.target_mv, now_ms)
        self._heard_ms = self._since_ms = now_ms

    def arm(self, readings, image_crc, nonce, now_ms):
        """ARM: from ready (bank) or from idle and done (external stimulator)."""
        self._require_state_for_arm()
        self._require_hardware(readings, now_ms)
        if image_crc != self.image_crc:
            raise faults.Refused(faults.WRONG_IMAGE)
        self.state = ARMED
        self.nonce = nonce
        self._heard_ms = self._since_ms = now_ms

    def _require_state_for_arm(self):
        if self.protocol is None:
            self._require((IDLE, DONE, READY))
        elif self.protocol.drive == BANK:
            self._require((READY,))
        else:
            self._require((IDLE, DONE))

    def fire(self, nonce, now_ms):
        """FIRE: good once, with the nonce of this arming, within its time."""
        self._require((ARMED,))
        if nonce != self.nonce:
            raise faults.Refused(faults.WRONG_NONCE)
        self.nonce = b""
        if since(now_ms, self._since_ms) > limits.SESSION_FIRE_WINDOW_MS:
            raise faults.Refused(faults.NONCE_EXPIRED)
        self.state = RUNNING
        self._heard_ms = now_ms

    def abort(self, now_ms):
        """ABORT: always allowed. A running train leaves the fault ABORTED; anything else just goes safe."""
        if self.state == RUNNING:
            self.trip(faults.ABORTED, now_ms)
        elif self.state not in (FAULT, SAFE):
            self._rest(SAFE, now_ms)

    def clear(self, fault, now_ms):
        """CLEAR: only the fault that stands, and only a clearable one."""
        if self.state != FAULT or fault != self.fault:
            raise faults.Refused(faults.NOT_NOW)
        if faults.entry(fault)[2] != faults.CLEARABLE:
            raise faults.Refused(faults.NOT_CLEARABLE)
        self.fault = faults.NONE
        self._rest(SAFE, now_ms)
