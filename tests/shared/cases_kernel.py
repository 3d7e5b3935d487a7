"""Cases of the kernel that run on CPython and on MicroPython."""

import struct

from cases_contract import itbs, refusal
from contract import faults, limits, messages, protocol, records
from kernel import charge, expand, gate, journal
from kernel import sequencer as seq
from kernel.clock import WRAP, since
from kernel.readings import Readings
from kernel.session import Session

BANK_V = 216_000


def decode(words, lead):
    """Edges [(tick, handler, levels)] of sequencer words by the machine's own rules, t0 at `lead` after the start."""
    now, tail, edges = -lead, seq.START_TAIL, []
    for index in range(0, len(words), 4):
        word = struct.unpack_from("<I", words, index)[0]
        handler, levels = word >> seq.HANDLER_SHIFT & 31, word >> seq.LEVEL_SHIFT
        now += tail + (word & seq.DELAY_MAX) + seq.HEAD[handler]
        if handler == seq.DONE:
            return edges
        tail = seq.TAIL[handler]
        if handler != seq.WAIT:
            edges.append((now, handler, levels))
    raise AssertionError("no end")


def expanded(made):
    expansion = expand.Expansion(made)
    words = b"".join(expansion.pieces())
    assert len(words) == 4 * expansion.word_count
    return expansion, decode(words, expansion.lead_ticks)


def test_clock_wraps():
    assert since(5, (1 << 30) - 5) == 10
    assert since(7, 3) == 4


def test_bank_train_has_blank_around_every_pulse():
    made = itbs()
    expansion, edges = expanded(made)
    onsets = list(expand.onsets(made))
    assert len(onsets) == expansion.pulses == 600
    assert expansion.duration_ticks == onsets[-1] == 23_980_000_000
    assert len(edges) == 4 * 600
    for index in range(600):
        onset = onsets[index]
        assert edges[4 * index : 4 * index + 4] == [
            (onset - 12_500, seq.BLANK_ON, 8),
            (onset, seq.FIRE, 13),
            (onset + 12_500, seq.EDGE, 8),
            (onset + 125_000, seq.BLANK_OFF, 0),
        ]


def test_close_pulses_share_one_blank_window():
    made = itbs(drive=protocol.EXTERNAL, levels=((4, 130_000, 1),), width_ticks=62_500)
    _, edges = expanded(made)
    assert [edge for edge in edges if edge[1] in (seq.BLANK_ON, seq.BLANK_OFF)] == [
        (-12_500, seq.BLANK_ON, 8), (3 * 130_000 + 125_000, seq.BLANK_OFF, 0),
    ]  # fmt: skip
    assert [edge[0] for edge in edges if edge[1] == seq.RISE] == [0, 130_000, 260_000, 390_000]


def test_blank_lasts_as_long_after_the_later_channel():
    for lag, opens, until in ((600_000, 0, 600_000), (-600_000, -600_000, 0), (0, 0, 0)):
        made = itbs(drive=protocol.EXTERNAL, channels=3, lag_ticks=lag, levels=())
        _, edges = expanded(made)
        assert edges[0] == (opens - 12_500, seq.BLANK_ON, 8) and edges[-1] == (until + 125_000, seq.BLANK_OFF, 0)


def test_listed_onsets_and_long_gaps():
    gaps = (0, 2_000_000, protocol.GAP_ON, 3_000_000, 1_000_000)
    made = itbs(drive=protocol.EXTERNAL, levels=(), gaps=gaps)
    expected = [0, 2_000_000, 2_000_000 + protocol.GAP_ON + 3_000_000, 6_000_000 + protocol.GAP_ON]
    assert list(expand.onsets(made)) == expected
    _, edges = expanded(made)
    assert [edge[0] for edge in edges if edge[1] == seq.RISE] == expected


def test_rational_periods_are_rounded_once():
    made = itbs(drive=protocol.EXTERNAL, levels=((3, 12_500_000, 3), (40, 62_500_000, 3)))
    onsets = list(expand.onsets(made))
    expected = [(12_500_000 * i + 62_500_000 * j + 1) // 3 for j in range(40) for i in range(3)]
    assert onsets == expected
    mixed = itbs(drive=protocol.EXTERNAL, levels=((2, 4_000_001, 2), (2, 10_000_001, 4)))
    assert list(expand.onsets(mixed)) == [0, 2_000_001, 2_500_000, 4_500_001]
    _, edges = expanded(made)
    assert [edge[0] for edge in edges if edge[1] == seq.RISE] == expected


def test_two_channels_lead_and_lag():
    for lag in (1_000, -250_000, 0, 12_500):
        made = itbs(drive=protocol.EXTERNAL, channels=3, lag_ticks=lag, levels=((2, 12_500_000, 1),))
        _, edges = expanded(made)
        a, b, levels = [], [], 0
        for tick, _, now in edges:
            if now & 1 and not levels & 1:
                a.append(tick)
            if now & 2 and not levels & 2:
                b.append(tick)
            assert bool(now & 4) == bool(now & 3)
            levels = now
        assert a == [0, 12_500_000] and b == [lag, 12_500_000 + lag], lag
    alone = itbs(drive=protocol.EXTERNAL, channels=2, lag_ticks=99, levels=())
    _, edges = expanded(alone)
    assert [edge[0] for edge in edges if edge[2] & 2] == [0]


def test_edges_that_are_too_close_are_refused():
    close = itbs(drive=protocol.EXTERNAL, channels=3, lag_ticks=31)
    assert refusal(expand.Expansion, close) == faults.GAP_TOO_SHORT
    overlap = itbs(drive=protocol.EXTERNAL, width_ticks=62_500, levels=((2, 62_510, 1),))
    assert refusal(lambda: list(expand.Expansion(overlap).pieces())) == faults.GAP_TOO_SHORT


def good(bank_mv=0):
    """A sound board: at rest, or with its bank charged."""
    readings = Readings()
    readings.safe_ok = readings.interlock = readings.bank_cool = 1
    readings.coil_centi_c = 2_200
    charged(readings, bank_mv) if bank_mv else None
    return readings


def charged(readings, bank_mv):
    readings.bank_mv = bank_mv
    readings.supply_on = 1
    readings.target_sense_mv = BANK_V
    readings.bank_ok = int(bank_mv > 205_000)


def empty(readings):
    readings.bank_mv = readings.supply_on = readings.target_sense_mv = readings.bank_ok = 0


class Run:
    """A session with a clock, driven as the device drives it."""

    def __init__(self, made=None):
        self.session = Session()
        self.readings = good()
        self.gate = gate.Gate(self.session, self.readings)
        self.session.proof.passed = True
        self.now = 1_000
        self.tick()
        self.tick(limits.SESSION_INTERLOCK_CLOSED_MS + 2)
        if made is not False:
            self.session.load(made or itbs(), 77, 600)

    def tick(self, ms=50, beat=True):
        self.now += ms
        if beat:
            self.session.heard(self.now, self.now)
        return self.session.tick(self.readings, self.now)

    def charge(self):
        self.session.charge(self.readings, self.now)
        self.count_anew()
        charged(self.readings, 215_000)
        while self.session.state == messages.CHARGING:
            assert self.tick() == 0
        return self

    def arm(self):
        self.session.arm(self.readings, 77, b"nonce", self.now)
        self.count_anew()
        return self

    def count_anew(self):
        readings = self.readings
        readings.done = readings.triggered = readings.fired = readings.windows = readings.vetoed = readings.veto = 0

    def end(self):
        """The last pulse has been given; returns the fault of the tick."""
        self.readings.triggered = self.readings.fired = self.session.pulses - self.session.first
        self.readings.done = 1
        return self.tick()

    def fire(self):
        self.session.fire(self.readings, b"nonce", self.now, self.now)
        return self

    @property
    def state(self):
        return messages.STATE_NAMES[self.session.state]


def test_a_session_from_safe_to_done():
    run = Run()
    assert run.state == "idle"
    assert run.charge().state == "ready"
    assert run.session.remaining_ms(run.now) > 59_000
    assert run.arm().state == "armed"
    assert run.fire().state == "running"
    assert run.session.remaining_ms(run.now) == 0
    assert run.tick() == 0
    assert run.end() == 0 and run.state == "done"
    empty(run.readings)
    run.tick()
    assert run.charge().state == "ready"


def test_external_needs_no_charge():
    run = Run(itbs(drive=protocol.EXTERNAL))
    assert refusal(run.session.charge, run.readings, run.now) == faults.NOT_NOW
    assert run.arm().fire().state == "running"
    assert run.tick() == 0
    assert not run.gate.permits(gate.TOKEN) and run.gate.permits(gate.TRIGGERS)


def test_charged_at_boot_stays_safe():
    run = Run(False)
    run.session = Session()
    run.readings.bank_mv = 60_000
    assert run.tick() == run.tick(limits.SESSION_INTERLOCK_CLOSED_MS + 2) == 0 and run.state == "safe"
    run.readings.bank_mv = 59_999
    assert run.tick() == 0 and run.state == "idle"


def test_what_is_refused_when():
    run = Run(False)
    assert refusal(run.session.charge, run.readings, run.now) == faults.NO_PROTOCOL
    assert refusal(run.session.arm, run.readings, 77, b"", run.now) == faults.NO_PROTOCOL
    run.session.load(itbs(), 77, 600)
    assert refusal(run.session.arm, run.readings, 77, b"", run.now) == faults.NOT_NOW
    assert refusal(run.session.fire, run.readings, b"nonce", run.now, run.now) == faults.NOT_NOW
    assert refusal(run.session.clear, 101, run.readings, run.now) == faults.NOT_NOW
    run.readings.safe_ok = 0
    assert refusal(run.session.charge, run.readings, run.now) == faults.UNSAFE
    run.readings.safe_ok = 1
    assert refusal(run.session.charge, run.readings, run.now) == faults.UNSAFE
    run.now += limits.SESSION_INTERLOCK_CLOSED_MS + 2
    run.readings.strap_inverted = 1
    assert refusal(run.session.charge, run.readings, run.now) == faults.WRONG_STRAP
    run.readings.strap_inverted = 0
    run.charge()
    assert refusal(run.session.arm, run.readings, 78, b"", run.now) == faults.WRONG_IMAGE
    assert refusal(run.session.require_quiet, run.readings) == faults.NOT_NOW
    run.session.abort(run.now)
    empty(run.readings)
    run.tick()
    run.readings.bank_mv = 61_000
    assert refusal(run.session.require_quiet, run.readings) == faults.BANK_CHARGED
    empty(run.readings)
    assert refusal(run.session.require_quiet, run.readings) == 0
    run.session.unload()
    assert run.session.protocol is None and run.state == "idle"


def test_a_nonce_is_good_once_and_in_time():
    run = Run().charge().arm()
    assert refusal(run.session.fire, run.readings, b"other", run.now, run.now) == faults.WRONG_NONCE
    run.tick(limits.SESSION_FIRE_WINDOW_MS + 1)
    assert refusal(run.session.fire, run.readings, b"nonce", run.now, run.now) == faults.NONCE_EXPIRED
    assert refusal(run.session.fire, run.readings, b"nonce", run.now, run.now) == faults.WRONG_NONCE
    assert run.state == "armed"


def test_a_fire_that_has_waited_in_its_line_as_long_as_the_host_may_be_silent_starts_nothing():
    for waited_ms, expected in ((0, 0), (240, 0), (241, faults.NONCE_EXPIRED), (3_000, faults.NONCE_EXPIRED)):
        run = Run(itbs(drive=protocol.EXTERNAL)).arm()
        came_ms = run.now
        run.now += waited_ms
        assert refusal(run.session.fire, run.readings, b"nonce", came_ms, run.now) == expected, waited_ms
        assert run.state == ("armed" if expected else "running")
        assert run.session.tick(run.readings, run.now) == (faults.HOST_SILENT if expected else 0)


def test_an_opening_is_forgotten_before_the_clock_has_gone_round():
    run = Run()
    run.tick()
    for _ in range(16):
        run.tick()
        run.now += WRAP // 16
    assert refusal(run.session.charge, run.readings, run.now) == 0


def test_an_interlock_that_nobody_has_looked_at_has_been_open():
    run = Run()
    run.session = Session()
    run.session.load(itbs(), 77, 600)
    assert run.tick() == run.tick(limits.SESSION_INTERLOCK_CLOSED_MS + 1) == 0
    assert run.state == "safe" and refusal(run.session.charge, run.readings, run.now) == faults.NOT_NOW
    assert run.tick(1) == 0
    assert run.state == "idle" and refusal(run.session.charge, run.readings, run.now) == 0


def test_hazards_trip_with_their_own_fault():
    def interlock(readings):
        readings.safe_ok = readings.interlock = 0

    def overvoltage(readings):
        readings.safe_ok = 0

    def bounced(readings):
        readings.tripped = 8

    def underrun(readings):
        readings.underrun = 1

    def veto(readings):
        readings.veto = 2

    def unsupplied(readings):
        readings.veto, readings.supply_on = 2, 0

    def untargeted(readings):
        readings.veto, readings.target_sense_mv = 2, 0

    def stray(readings):
        readings.fired = 1

    def hot(readings):
        readings.coil_centi_c = 4_000

    def sensor(readings):
        readings.coil_centi_c = -5_000

    for spoil, fault in (
        (interlock, faults.INTERLOCK_OPEN),
        (overvoltage, faults.OVERVOLTAGE),
        (bounced, faults.GATE_TRIPPED),
        (underrun, faults.UNDERRUN),
        (veto, faults.BANK_NOT_READY),
        (unsupplied, faults.SUPPLY_LATCH),
        (untargeted, faults.TARGET_WRONG),
        (stray, faults.FIRED_WITHOUT_TRIGGER),
        (hot, faults.COIL_HOT),
        (sensor, faults.COIL_SENSOR),
    ):
        run = Run().charge().arm().fire()
        assert run.tick() == 0
        spoil(run.readings)
        assert run.tick() == fault
        assert run.state == "fault" and run.session.fault == fault
        for actuation in (gate.SUPPLY, gate.HOLD_BANK, gate.TOKEN, gate.TRIGGERS, gate.START):
            assert not run.gate.permits(actuation)


def test_the_first_fault_is_kept_and_cleared_by_its_number():
    run = Run().charge()
    run.session.trip(faults.COIL_HOT, run.now)
    run.session.trip(faults.UNDERRUN, run.now)
    assert run.session.fault == faults.COIL_HOT
    assert refusal(run.session.charge, run.readings, run.now) == faults.FAULT_STANDING
    assert refusal(run.session.clear, faults.UNDERRUN, run.readings, run.now) == faults.NOT_NOW
    run.session.clear(faults.COIL_HOT, run.readings, run.now)
    assert run.state == "safe" and not run.session.fault
    run.session.trip(faults.SOFTWARE, run.now)
    assert refusal(run.session.clear, faults.SOFTWARE, run.readings, run.now) == faults.NOT_CLEARABLE
    run.readings.key = 1  # service holds the key at the board
    run.session.clear(faults.SOFTWARE, run.readings, run.now)
    assert run.state == "safe" and not run.session.fault


def test_a_permanent_fault_is_not_lost_behind_a_clearable_one():
    run = Run().charge()
    run.session.trip(faults.ABORTED, run.now)
    run.session.trip(faults.UNDERRUN, run.now)  # clearable, as the first
    run.session.trip(faults.DUMP_FAILED, run.now)
    run.session.trip(faults.GATE_SENSE, run.now)  # the first permanent one is kept
    assert run.session.fault == faults.ABORTED and run.session.following == faults.DUMP_FAILED
    run.session.clear(faults.ABORTED, run.readings, run.now)
    assert run.state == "fault" and run.session.fault == faults.DUMP_FAILED
    assert refusal(run.session.clear, faults.DUMP_FAILED, run.readings, run.now) == faults.NOT_CLEARABLE
    run.readings.key = 1
    run.session.clear(faults.DUMP_FAILED, run.readings, run.now)
    assert run.state == "safe" and not run.session.fault and not run.session.following
    run.session.trip(faults.GATE_SENSE, run.now)
    run.session.trip(faults.DUMP_FAILED, run.now)
    assert not run.session.following


def test_whatever_has_happened_the_board_is_proven_anew():
    for fault in (faults.CHARGE_SLOW, faults.COIL_HOT, faults.ABORTED):
        run = Run().charge()
        assert run.session.proof.passed
        run.session.trip(fault, run.now)
        assert run.session.proof.passed
        run.session.clear(fault, run.readings, run.now)
        assert not run.session.proof.passed


def test_a_safety_chain_that_was_open_for_an_instant_stops_what_is_active():
    run = Run(itbs(drive=protocol.EXTERNAL)).arm()
    run.readings.safe_fell = True
    assert not run.gate.permits(gate.START)
    assert run.tick() == faults.GATE_TRIPPED


def test_a_train_that_the_stamps_cannot_follow_is_not_counted_by_them():
    assert Run(itbs(drive=protocol.EXTERNAL, width_ticks=1_250, levels=((2, 31_250, 1),))).session.counting.countable
    assert not Run(
        itbs(drive=protocol.EXTERNAL, width_ticks=1_250, levels=((2, 31_249, 1),))
    ).session.counting.countable


def test_what_cannot_be_believed_behind_an_abort_is_kept_and_told_once():
    run = Run(itbs(drive=protocol.EXTERNAL)).arm().fire()
    run.session.abort(run.now)
    assert run.tick(1_000) == 0
    run.readings.interlock = 0  # and SAFE_OK stays high
    assert [run.tick() for _ in range(4)] == [0, faults.SAFE_CHAIN, 0, 0]
    assert run.session.fault == faults.ABORTED and run.session.following == faults.SAFE_CHAIN
    run.readings.interlock = 1
    run.session.clear(faults.ABORTED, run.readings, run.now)
    assert run.state == "fault" and run.session.fault == faults.SAFE_CHAIN


def test_skip_policy_goes_on():
    run = Run(itbs(policy=protocol.SKIP)).charge().arm().fire()
    run.readings.veto = 2
    assert run.tick() == 0 and run.state == "running"


def test_a_hot_coil_does_not_charge():
    run = Run()
    run.readings.coil_centi_c = 4_100
    assert refusal(run.session.charge, run.readings, run.now) == faults.FAULT_STANDING
    assert run.session.fault == faults.COIL_HOT


def test_a_trigger_read_back_while_none_is_sent():
    run = Run(itbs(drive=protocol.EXTERNAL))
    run.readings.trig_sense = 1
    assert refusal(run.arm) == faults.FAULT_STANDING
    assert run.session.fault == faults.GATE_SENSE and run.state == "fault"


def test_silence_and_expiry():
    run = Run().charge().arm().fire()
    for _ in range(4):
        assert run.tick(beat=False) == 0
    assert run.tick(beat=False) == faults.HOST_SILENT
    run = Run().charge()
    run.now += limits.SESSION_ARM_TIMEOUT_MS
    assert run.tick() == faults.ARM_EXPIRED


def test_abort():
    run = Run().charge().arm().fire()
    run.session.abort(run.now)
    assert run.session.fault == faults.ABORTED and run.state == "fault"
    run.session.abort(run.now)
    assert run.state == "fault"
    run = Run().charge()
    run.session.abort(run.now)
    assert run.state == "safe" and not run.session.fault
    run.session.abort(run.now)
    assert run.state == "safe"


def test_gate_by_state():
    run = Run()
    assert not run.gate.permits(gate.SUPPLY)
    run.charge()
    assert run.gate.permits(gate.TOKEN) and not run.gate.permits(gate.TRIGGERS)
    run.arm()
    assert run.gate.permits(gate.START)
    run.readings.safe_ok = 0
    assert not run.gate.permits(gate.START)
    run.readings.safe_ok = 1
    run.session.protocol = None
    assert not run.gate.permits(gate.SUPPLY)


def test_a_dump_that_fails_is_told_once_and_is_permanent():
    run = Run().charge()
    run.session.abort(run.now)
    run.readings.supply_on = run.readings.target_sense_mv = 0
    for _ in range(charge.DUMP_MS // 50):
        assert run.tick() == 0
    assert run.tick() == faults.DUMP_FAILED
    assert run.state == "fault" and run.session.fault == faults.DUMP_FAILED
    assert run.tick() == 0
    run = Run().charge()
    run.session.trip(faults.INTERLOCK_OPEN, run.now)
    run.readings.supply_on = run.readings.target_sense_mv = 0
    run.now += charge.DUMP_MS
    assert run.tick() == faults.DUMP_FAILED
    assert run.session.fault == faults.INTERLOCK_OPEN


def test_journal_keeps_the_newest():
    log = journal.Journal()
    for index in range(journal.CAPACITY + 3):
        log.add(index, records.READY, 0, -index)
    assert log.total == journal.CAPACITY + 3
    into = bytearray(32)
    assert log.oldest(0) == 3 and log.oldest(7) == 7
    assert log.copy(3, into, 4, 25) == 24
    assert records.unpack(bytes(into[4:16])) == (3, records.READY, 0, -3)
    assert records.unpack(bytes(into[16:28])) == (4, records.READY, 0, -4) and into[28:] == bytes(4)
    assert log.copy(log.total, into, 0, 32) == 0


def test_a_safety_chain_that_was_open_between_two_looks_has_been_open():
    run = Run()
    run.readings.safe_fell = True
    run.tick(10)
    assert refusal(run.session.charge, run.readings, run.now) == faults.UNSAFE
    run.tick(limits.SESSION_INTERLOCK_CLOSED_MS - 10)
    run.readings.safe_fell = True  # and nobody has looked since
    assert refusal(run.session.charge, run.readings, run.now) == faults.UNSAFE
    run.tick(limits.SESSION_INTERLOCK_CLOSED_MS + 2)
    assert run.charge().state == "ready"


def test_the_safety_chain_has_been_closed_for_a_while_before_anything_is_switched_on():
    run = Run()
    run.readings.safe_ok = run.readings.interlock = 0
    run.tick()
    run.readings.safe_ok = run.readings.interlock = 1
    run.tick()  # closed, perhaps from this look on
    run.tick(limits.SESSION_INTERLOCK_CLOSED_MS)
    assert refusal(run.session.charge, run.readings, run.now) == faults.UNSAFE
    run.tick(2)
    assert run.charge().state == "ready"
