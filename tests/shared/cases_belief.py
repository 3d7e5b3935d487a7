"""What the board is told is believed only while it is plausible: the converter, the lines."""

from cases_kernel import BANK_V, Run, good
from contract import faults
from kernel.converter import FROZEN_AT_REST_TICKS, FROZEN_TICKS, JUMP_COUNTS, STILL_FROM_MV, STILL_TICKS, ConverterWatch
from kernel.lines import LinesWatch


def test_a_frozen_converter_is_found_and_a_short_stillness_is_not():
    for active, ticks in ((True, FROZEN_TICKS), (False, FROZEN_AT_REST_TICKS)):
        watch, readings = ConverterWatch(), good()
        for _ in range(3):
            readings.adc_same = True
            for _ in range(ticks - 1):
                assert watch.check(readings, active) == 0
            readings.adc_same = False
            assert watch.check(readings, active) == 0
        readings.adc_same = True
        assert [watch.check(readings, active) for _ in range(ticks)][-1] == faults.ADC_FROZEN


def test_a_held_bank_that_stands_still_is_not_believed():
    def looked(active=True, bank_mv=STILL_FROM_MV):
        readings = good(bank_mv)
        readings.bank_same = True
        return [watch.check(readings, active) for _ in range(STILL_TICKS)][-1]

    watch, moves = ConverterWatch(), good(STILL_FROM_MV)
    assert looked(active=False) == looked(bank_mv=STILL_FROM_MV - 1) == 0
    for _ in range(3):
        moves.bank_same = True
        for _ in range(STILL_TICKS - 1):
            assert watch.check(moves, True) == 0
        moves.bank_same = False
        assert watch.check(moves, True) == 0
    assert looked() == faults.ADC_FROZEN


def test_a_noisy_converter_is_found_and_a_jump_is_not():
    watch, readings = ConverterWatch(), good()
    for _ in range(10):
        readings.adc_jump = JUMP_COUNTS + 1
        assert watch.check(readings, True) == 0
        readings.adc_jump = JUMP_COUNTS
        assert watch.check(readings, True) == watch.check(readings, True) == 0
    readings.adc_jump = JUMP_COUNTS + 1
    assert [watch.check(readings, True) for _ in range(3)] == [0, 0, faults.ADC_NOISY]


def look(target_mv, settled=True, bank_mv=0, **values):
    """The fault of lines that stay so."""
    watch, readings = LinesWatch(), good(bank_mv)
    if not bank_mv:
        readings.supply_on = readings.target_sense_mv = 0
    for name, value in values.items():
        setattr(readings, name, value)
    watch.changed(0)
    now = 1_000 if settled else 100
    assert watch.check(readings, target_mv, now) == 0  # once is nothing
    return watch.check(readings, target_mv, now)


def test_lines_at_rest():
    assert look(0) == 0
    assert look(0, supply_on=1) == faults.SUPPLY_LATCH
    assert look(0, target_sense_mv=9_000) == faults.TARGET_WRONG
    assert look(0, settled=False, supply_on=1) == 0
    assert look(0, interlock=0) == look(None, interlock=0) == faults.SAFE_CHAIN
    assert look(None, supply_on=1) == 0
    assert look(0, settled=False, bank_mv=400_001) == faults.BANK_SENSE_IMPLAUSIBLE


def test_comparators_against_the_converter():
    assert look(BANK_V, bank_mv=215_000) == 0
    assert look(BANK_V, bank_mv=150_000, target_below=1) == 0
    assert look(BANK_V, bank_mv=150_000, target_below=1, bank_ok=1) == faults.COMPARATOR_WRONG
    assert look(BANK_V, bank_mv=150_000, target_below=0) == faults.COMPARATOR_WRONG
    assert look(BANK_V, bank_mv=240_000, target_below=1) == faults.COMPARATOR_WRONG
    assert look(BANK_V, bank_mv=215_000, bank_ok=0) == faults.COMPARATOR_WRONG
    assert look(BANK_V, bank_mv=240_000, target_below=1, target_sense_mv=360_000) == faults.TARGET_WRONG
    assert look(BANK_V, settled=False, bank_mv=215_000, bank_ok=0) == 0


def test_what_is_not_believed_trips_at_rest_too_and_once():
    run = Run()
    run.readings.adc_same = True
    for _ in range(FROZEN_AT_REST_TICKS - 1):
        assert run.tick() == 0
    assert run.tick() == faults.ADC_FROZEN and run.state == "fault"
    assert run.tick() == 0 and run.session.fault == faults.ADC_FROZEN
    run = Run().charge().arm().fire()
    run.readings.supply_on = 0
    assert run.tick() == 0 and run.tick() == faults.SUPPLY_LATCH


def test_a_current_without_a_trigger_is_told_before_the_veto_that_follows_from_it():
    run = Run().charge().arm().fire()
    run.readings.fired = 4
    run.readings.triggered = 3
    run.readings.veto = 1
    run.tick()
    assert run.session.fault == faults.FIRED_WITHOUT_TRIGGER
