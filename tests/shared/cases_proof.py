"""The proof at 50 V: each thing that can be wrong with charger, bleeder, dump and bank has its own fault."""

import math

from cases_kernel import Run, empty, good, itbs, refusal
from contract import faults, limits, messages, protocol
from kernel import charge, gate, proof

TICK_MS = 50


class Bank:
    """A bank under proof, in closed form."""

    def __init__(self, capacitance_uf=100, bleeder_ohm=18_000, dump_ohm=2_000, dump_works=True, dump_stuck=False):
        self.farad = capacitance_uf * 1e-6
        self.bleeder, self.dump = bleeder_ohm, dump_ohm
        self.dump_works, self.dump_stuck = dump_works, dump_stuck
        self.volts = 0.0
        self.gain_v = 0.0

    def pass_time(self, ms, dumping):
        siemens = 1 / self.bleeder
        if (dumping and self.dump_works) or self.dump_stuck:
            siemens += 1 / self.dump
        self.volts = self.volts * math.exp(-ms / 1000 * siemens / self.farad) + self.gain_v


def prove(bank, charged_v=50.0, spoil=lambda readings, step: None, passes=True):
    """(fault, Proof) of a proof on a bank."""
    proving, now = proof.Proof(), 1_000
    proving.start(now, 0)
    assert proving.check(good(), now) == 0
    assert proving.gate_seen(passes, False, now) == (0 if passes else faults.GATE_SENSE)
    readings = good()
    for _ in range(60):
        now += TICK_MS
        step = proving.step
        bank.pass_time(TICK_MS, step == proof.DUMP)
        readings.bank_mv = int(bank.volts * 1000)
        readings.supply_on, readings.target_sense_mv = 1, proof.PROOF_MV
        readings.target_below, readings.bank_ok = int(bank.volts < 49), int(47 < bank.volts < 52)
        spoil(readings, step)
        fault = proving.check(readings, now)
        if fault or proving.passed:
            return fault, proving
        if proving.step == proof.CHARGE and step == proof.SETTLE:
            bank.volts = charged_v
    raise AssertionError("the proof never ends")


def test_a_sound_bank_passes_and_is_measured():
    for capacitance_uf in (90, 100, 120):
        fault, proving = prove(Bank(capacitance_uf))
        assert fault == 0 and proving.passed and proving.step == proof.PASSED
        assert abs(proving.capacitance_nf - capacitance_uf * 1000) < capacitance_uf * 50


def test_what_is_wrong_is_told_by_its_own_fault():
    rising = Bank()
    rising.gain_v = 3.0
    for bank, charged_v, expected in (
        (Bank(bleeder_ohm=10_000_000), 50, faults.BLEEDER_OPEN),
        (Bank(dump_works=False), 50, faults.DUMP_FAILED),
        (Bank(dump_stuck=True), 50, faults.BANK_LEAKS),
        (Bank(bleeder_ohm=5_000), 50, faults.BANK_LEAKS),
        (Bank(120, bleeder_ohm=7_000), 50, faults.BANK_LEAKS),
        (Bank(bleeder_ohm=600), 50, faults.BANK_LEAKS),
        (Bank(79), 50, faults.BANK_AGED),
        (Bank(50), 50, faults.BANK_AGED),
        (Bank(15), 50, faults.BANK_AGED),
        (Bank(5), 50, faults.BANK_LEAKS),  # nothing is left for the second way to tell them apart
        (Bank(), 40, faults.CHARGE_SLOW),
        (Bank(), 5, faults.CHARGE_STALLED),
        (Bank(), 60, faults.BANK_OVER_TARGET),
        (rising, 50, faults.CHARGER_STUCK),
    ):
        fault, proving = prove(bank, charged_v)
        assert fault == expected, (expected, fault)
        assert not proving.passed


def test_comparators_latch_and_target_are_looked_at_with_an_empty_bank():
    for name, value, expected in (
        ("target_below", 0, faults.COMPARATOR_WRONG),
        ("bank_ok", 1, faults.COMPARATOR_WRONG),
        ("supply_on", 0, faults.SUPPLY_LATCH),
        ("target_sense_mv", 0, faults.TARGET_WRONG),
    ):

        def spoil(readings, step, name=name, value=value):
            setattr(readings, name, value)

        assert prove(Bank(), spoil=spoil)[0] == expected
    assert prove(Bank(), 60, lambda readings, step: setattr(readings, "target_below", 1))[0] == faults.COMPARATOR_WRONG


def test_the_gate_is_proven_first():
    proving = proof.Proof()
    proving.start(0, 0)
    assert proving.gate_seen(False, False, 0) == faults.GATE_SENSE and proving.step == proof.GATE
    assert proving.gate_seen(True, True, 0) == faults.FIRED_SENSE
    assert proving.check(good(), 5_000) == 0 and proving.check(good(), 5_001) == faults.DUMP_FAILED


def test_a_session_proves_once():
    run = Run()
    run.session.proof.passed = False
    run.session.charge(run.readings, run.now)
    assert run.state == "proving" and run.session.target_mv() == proof.PROOF_MV
    assert run.gate.permits(gate.TEST) and run.gate.permits(gate.TOKEN) and not run.gate.permits(gate.TRIGGERS)
    run.readings.bank_mv = proof.EMPTY_MV + 1
    assert not run.gate.permits(gate.TEST)
    run.readings.bank_mv = 0
    run.session.gate_proven(True, False, run.now)
    assert run.tick() == 0 and run.state == "proving"
    run.session.proof.passed = True
    assert run.tick(0) == 0 and run.state == "charging" and run.session.target_mv() == 216_000
    run.session.abort(run.now)
    empty(run.readings)
    run.tick()
    run.session.charge(run.readings, run.now)
    assert run.state == "charging"


def test_a_proof_is_believed_for_ten_minutes():
    run = Run()
    run.session.proof.start(run.now, 0)
    run.session.proof.passed = True
    for passed_ms, proven in ((599_999, True), (1, True), (1, False), (50, False)):
        run.tick(passed_ms)
        assert run.session.proof.passed == proven
    run.session.charge(run.readings, run.now)
    assert run.state == "proving"


def test_a_gate_that_fails_is_a_fault():
    run = Run()
    run.session.proof.passed = False
    run.session.charge(run.readings, run.now)
    run.session.gate_proven(False, False, run.now)
    assert run.session.fault == faults.GATE_SENSE and run.session.state == messages.FAULT


def test_the_proof_is_supervised_as_all_else():
    run = Run()
    run.session.proof.passed = False
    run.session.charge(run.readings, run.now)
    run.readings.coil_centi_c = 4_100
    assert run.tick() == faults.COIL_HOT
    run = Run(itbs(drive=protocol.EXTERNAL))
    run.session.proof.passed = False
    assert run.arm().state == "armed"
    assert refusal(run.session.charge, run.readings, run.now) == faults.NOT_NOW


def test_capacitance_of_what_does_not_fall_and_of_what_falls_to_nothing():
    assert proof.capacitance_nf(50_000, 50_000, 100, 2_000) == proof.capacitance_nf(0, 0, 100, 2_000) == 10**9
    assert proof.capacitance_nf(50_000, 0, 100, 2_000) == 0
    assert abs(proof.capacitance_nf(50_000, 18_394, 200, 2_000) - 100_000) < 20
    assert limits.BANK_AGED_PERMILLE < 1_000


def test_the_dump_has_its_time_before_the_gate_is_tried():
    for rested_ms, step in ((0, proof.EMPTY), (400, proof.EMPTY), (1_050, proof.GATE)):
        run = Run().charge()
        run.session.abort(run.now)
        empty(run.readings)
        began = run.now
        while run.now < began + max(50, rested_ms):
            assert run.tick() == 0
        run.session.proof.passed = False
        run.session.charge(run.readings, run.now)
        assert run.session.proof.step == step
        if step == proof.EMPTY:
            run.tick(began + charge.DUMP_MS - 1 - run.now)
            assert run.session.proof.step == proof.EMPTY and not run.gate.permits(gate.TEST)
            run.tick(1)
        assert run.session.proof.step == proof.GATE and run.gate.permits(gate.TEST)
