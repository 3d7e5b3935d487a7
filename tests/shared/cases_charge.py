"""The supervision of the charge: the curve, the window, the dump."""

from cases_contract import itbs, refusal
from cases_kernel import BANK_V, Run, empty, good
from contract import faults, limits, protocol
from kernel import charge

ONE_JOULE_US = 10_000  # of the charger's 100 W


def supervise(spoil, ticks, strict=True):
    """First fault of a supervisor in `ticks` ticks at the target, each spoilt."""
    watch = charge.Supervisor()
    watch.start(BANK_V, 0, 0)
    for tick in range(ticks):
        readings = good(215_000)
        spoil(readings, tick)
        fault = watch.check(readings, 50 * (tick + 1), strict)
        if fault:
            return fault
    return 0


def set_to(**values):
    def spoil(readings, tick):
        for name, value in values.items():
            setattr(readings, name, value)

    return spoil


def test_supervision_at_the_target():
    def once(readings, tick):
        if tick == 5:
            readings.bank_mv = 300_000

    def dips(readings, tick):
        if tick > 10:
            readings.bank_ok = 0

    assert supervise(set_to(), 200) == 0
    assert supervise(once, 20) == 0
    assert supervise(set_to(bank_mv=226_000), 3) == faults.BANK_OVER_TARGET
    assert supervise(set_to(supply_on=0), 3) == faults.SUPPLY_LATCH
    assert supervise(set_to(target_sense_mv=200_000), 5) == faults.TARGET_WRONG
    assert supervise(set_to(bank_ok=0, bank_mv=100_000), 60) == faults.CHARGE_SLOW
    assert supervise(dips, 40) == faults.CHARGE_STALLED
    assert supervise(dips, 40, False) == 0


def test_an_adc_that_says_less_than_bank_ok_is_not_believed():
    assert supervise(set_to(bank_mv=180_000), 3, False) == 0  # a pulse may have come in between
    assert supervise(set_to(bank_mv=180_000, bank_steady=1), 3, False) == faults.BANK_SENSE_IMPLAUSIBLE
    assert supervise(set_to(bank_mv=196_000, bank_steady=1), 3, False) == 0


def charging(factor, capacitance_uf, target_mv):
    """(fault, ticks) of a charge by a charger of `factor` times its power into a bank of that capacitance."""
    watch = charge.Supervisor()
    watch.start(target_mv, 0, 0)
    joules = 0.0
    for tick in range(200):
        readings = good((2 * joules / (capacitance_uf * 1e-6)) ** 0.5 * 1000 // 1)
        readings.bank_mv = int(readings.bank_mv)
        readings.supply_on = 1
        readings.target_sense_mv = target_mv
        readings.bank_ok = int(readings.bank_mv > 0.95 * target_mv)
        fault = watch.check(readings, 50 * tick)
        if fault or watch.settled:
            return fault, tick
        joules += factor * limits.BANK_CHARGER_W * watch.soft_token_us / 1_000_000
        joules -= (readings.bank_mv / 1000) ** 2 / limits.BANK_BLEEDER_OHM * 0.05
        if joules > capacitance_uf * 1e-6 / 2 * (target_mv / 1000) ** 2:
            joules = capacitance_uf * 1e-6 / 2 * (target_mv / 1000) ** 2
        watch.curve.token(50 * tick)
    return -1, tick


def test_the_curve_tells_what_is_wrong_before_half_the_time_at_any_target():
    for factor, capacitance_uf, expected in (
        (1.0, 100, 0),
        (1.0, 120, 0),
        (0.9, 120, 0),
        (1.1, 100, 0),
        (0.3, 100, faults.CHARGE_SLOW),
        (0.5, 100, faults.CHARGE_SLOW),
        (0.0, 100, faults.CHARGE_STALLED),
        (1.0, 70, faults.BANK_AGED),
        (1.0, 30, faults.BANK_AGED),
        (1.0, 5, faults.BANK_AGED),
    ):
        for target_mv in (60_000, 123_457, 216_000, 360_000):
            fault, ticks = charging(factor, capacitance_uf, target_mv)
            assert fault == expected, (factor, capacitance_uf, target_mv, fault)
            assert ticks < (0.5 if fault else 2) * charge.NOMINAL_CHARGE_MS / limits.SESSION_TICK_MS


def test_a_charge_takes_as_long_to_any_target():
    for capacitance_uf, most in ((100, 11), (120, 12)):
        lasted = [charging(1.0, capacitance_uf, target_mv)[1] for target_mv in range(30_000, 360_001, 30_000)]
        assert max(lasted) - min(lasted) <= 1 and max(lasted) == most


def test_energies():
    assert charge.pulse_energy_mj(216_000) == 466  # a fifth of 2.33 J
    assert charge.pulse_energy_mj(360_000) == 1_296


def test_a_bank_is_charged_up_and_never_down():
    for target_mv, low_mv in ((216_000, 59_999), (20_000, 19_000), (63_158, 59_999), (63_157, 59_999)):
        run = Run(itbs(target_mv=target_mv))
        run.readings.bank_mv = low_mv + 1
        assert refusal(run.session.charge, run.readings, run.now) == faults.BANK_CHARGED and run.state == "idle"
        run.readings.bank_mv = low_mv
        run.session.charge(run.readings, run.now)
        assert run.state == "charging"


def test_no_trigger_is_armed_while_a_bank_may_be_charged():
    external = itbs(drive=protocol.EXTERNAL)
    run = Run(external)
    run.readings.bank_mv = limits.BANK_TOUCH_SAFE_MV
    assert refusal(run.session.arm, run.readings, 77, b"nonce", run.now) == faults.BANK_CHARGED
    run.readings.bank_mv -= 1
    assert run.arm().state == "armed"
    run = Run().charge()
    run.session.abort(run.now)
    empty(run.readings)  # or so a broken divider says
    run.tick()
    run.session.load(external, 77, 600)
    assert refusal(run.session.arm, run.readings, 77, b"nonce", run.now) == faults.BANK_CHARGED
    run.tick(charge.DUMP_MS - 51)
    assert refusal(run.session.arm, run.readings, 77, b"nonce", run.now) == faults.BANK_CHARGED
    run.tick(1)
    assert run.arm().state == "armed"
    run.session.abort(run.now)
    run.tick()
    assert run.arm().state == "armed"  # no bank has been charged since


def test_a_heartbeat_counts_from_when_nothing_waited():
    run = Run().charge()
    silence_ms = limits.SESSION_SILENCE_MS - 60
    session, heard = run.session, run.now
    session.heard(heard - 200, run.now)  # older than the last one: it takes nothing back
    assert run.tick(silence_ms, beat=False) == 0
    session.heard(run.now - 100, run.now)
    assert run.tick(silence_ms - 100, beat=False) == 0
    assert run.tick(1, beat=False) == faults.HOST_SILENT


def test_a_token_counts_once_it_is_used_up():
    curve = charge.Curve()
    curve.start(0, 0, ONE_JOULE_US)
    assert curve.check(0, 50, False) == 0  # nothing was given
    curve.token(50)
    assert curve.check(0, 50 + charge.USED_UP_MS - 1, False) == 0
    assert curve.check(0, 50 + charge.USED_UP_MS, False) == faults.CHARGE_STALLED
    curve.token(100)
    assert curve.check(141_000, 105, False) == 0  # the first alone


def near(start_mv=0):
    """The curve of a bank that has got one token, of 1 J."""
    curve = charge.Curve()
    curve.start(start_mv, 0, ONE_JOULE_US)
    curve.token(0)
    return curve


def test_near_its_target_a_bank_that_gains_more_than_it_was_given_is_aged_and_no_other_fault_is_told():
    for far_mv, bank_mv, fault in (
        (0, 0, 0),
        (0, 100_000, 0),
        (0, 360_000, faults.BANK_AGED),
        (160_000, 1, faults.BANK_AGED),
    ):
        curve = near()
        if far_mv:
            assert curve.check(far_mv, charge.USED_UP_MS, False) == fault
        for tick in range(2):
            assert curve.check(bank_mv, 50, True) == fault, bank_mv
            curve.token(tick)  # cut short: it does not count
        assert curve.check(bank_mv, 50, True) == 0


def test_the_first_look_near_the_target_decides():
    curve = near()
    assert curve.check(100_000, 0, True) == curve.check(360_000, 0, True) == 0
    assert near(20_000).check(159_900, 0, True) == 0  # 1,250 permille, half a volt more
    assert near(20_000).check(160_000, 0, True) == faults.BANK_AGED
