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
        told.append(watch.check(readings, True))
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
        run.readings.triggered, run.readings.fired, run.readings.done = 3, 2, 1
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
    run.readings.done = 1
    run.tick()
    run.readings.done = run.readings.triggered = 0
    run.readings.bank_mv = run.readings.supply_on = run.readings.target_sense_mv = run.readings.bank_ok = 0
    run.tick()
    run.charge()
    assert run.session.readback.missed == 0
