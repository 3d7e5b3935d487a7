"""The session's states: what may follow what, what trips, and the first fault kept.

safe -> idle -> (proving ->) charging -> ready -> armed -> (waiting ->) running -> done, and fault from anywhere. An
external stimulator needs no charge: idle -> armed. A pause is at rest as done is, but keeps its place in the schedule:
running -> paused -> charging or armed. The device calls a request method for each message and `tick` about 20 times a
second; it reads `state` and acts, through the gate.
"""

from contract import faults, limits
from contract.messages import ARMED, CHARGING, DONE, FAULT, IDLE, PAUSED, PROVING, READY, RUNNING, SAFE, WAITING
from contract.protocol import ABORT, BANK, START_TTL

from .charge import DumpWatch, Supervisor, pulse_energy_mj
from .clock import since
from .coil import CoilWatch
from .converter import ConverterWatch
from .counting import Counting
from .lines import LinesWatch
from .proof import PROOF_MV, Proof
from .readback import ReadbackWatch

ACTIVE = (PROVING, CHARGING, READY, ARMED, WAITING, RUNNING)  # the bank may be charged or a trigger enabled
EXPIRING = (READY, ARMED, WAITING)
LOCKED = (ARMED, WAITING, RUNNING)  # nothing is allocated: not a tuple, not an exception
_AT_REST = (IDLE, DONE)
_FIREABLE = (ARMED,)
_PAUSABLE = (RUNNING,)
_TRIGGERING = (WAITING, RUNNING)
_CHARGED = (READY,)
_CHARGEABLE = (IDLE, DONE, PAUSED)
# The silence is looked for once a tick: trip early enough that no onset comes later than the limit after a heartbeat.
SILENCE_MARGIN_MS = limits.SESSION_TICK_MS + 10
_CLOSED_MS = limits.SESSION_INTERLOCK_CLOSED_MS + 2  # both ends are whole ms, and a look takes part of one


def _permanent(fault):
    return faults.entry(fault)[2] == faults.PERMANENT


class Session:
    """One board's session. Methods that raise faults.Refused have changed nothing, but that a nonce may be used up."""

    def __init__(self):
        self.state = SAFE
        self.fault = faults.NONE
        self.following = faults.NONE  # stands once the first has been cleared
        self.protocol = None
        self.image_crc = 0
        self.pulses = 0
        self.nonce = b""
        self.pausing = False  # asked for, and to happen at the next gap
        self.first_word = 0  # where the train goes on; 0 unless paused before
        self.first = 0  # pulses before it
        self.proof = Proof()
        self.converter = ConverterWatch()
        self.lines = LinesWatch()
        self.supervisor = Supervisor()
        self.coil = CoilWatch()
        self.readback = ReadbackWatch()
        self.counting = Counting()
        self.dump_watch = DumpWatch()
        self._refused = faults.Refused(faults.NONE)
        self._heard_ms = 0
        self._since_ms = 0  # of CHARGE, of the charge's begin, or of ARM
        self._paused_ms = 0
        self._gap_ms = 0  # from the pause to the next edge
        self._open_ms = None  # until when the safety chain may have been open, unless that is long ago
        self._was_open = True  # when it was last looked at; nobody has yet
        self._looked_ms = None  # when that was for the first time
        self._is_new = True  # that was just now
        self._was_held = False  # the bank has been charged, and may not have been dumped since

    # what happens by itself

    def trip(self, fault, now_ms):
        """Go to the fault state. The first fault is kept."""
        self._keep(fault)
        self._rest(FAULT, now_ms)

    def _keep(self, fault):
        """The first fault stands; the first permanent one that comes while a clearable one does stands after it.

        Returns whether this one has come to stand.
        """
        if not self.fault:
            self.fault = fault
        elif not self.following and _permanent(fault) and not _permanent(self.fault):
            self.following = fault
        else:
            return False
        return True

    def _rest(self, state, now_ms):
        """Enter a state in which the bank dumps and nothing is armed."""
        self.state = state
        self.nonce = b""
        self.pausing = False
        self.dump_watch.start(now_ms)
        self.lines.changed(now_ms)

    def tick(self, readings, now_ms):
        """Look at the readings; returns the fault that tripped in this tick, or 0."""
        fell = readings.safe_fell
        self._note_opening(readings, now_ms)
        self.coil.follow(readings, now_ms)
        fault = self._believe(readings, now_ms)
        if fault and self.state != FAULT:
            self.trip(fault, now_ms)
            return fault
        if fault and self._keep(fault):
            return fault
        if self.state in ACTIVE:
            fault = self._hazard(readings, fell) or self._supervise(readings, now_ms) or self._late(now_ms)
            if fault:
                self.trip(fault, now_ms)
                return fault
            self._advance(readings, now_ms)
            return 0
        self.proof.lapse(now_ms)
        if self._is_new:  # a board that is idle can be used: not before its interlock can have been closed long enough
            self._looked_ms = now_ms if self._looked_ms is None else self._looked_ms
            self._is_new = since(now_ms, self._looked_ms) < _CLOSED_MS
        fault = self._at_rest(readings) or self.dump_watch.check(readings.bank_mv, now_ms)
        if fault:
            self._keep(fault)
            self.state = FAULT
            return fault
        if self.state == SAFE and readings.bank_mv < limits.BANK_TOUCH_SAFE_MV and not self._is_new:
            self.state = IDLE
        return 0

    def _at_rest(self, readings):
        """What comes back although nothing is sent, and what came of the last pulse before a pause."""
        protocol = self.protocol
        wrong = self.readback.check(readings, protocol is not None and protocol.drive == BANK, True)
        is_missed = self.state == PAUSED and self.readback.missed and protocol.policy == ABORT
        return wrong or (faults.MISFIRE if is_missed else 0)

    def _note_opening(self, readings, now_ms):
        is_open = not readings.safe_ok
        if readings.safe_fell or is_open or self._was_open:  # it may have closed just before this look
            readings.safe_fell = False
            self._open_ms = now_ms
        elif self._open_ms is not None and since(now_ms, self._open_ms) >= _CLOSED_MS:
            self._open_ms = None  # forgotten, or it would be near once more when the clock has gone round
        self._was_open = is_open

    def _believe(self, readings, now_ms):
        """Whether what the board is told can be believed, in any state."""
        wrong = self.converter.check(readings, self.state in ACTIVE)
        return wrong or self.lines.check(readings, self._compared_mv(), now_ms)

    def _compared_mv(self):
        """What the comparators on the bank compare with; 0 at rest, None while they may be anywhere."""
        if self.state not in ACTIVE or self.protocol.drive != BANK:
            return 0
        return None if self.state == PROVING or self.state == RUNNING else self.supervisor.target_mv

    def _advance(self, readings, now_ms):
        """What follows by itself while all is well."""
        if self.state == PROVING:
            if self.proof.passed:
                self._start_charge(readings, now_ms)
        elif self.state == CHARGING and self.supervisor.settled:
            self.state = READY
        elif self.state == WAITING and not readings.waiting:
            self.state = RUNNING
        elif self.state == RUNNING and readings.done:
            self._rest(DONE, now_ms)
        elif self.state == RUNNING and self.pausing and readings.gap_word:
            self.first_word = readings.gap_word
            self.first = readings.gap_first
            self._gap_ms = readings.gap_ms
            self._paused_ms = now_ms
            self._rest(PAUSED, now_ms)

    def _hazard(self, readings, fell):
        if readings.tripped or fell or not readings.safe_ok:
            if not readings.interlock:
                return faults.INTERLOCK_OPEN
            return faults.GATE_TRIPPED if readings.safe_ok else faults.OVERVOLTAGE
        if readings.underrun:
            return faults.UNDERRUN
        if readings.triggered and self.state not in _TRIGGERING:
            return faults.GATE_SENSE
        due = readings.gap_first - self.first if self.pausing and readings.gap_word else None
        wrong = self.counting.check(readings, self.pulses - self.first, due)
        wrong = wrong or self.readback.check(readings, self.protocol.drive == BANK, readings.done)
        if wrong:
            return wrong  # before what the bank's voltage says of it
        if readings.veto and self.protocol.policy == ABORT:
            return self.supervisor.cause(readings) or faults.BANK_NOT_READY
        return 0

    def _supervise(self, readings, now_ms):
        if self.protocol.drive != BANK:
            return 0
        if self.readback.missed and self.protocol.policy == ABORT:
            return faults.MISFIRE
        if self.state == PROVING:
            wrong = self.proof.check(readings, now_ms)
        else:
            wrong = self.supervisor.check(readings, now_ms, self.state != RUNNING)
        return wrong or self._temperature(readings)

    def _temperature(self, readings):
        return self.coil.check(readings, self.protocol.coil_stop_c) if readings.bank_cool else faults.BANK_HOT

    def _is_silent(self, now_ms):
        return since(now_ms, self._heard_ms) > self.protocol.silence_ms - SILENCE_MARGIN_MS

    def _late(self, now_ms):
        if self._is_silent(now_ms):
            return faults.HOST_SILENT
        if self.state in EXPIRING and since(now_ms, self._since_ms) > limits.SESSION_ARM_TIMEOUT_MS:
            return faults.ARM_EXPIRED
        return 0

    # what the host asks for

    def attended(self, now_ms):
        """Whether the board is somebody's: who charges or fires keeps it until it falls silent, who pauses as well."""
        if self.state == PAUSED:
            return since(now_ms, self._heard_ms) <= self.protocol.silence_ms
        return self.state in ACTIVE

    def heard(self, came_ms, now_ms):
        """A heartbeat came, at `came_ms` at the earliest."""
        if since(now_ms, came_ms) < since(now_ms, self._heard_ms):
            self._heard_ms = came_ms

    def remaining_ms(self, now_ms):
        """Until READY, ARMED or WAITING expires, in ms; 0 in other states."""
        if self.state in EXPIRING:
            return max(0, limits.SESSION_ARM_TIMEOUT_MS - since(now_ms, self._since_ms))
        return 0

    def require_quiet(self, readings):
        """Raise unless flash may be written: nothing active, no fault, bank safe to touch."""
        self._require(_AT_REST)
        if readings.bank_mv >= limits.BANK_TOUCH_SAFE_MV:
            raise faults.Refused(faults.BANK_CHARGED)

    def _require(self, states):
        if self.fault:
            raise self.refused(faults.FAULT_STANDING)
        if self.state not in states:
            raise self.refused(faults.NOT_NOW)

    def refused(self, number):
        """The exception that says no: while the heap is locked one that is there already."""
        if self.state not in LOCKED:
            return faults.Refused(number)
        self._refused.number = number
        return self._refused

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
        self.coil.load(self.pulse_mj())
        self.counting.load(protocol)

    def pulse_mj(self):
        """What one pulse of the protocol takes from the bank, in mJ."""
        return pulse_energy_mj(self.protocol.target_mv) if self.protocol.drive == BANK else 0

    def coil_warm(self, readings):
        """Whether the coil is nearly as hot as it may be."""
        return self.coil.warm(readings, self.protocol.coil_stop_c if self.protocol else limits.COIL_STOP_C)

    def _require_hardware(self, readings, now_ms):
        if self.protocol is None:
            raise faults.Refused(faults.NO_PROTOCOL)
        self._note_opening(readings, now_ms)
        if not readings.safe_ok or self._open_ms is not None:
            raise faults.Refused(faults.UNSAFE)
        if readings.strap_inverted != self.protocol.inverted:
            raise faults.Refused(faults.WRONG_STRAP)
        wrong = faults.GATE_SENSE if readings.trig_sense else 0
        if self.protocol.drive == BANK:
            wrong = wrong or self._temperature(readings)
        if wrong:
            self.trip(wrong, now_ms)
            raise faults.Refused(faults.FAULT_STANDING)

    def require_at_rest(self, readings, now_ms):
        """Raise unless the board may be left to its boot loader: nothing active, bank safe to touch and dumped."""
        if self.state in ACTIVE:
            raise faults.Refused(faults.NOT_NOW)
        if readings.bank_mv >= limits.BANK_TOUCH_SAFE_MV or self.dump_watch.left_ms(now_ms):
            raise faults.Refused(faults.BANK_CHARGED)

    def _begin(self):
        """A train begins at its first pulse, unless it was paused."""
        self.readback.start()
        self.counting.start()
        if self.state in (IDLE, DONE):
            self.first_word = self.first = self._gap_ms = 0

    def require_chargeable(self):
        """Raise unless CHARGE is for this state."""
        self._require(_CHARGEABLE)

    def charge(self, readings, now_ms):
        """CHARGE: from idle, done or paused, with a protocol for the bank that has been seen to be dumped."""
        self.require_chargeable()
        self._require_hardware(readings, now_ms)
        if self.protocol.drive != BANK:
            raise faults.Refused(faults.NOT_NOW)
        low_mv = self.protocol.target_mv * limits.BANK_WINDOW_LOW_PERMILLE // 1000
        if readings.bank_mv > low_mv or readings.bank_mv >= limits.BANK_TOUCH_SAFE_MV:
            raise faults.Refused(faults.BANK_CHARGED)
        self._begin()
        self._heard_ms = self._since_ms = now_ms
        self._was_held = True
        if self.proof.passed:
            self._start_charge(readings, now_ms)
        else:
            self.state = PROVING
            self.proof.start(now_ms, self.dump_watch.left_ms(now_ms))
            self.lines.changed(now_ms)

    def _start_charge(self, readings, now_ms):
        self.state = CHARGING
        self._since_ms = now_ms
        self.supervisor.start(self.protocol.target_mv, readings.bank_mv, now_ms)
        self.lines.changed(now_ms)

    def gate_proven(self, through, fired, now_ms):
        """What came of the trigger that proves the gate."""
        fault = self.proof.gate_seen(through, fired, now_ms)
        if fault:
            self.trip(fault, now_ms)

    def target_mv(self):
        """What the comparators shall compare with now."""
        return PROOF_MV if self.state == PROVING else self.protocol.target_mv

    def arm(self, readings, image_crc, nonce, now_ms):
        """ARM: from ready (bank) or from idle, done and paused (external stimulator)."""
        self.require_armable()
        self._require_hardware(readings, now_ms)
        if self.protocol.drive != BANK:
            self._require_dumped(readings, now_ms)
        if image_crc != self.image_crc:
            raise faults.Refused(faults.WRONG_IMAGE)
        self._begin()
        self.state = ARMED
        self.nonce = nonce
        self._heard_ms = self._since_ms = now_ms

    def _require_dumped(self, readings, now_ms):
        """A trigger would discharge what the dump has not had its time for, even where a broken divider reads 0 V."""
        if readings.bank_mv >= limits.BANK_TOUCH_SAFE_MV or (self._was_held and self.dump_watch.left_ms(now_ms)):
            raise faults.Refused(faults.BANK_CHARGED)
        self._was_held = False

    def require_armable(self):
        """Raise unless ARM is for this state."""
        if self.protocol is None:
            self._require(_CHARGEABLE + _CHARGED)
        elif self.protocol.drive == BANK:
            self._require(_CHARGED)
        else:
            self._require(_CHARGEABLE)

    def fire(self, readings, nonce, came_ms, now_ms):
        """FIRE, that came at `came_ms` at the earliest: good once, with the nonce of this arming, within its time."""
        self._require(_FIREABLE)
        if nonce != self.nonce:
            raise self.refused(faults.WRONG_NONCE)
        external = self.protocol.start == START_TTL
        if external and readings.trig_in:
            raise self.refused(faults.TRIGGER_IN_HIGH)
        if self.first_word and since(now_ms, self._paused_ms) < self._gap_ms:
            raise self.refused(faults.TOO_EARLY)
        self.nonce = b""
        if since(now_ms, self._since_ms) > limits.SESSION_FIRE_WINDOW_MS:
            raise self.refused(faults.NONCE_EXPIRED)
        self.heard(came_ms, now_ms)
        if self._is_silent(now_ms):  # it has waited in its line for so long: its host may be gone
            raise self.refused(faults.NONCE_EXPIRED)
        self.state = WAITING if external else RUNNING

    def withdraw(self, now_ms):
        """TRIG_IN rose while FIRE was carried out, before the machine waited for it: to rest, nothing has left.

        A train that was paused keeps its place.
        """
        self._rest(PAUSED if self.first_word else SAFE, now_ms)

    def pause(self):
        """PAUSE: the running train rests at its next gap that is long enough; it ends as usual if there is none."""
        self._require(_PAUSABLE)
        self.pausing = True

    def abort(self, now_ms):
        """ABORT: always allowed. A train leaves the fault ABORTED; anything else just goes safe."""
        if self.state == RUNNING or self.state == WAITING:
            self.trip(faults.ABORTED, now_ms)
        elif self.state != FAULT and self.state != SAFE:
            self._rest(SAFE, now_ms)

    def clear(self, fault, readings, now_ms):
        """CLEAR: only the fault that stands; a permanent one only by service, which holds the key at the board."""
        if self.state != FAULT or fault != self.fault:
            raise faults.Refused(faults.NOT_NOW)
        if _permanent(fault) and not readings.key:
            raise faults.Refused(faults.NOT_CLEARABLE)
        self.proof.passed = False  # what was repaired is proven anew; and a proof tells more than a charge
        self.fault, self.following = self.following, faults.NONE
        self._rest(FAULT if self.fault else SAFE, now_ms)
