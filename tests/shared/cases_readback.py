"""What comes back of triggers: read-back behind the gate, coil currents."""

from cases_contract import itbs
from cases_kernel import Run
from contract import faults, protocol
from kernel.readback import ReadbackWatch
from kernel.readings import Readings


def seen(*looks):
    """(faults, triggers missed) of looks at (triggered, fired)."""
    watch, readings, told = ReadbackWatch(), Readings(), []
    for readings.triggered, readings.fired in looks:
        told.append(watch.check(readings, True, False))
    return told, watch.missed


def test_a_current_may_be_on_its_way_and_has_come_by_the_next_look():
    assert seen((0, 0), (3, 2), (3, 3), (6, 5), (6, 6)) == ([0] * 5, 0)
    assert seen((3, 2), (3, 2)) == ([0, 0], 1)
    assert seen((3, 0), (6, 1), (6, 3)) == ([0, 0, 0], 3)


def test_a_current_without_a_trigger_is_not_hidden_by_one_that_was_missed():
    stray = faults.FIRED_WITHOUT_TRIGGER
    assert seen((0, 1)) == ([stray], 0)
    assert seen((3, 2), (3, 2), (3, 3)) == ([0, 0, stray], 1)
    assert seen((3, 2), (6, 5), (6, 5), (9, 9)) == ([0, 0, 0, stray], 1)


def trains(policy, drive=protocol.BANK):
    run = Run(itbs(policy=policy, drive=drive))
    if drive == protocol.BANK:
        run.charge()
    return run.arm().fire()


def test_the_first_misfire_ends_a_train_unless_its_policy_is_to_go_on():
    for policy, drive, fault in (
        (protocol.ABORT, protocol.BANK, faults.MISFIRE),
        (protocol.SKIP, protocol.BANK, 0),
        (protocol.ABORT, protocol.EXTERNAL, 0),  # nobody tells of its currents
    ):
        run = trains(policy, drive)
        run.readings.triggered = 1
        assert run.tick() == 0
        assert run.tick() == fault and run.session.fault == fault
        assert run.session.readback.missed == (drive == protocol.BANK)


def test_the_last_pulse_counts_as_well():
    for policy, fault in ((protocol.ABORT, faults.MISFIRE), (protocol.SKIP, 0)):
        run = trains(policy)
        run.readings.triggered, run.readings.fired, run.readings.done = 600, 599, 1
        assert run.tick() == fault and run.session.readback.missed == 1


def test_a_current_without_a_trigger_ends_every_train_of_the_bank():
    for policy, drive, fault in (
        (protocol.SKIP, protocol.BANK, faults.FIRED_WITHOUT_TRIGGER),
        (protocol.SKIP, protocol.EXTERNAL, 0),
    ):
        run = trains(policy, drive)
        run.readings.triggered, run.readings.fired = 1, 0
        assert run.tick() == 0 and run.tick() == 0
        run.readings.fired = 1
        assert run.tick() == fault


def test_a_trigger_that_is_read_back_for_longer_than_a_pulse_lasts():
    for drive in (protocol.BANK, protocol.EXTERNAL):
        run = trains(protocol.SKIP, drive)
        run.readings.triggered = run.readings.fired = run.readings.trig_sense = 1
        assert run.tick() == 0
        run.readings.triggered = run.readings.fired = 2  # another pulse, in phase with the ticks
        assert run.tick() == 0
        assert run.tick() == faults.GATE_SENSE


def test_a_current_that_does_not_end():
    run = trains(protocol.ABORT)
    run.readings.triggered = run.readings.fired = run.readings.fired_sense = 1
    assert run.tick() == 0
    run.readings.triggered = 4  # they have none of their own
    assert run.tick() == faults.FIRED_SENSE
    run = trains(protocol.ABORT, protocol.EXTERNAL)
    run.readings.fired_sense = 1  # whatever a pin says that nothing is wired to
    assert run.tick() == run.tick() == 0


def test_a_trigger_that_nobody_has_sent():
    run = Run().charge().arm()
    run.readings.triggered = 1
    assert run.tick() == faults.GATE_SENSE
    run = Run(itbs(drive=protocol.EXTERNAL)).arm()
    run.readings.triggered = 1
    assert run.tick() == faults.GATE_SENSE


def test_each_train_is_counted_anew():
    run = trains(protocol.SKIP)
    run.readings.triggered = 1
    run.tick()
    run.tick()
    run.readings.triggered, run.readings.done = 600, 1
    run.tick()
    run.readings.bank_mv = run.readings.supply_on = run.readings.target_sense_mv = run.readings.bank_ok = 0
    run.tick()
    run.charge()
    assert run.session.readback.missed == 0


def test_a_train_with_other_than_its_pulses_is_not_believed():
    for drive in (protocol.BANK, protocol.EXTERNAL):
        for triggered, veto, fault in (
            (599, 0, faults.GATE_SENSE),
            (600, 0, 0),
            (601, 0, faults.GATE_SENSE),
            (599, 1, 0),
        ):
            run = trains(protocol.SKIP, drive)
            run.readings.triggered = run.readings.fired = triggered
            run.readings.veto, run.readings.done = veto, 1
            assert run.tick() == fault
    for made in (
        itbs(drive=protocol.EXTERNAL, channels=2),  # nobody reads it back
        itbs(drive=protocol.EXTERNAL, width_ticks=1_250, levels=((2, 31_249, 1),)),  # nor as fast as this
    ):
        run = Run(made).arm().fire()
        run.readings.windows = run.readings.done = 1
        assert run.tick() == 0 and run.state == "done"


def test_a_pulse_that_does_not_come_back_is_missed_at_once():
    for drive in (protocol.BANK, protocol.EXTERNAL):
        run = trains(protocol.SKIP, drive)
        run.readings.triggered = run.readings.fired = run.readings.windows = 3
        assert run.tick() == 0
        run.readings.windows = 4  # a trip may have ended it
        assert run.tick() == 0
        assert run.tick() == faults.GATE_SENSE
    run = Run(itbs(drive=protocol.EXTERNAL, levels=((2, 270_000, 1),))).arm().fire()  # windows that may be one
    run.readings.windows = 1
    assert run.tick() == run.tick() == 0


def test_a_current_without_a_trigger_is_told_at_rest_as_well_and_once():
    stray = faults.FIRED_WITHOUT_TRIGGER
    run = Run().charge().arm().fire()
    run.end()
    assert run.state == "done" and run.tick() == 0
    run.readings.fired += 1
    assert run.tick() == stray and run.state == "fault" and run.tick() == 0
    run.readings.key = 1
    run.session.clear(stray, run.readings, run.now)
    assert run.tick() == 0 and run.session.fault == 0
    run = Run(itbs(drive=protocol.EXTERNAL))
    run.readings.fired = 1
    assert run.tick() == 0
    run.readings.trig_sense = 1
    assert [run.tick(), run.tick(), run.tick()] == [0, faults.GATE_SENSE, 0]


def test_a_current_behind_an_abort_stands_after_it():
    run = Run().charge().arm().fire()
    run.session.abort(run.now)
    run.readings.fired = 1
    assert run.tick() == faults.FIRED_WITHOUT_TRIGGER and run.session.fault == faults.ABORTED
    run.session.clear(faults.ABORTED, run.readings, run.now)
    assert run.session.fault == faults.FIRED_WITHOUT_TRIGGER
