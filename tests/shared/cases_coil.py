"""The coil's temperature: measured, modelled, and a sensor that is not on the coil; the bank's thermostat."""

from cases_contract import refusal
from cases_kernel import Run, good, itbs
from contract import faults, limits, protocol
from kernel.coil import CoilWatch

EACH_MJ = 1_000


def heated(pulses, seconds=0, rest_centi_c=2_200):
    """(watch, readings) after so many pulses of EACH_MJ in the coil, and so many seconds more."""
    watch, readings = CoilWatch(), good()
    readings.coil_centi_c = rest_centi_c
    watch.load(EACH_MJ * 1000 // limits.COIL_HEAT_PERMILLE_OF_LOSS + 1)
    watch.follow(readings, 0)
    readings.triggered = pulses
    watch.follow(readings, 0)
    for tick in range(seconds * 4):
        watch.follow(readings, 250 * tick + 250)
    return watch, readings


def test_the_model_heats_with_the_pulses_and_cools_with_time():
    watch, _ = heated(600)
    assert watch.model_centi_c == 2_200 + 600 * 100 // limits.COIL_HEAT_CAPACITY_J_PER_K
    watch, _ = heated(600, limits.COIL_TIME_CONSTANT_S)
    assert 360 <= watch.model_centi_c - 2_200 <= 376  # 1/e of 1,000
    watch, readings = heated(600)
    readings.triggered = 5  # counted anew
    watch.follow(readings, 0)
    assert watch.model_centi_c == 2_200 + 605 * 100 // limits.COIL_HEAT_CAPACITY_J_PER_K


def test_the_model_starts_from_the_coldest_reading_that_a_room_has():
    watch, readings = heated(0, rest_centi_c=-2_000)
    assert watch.model_centi_c == limits.COIL_REST_MIN_C * 100
    watch, readings = heated(0, rest_centi_c=3_000)
    readings.coil_centi_c = 2_500
    watch.follow(readings, 0)
    assert watch.model_centi_c == 2_500


def test_the_hotter_of_the_two_counts():
    watch, readings = heated(0)
    for centi_c, warm, fault in (
        (limits.COIL_WARN_C * 100 - 1, False, 0),
        (limits.COIL_WARN_C * 100, True, 0),
        (limits.COIL_STOP_C * 100 - 1, True, 0),
        (limits.COIL_STOP_C * 100, True, faults.COIL_HOT),
        (14_999, True, faults.COIL_HOT),
        (15_000, True, faults.COIL_SENSOR),
        (-2_999, False, 0),
        (-3_000, False, faults.COIL_SENSOR),
    ):
        readings.coil_centi_c = centi_c
        assert (watch.warm(readings, limits.COIL_STOP_C), watch.check(readings, limits.COIL_STOP_C)) == (warm, fault)
    readings.coil_centi_c = 2_700
    assert watch.warm(readings, 30) and watch.check(readings, 27) == faults.COIL_HOT
    watch, readings = heated(18 * limits.COIL_HEAT_CAPACITY_J_PER_K)
    readings.coil_centi_c = 3_000  # it lags behind, and follows
    assert watch.warm(readings, limits.COIL_STOP_C) and watch.check(readings, limits.COIL_STOP_C) == faults.COIL_HOT


def test_a_sensor_that_does_not_follow():
    pulses = limits.COIL_FOLLOW_K * limits.COIL_HEAT_CAPACITY_J_PER_K
    watch, readings = heated(pulses - 1)
    assert watch.check(readings, limits.COIL_STOP_C) == 0
    watch, readings = heated(pulses)
    assert watch.check(readings, limits.COIL_STOP_C) == faults.COIL_SENSOR_STUCK
    readings.coil_centi_c += limits.COIL_FOLLOW_K * 25
    assert watch.check(readings, limits.COIL_STOP_C) == 0


def test_only_the_bank_heats_the_coil():
    run = Run(itbs(drive=protocol.EXTERNAL))
    run.session.pulses = 10_000
    run.arm().fire()
    run.readings.triggered = 10_000
    run.readings.coil_centi_c, run.readings.bank_cool = 9_000, 0
    assert run.tick() == 0 and run.session.pulse_mj() == 0
    run = Run()
    run.session.pulses = 3_000
    run.charge().arm().fire()
    run.readings.triggered = run.readings.fired = 3_000
    assert run.tick() == faults.COIL_SENSOR_STUCK and run.session.pulse_mj() > 0


def test_a_hot_bank():
    run = Run()
    run.readings.bank_cool = 0
    assert refusal(run.session.charge, run.readings, run.now) == faults.FAULT_STANDING
    assert run.session.fault == faults.BANK_HOT
    run = Run().charge().arm().fire()
    run.readings.bank_cool = 0
    assert run.tick() == faults.BANK_HOT


def test_warm_without_a_protocol():
    run = Run()
    run.session.unload()
    run.readings.coil_centi_c = limits.COIL_WARN_C * 100
    assert run.session.coil_warm(run.readings)
    run = Run(itbs(coil_stop_c=30))
    run.readings.coil_centi_c = 2_700
    assert run.session.coil_warm(run.readings)
