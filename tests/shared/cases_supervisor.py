"""The charge supervisor at each of its bounds, by the numbers: one below, one above, the instant before and after."""

from math import exp

from contract import faults
from kernel import charge
from kernel.readings import Readings

TARGET = 123_457  # no bound of it is a whole permille
BAND, OVER, SAGGED, LOW, NEAR, LOST, FAR = 5_469, 130_160, 108_112, 114_284, 104_938, 98_765, 12_000
ALLOWED_MS = 2 * 507
STALLED, SLOW, AGED = faults.CHARGE_STALLED, faults.CHARGE_SLOW, faults.BANK_AGED


def sound(**changed):
    """Readings of a bank at its target."""
    readings = Readings()
    readings.bank_mv = readings.target_sense_mv = TARGET
    readings.supply_on = readings.bank_ok = 1
    for name, value in changed.items():
        setattr(readings, name, value)
    return readings


def watching(bank_mv=0):
    watch = charge.Supervisor()
    watch.start(TARGET, bank_mv, 1_000)
    return watch


def twice(elapsed_ms, **changed):
    """What a supervisor says when it sees the same thing twice, so long after the start."""
    watch = watching()
    readings = sound(**changed)
    assert watch.check(readings, 1_000 + elapsed_ms) == 0
    return watch.check(readings, 1_000 + elapsed_ms)


def test_the_target():
    for sign in (1, -1):
        assert twice(101, target_sense_mv=TARGET + sign * BAND) == 0
        assert twice(101, target_sense_mv=TARGET + sign * (BAND + 1)) == faults.TARGET_WRONG
        assert twice(100, target_sense_mv=TARGET + sign * (BAND + 1)) == 0
        assert watching().cause(sound(target_sense_mv=TARGET + sign * BAND)) == 0
        assert watching().cause(sound(target_sense_mv=TARGET + sign * (BAND + 1))) == faults.TARGET_WRONG
    assert twice(99, target_sense_mv=0) == twice(0, target_sense_mv=0) == 0
    for far_mv, expected in (
        (FAR, 0),
        (FAR + 1, faults.TARGET_WRONG),
        (TARGET, faults.TARGET_WRONG),
    ):
        for sign in (1, -1):
            far = sound(target_sense_mv=TARGET + sign * far_mv)
            assert watching().check(far, 1_101) == watching().check(far, 100_000) == expected  # at first sight
            far.adc_jump = 16
            assert watching().check(far, 1_101) == expected
            far.adc_jump = 17
            assert watching().check(far, 1_101) == 0  # a look that is noisy in itself
    for other in (
        {"supply_on": 0},
        {"bank_mv": OVER + 1},
    ):  # far while it settles, it hastens nothing
        assert watching().check(sound(target_sense_mv=0, **other), 1_050) == 0
    assert watching().cause(sound(supply_on=0)) == faults.SUPPLY_LATCH
    assert watching().cause(sound(bank_mv=OVER)) == 0
    assert watching().cause(sound(bank_mv=OVER + 1)) == faults.BANK_OVER_TARGET


def test_the_bank_above_and_far_below():
    for elapsed_ms in (0, 10_000):
        assert twice(elapsed_ms, bank_mv=OVER) == 0
        assert twice(elapsed_ms, bank_mv=OVER + 1) == faults.BANK_OVER_TARGET
    assert twice(50, bank_mv=SAGGED, bank_steady=1) == 0
    assert twice(50, bank_mv=SAGGED - 1, bank_steady=1) == faults.BANK_SENSE_IMPLAUSIBLE
    assert twice(50, bank_mv=SAGGED - 1) == twice(50, bank_mv=0) == 0


def test_the_supply():
    assert twice(20, supply_on=0) == twice(19, supply_on=0) == 0
    assert twice(21, supply_on=0) == twice(5_000, supply_on=0) == faults.SUPPLY_LATCH


def test_two_different_suspicions_are_none():
    for first, second in ((sound(bank_mv=OVER + 1), sound(supply_on=0)), (sound(supply_on=0), sound(bank_mv=OVER + 1))):
        watch = watching()
        assert watch.check(first, 2_000) == watch.check(second, 2_050) == watch.check(first, 2_100) == 0
        assert watch.check(sound(), 2_150) == watch.check(first, 2_200) == 0
        assert watch.check(first, 2_250) != 0


def test_near_the_target_the_curve_is_not_asked():
    for bank_mv, expected in (
        (NEAR - 1, STALLED),
        (NEAR, 0),
        (NEAR + 1, 0),
        (100_000, STALLED),
    ):
        watch = watching(122_000)
        watch.curve.token(1_000)
        readings = sound(bank_mv=bank_mv, bank_ok=0)
        assert watch.check(readings, 1_030) == 0
        assert watch.check(readings, 1_030) == expected, bank_mv


def ticks_to_settle(watch, now_ms):
    ticks = 0
    while not watch.settled:
        assert watch.check(sound(), now_ms + 50 * ticks) == 0
        ticks += 1
    return ticks


def test_settled_is_four_ticks_in_the_window_running():
    assert ticks_to_settle(watching(), 1_050) == 4
    for odd in (sound(bank_mv=LOW - 1), sound(bank_ok=0), sound(bank_ok=0, bank_mv=0)):
        watch = watching()
        for tick in range(3):
            assert watch.check(sound(), 1_050 + 50 * tick) == 0
        assert watch.check(odd, 1_200) == 0 and not watch.settled
        assert ticks_to_settle(watch, 1_250) == 4
    watch = watching()
    for tick in range(4):
        assert watch.check(sound(bank_mv=LOW), 1_050 + 50 * tick) == 0
    assert watch.settled
    watch.start(TARGET, 0, 5_000)
    assert not watch.settled and ticks_to_settle(watch, 5_050) == 4


def test_a_start_forgets_what_was_suspected():
    watch = watching()
    assert watch.check(sound(bank_mv=OVER + 1), 1_050) == 0
    watch.start(TARGET, 0, 1_100)
    assert watch.check(sound(bank_mv=OVER + 1), 1_150) == 0
    assert watch.check(sound(bank_mv=OVER + 1), 1_200) == faults.BANK_OVER_TARGET


def test_the_time_that_a_charge_may_take():
    for elapsed_ms, expected in ((ALLOWED_MS, 0), (ALLOWED_MS + 1, SLOW), (9_000, SLOW)):
        assert watching().check(sound(bank_ok=0), 1_000 + elapsed_ms) == expected


def test_the_time_out_of_the_window():
    for after_ms, strict, expected in (
        (1, True, 0), (499, True, 0), (500, True, 0), (501, True, STALLED), (501, False, 0), (9_000, False, 0),
    ):  # fmt: skip
        watch = watching()
        ticks_to_settle(watch, 1_050)
        assert watch.check(sound(bank_ok=0), 1_200 + after_ms, strict) == expected, after_ms
    for bank_mv, after_ms, expected in ((LOST - 1, 500, 0), (LOST - 1, 501, STALLED), (LOST, 9_000, 0)):
        watch = watching()
        ticks_to_settle(watch, 1_050)
        assert watch.check(sound(bank_ok=0, bank_mv=bank_mv), 1_200 + after_ms, False) == expected, (bank_mv, after_ms)
    assert watch.check(sound(bank_ok=0, bank_mv=LOST - 1), 10_700, False) == 0
    assert watch.check(sound(bank_ok=0, bank_mv=LOST - 1), 10_701, False) == STALLED
    watch = watching()
    ticks_to_settle(watch, 1_050)
    assert watch.check(sound(bank_ok=0), 1_701) == STALLED
    assert watch.settled


def test_times_count_from_when_the_target_has_been_set():
    watch = watching()
    watch.switched(1_300)
    assert watch.check(sound(target_sense_mv=0), 1_400) == 0
    assert watch.check(sound(target_sense_mv=0), 1_401) == faults.TARGET_WRONG


def test_a_supervisor_begins_with_nothing():
    watch = charge.Supervisor()
    assert watch.target_mv == 0 and not watch.settled
    assert watching().target_mv == TARGET


def test_nothing_is_kept_as_a_float():
    """An allocation each, while the heap may be locked."""
    watch = watching(50_000)
    watch.curve.token(1_000)
    watch.check(sound(bank_mv=100_000), 1_050)
    for part in (watch, watch.curve):
        assert not [value for value in part.__dict__.values() if isinstance(value, float)]


def verdicts(tokens, now_ms, start_mv=0, token_us=10_000):
    """[(from this voltage on, verdict)] after so many tokens 50 ms apart."""
    found = []
    for bank_mv in range(0, 400_100, 100):
        curve = charge.Curve()
        curve.start(start_mv, 0, token_us)
        for index in range(tokens):
            curve.token(50 * index)
        fault = curve.check(bank_mv, now_ms, False)
        if not found or found[-1][1] != fault:
            found.append((bank_mv, fault))
    return found


def test_the_curve_by_the_numbers():
    """Joules: 10 ms give 1, 100 uF hold V^2 / 20,000, the bleeder takes V^2 / 18,000 a second; 0.5 V is nothing."""
    assert verdicts(10, 500) == [(0, STALLED), (113_200, SLOW), (289_000, 0)]
    assert verdicts(11, 500) == [(0, STALLED), (113_200, SLOW), (289_000, 0)]  # the last is not used up yet
    assert verdicts(11, 500, 100_000) == [(0, STALLED), (138_900, SLOW), (300_000, 0)]
    assert verdicts(12, 524, 0) == [(0, STALLED), (123_000, SLOW), (314_000, 0)]
    assert verdicts(2, 50) == [(0, STALLED), (43_100, SLOW), (110_600, 0), (154_500, AGED)]
    assert verdicts(6, 300) == [(0, STALLED), (94_700, SLOW), (241_700, 0), (336_000, AGED)]
    assert verdicts(3, 150, 0, 225) == [(0, STALLED), (10_400, SLOW), (27_000, 0), (38_600, AGED)]
    assert verdicts(3, 150, 0, 30) == [(0, STALLED), (3_600, SLOW), (9_700, 0), (14_400, AGED)]
    assert charge.USED_UP_MS == 25


def test_the_curve_takes_the_bleeder_from_tick_to_tick():
    curve = charge.Curve()
    curve.start(200_000, 1_000, 10_000)
    curve.token(1_000)
    for elapsed_ms in range(30, 530, 50):  # 2 J and a token, falling through the bleeder with 1.8 s
        bank_mv = int(244_949 * exp(-elapsed_ms / 1_800))
        assert curve.check(bank_mv, 1_000 + elapsed_ms, False) == 0, elapsed_ms
    curve.start(200_000, 3_000, 10_000)
    assert curve.check(0, 9_000, False) == 0  # nothing was given since


def test_energies_by_the_numbers():
    figures = [(mv, charge.soft_token_us(mv), charge.pulse_energy_mj(mv)) for mv in (20_000, TARGET, 216_000, 360_000)]
    assert figures == [(20_000, 30, 4), (TARGET, 1_169, 152), (216_000, 3_600, 466), (360_000, 10_000, 1_296)]
    assert sum(charge.soft_token_us(mv) for mv in range(20_000, 360_001, 100)) == 11_984_662
    assert charge.NOMINAL_CHARGE_MS == 507 and charge.ALLOWED_MS == ALLOWED_MS
    assert not [each for figure in figures for each in figure if isinstance(each, float)]


def test_what_is_left_of_the_time_of_the_dump():
    watch = charge.DumpWatch()
    assert watch.left_ms(7) == 0
    watch.start(0)
    assert [watch.left_ms(ms) for ms in (0, 400, 1_000, 5_000)] == [1_000, 600, 0, 0]
    watch.check(0, 1_001)
    assert watch.left_ms(2) == 0


def test_the_dump_by_the_numbers():
    assert charge.DumpWatch().check(400_000, 10_000) == 0
    for now_ms, bank_mv, expected in (
        (1_000, 60_000, 0), (1_001, 60_000, faults.DUMP_FAILED), (1_001, 59_999, 0), (1_000, 400_000, 0), (5_000, 0, 0),
    ):  # fmt: skip
        watch = charge.DumpWatch()
        watch.start(0)
        assert watch.check(400_000, 1) == 0
        assert watch.check(bank_mv, now_ms) == expected, (now_ms, bank_mv)
        told = bool(expected) or bank_mv < 60_000
        assert watch.check(400_000, 6_000) == (0 if told else faults.DUMP_FAILED)
        assert watch.check(400_000, 7_000) == 0
