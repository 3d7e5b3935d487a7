"""Interlock filter, over-voltage latch, supply latch, AND gate."""

from __future__ import annotations

import math

import pytest
from contract import pins
from plant_bench import US, Bench
from thetabox.board.emulated.parameters import TICK_S


def charging(bench: Bench, until_v: float = 385) -> float:
    """Charge without a regulator; returns the seconds to `until_v`."""
    bench.supply()
    bench.hold()
    bench.charge()
    tau = 18_000 * 100e-6 / 2
    return -tau * math.log(1 - 100e-6 * until_v**2 / 2 / (100 * tau))


@pytest.mark.parametrize("closed", [False, True])
def test_the_interlock_counts_after_10_us_both_ways(closed: bool) -> None:
    bench = Bench()
    bench.plant.interlock(not closed)
    bench.chip.run(1e-3)
    start = bench.chip.ticks
    bench.plant.interlock(closed)
    bench.chip.run(1e-3)
    assert bench.edges(pins.INTERLOCK, start) == [(start + 10 * US, int(closed))]
    assert bench.edges(pins.SAFE_OK, start) == [(start + 10 * US, int(closed))]
    assert bench.plant.safe_ok == closed


def test_an_opening_shorter_than_the_filter_is_not_seen() -> None:
    bench = Bench()
    bench.plant.interlock(False)
    bench.chip.run(9.9e-6)
    bench.plant.interlock(True)
    bench.chip.run(1e-3)
    assert bench.edges(pins.SAFE_OK) == [(0, 1)]


def test_bounces_start_the_filter_anew() -> None:
    bench = Bench()
    for closed in (False, True, False, True, False):
        bench.plant.interlock(closed)
        bench.chip.run(6e-6)
    bench.chip.run(1e-3)
    assert bench.edges(pins.SAFE_OK) == [(0, 1), ((4 * 6 + 10) * US, 0)]


def test_the_supply_latch_wants_an_edge_while_safe() -> None:
    bench = Bench()
    bench.plant.interlock(False)
    bench.chip.run(1e-3)
    bench.supply()
    assert bench.level(pins.SUPPLY_ON) == 0
    bench.plant.interlock(True)
    bench.chip.run(1e-3)
    assert (bench.level(pins.SAFE_OK), bench.level(pins.SUPPLY_ON)) == (1, 0)  # no edge since
    bench.chip.output(pins.CHARGER_SUPPLY_EN, 0)
    bench.supply()
    assert bench.level(pins.SUPPLY_ON) == 1


@pytest.mark.parametrize("level", [0, None])
def test_the_supply_latch_falls_with_its_enable(level: int | None) -> None:
    bench = Bench()
    bench.supply()
    bench.chip.run(1e-3)
    bench.chip.output(pins.CHARGER_SUPPLY_EN, level)
    assert bench.edges(pins.SUPPLY_ON, 1) == [(bench.chip.ticks, 0)]


def test_the_supply_latch_falls_with_safe_ok_and_the_charge_stops_there() -> None:
    bench = Bench()
    charging(bench)
    bench.chip.run(10e-3)
    start = bench.chip.ticks
    bench.plant.interlock(False)
    bench.chip.run(10e-6)
    volts = bench.plant.bank_v
    assert bench.edges(pins.SUPPLY_ON, start) == [(start + 10 * US, 0)]
    bench.plant.interlock(True)
    bench.chip.run(0.1)
    assert bench.plant.bank_v == pytest.approx(volts * math.exp(-0.1 / 1.8), rel=1e-9)


def test_over_voltage_trips_at_its_own_comparator_to_the_tick() -> None:
    bench = Bench()
    seconds = charging(bench)
    bench.chip.run(0.2)
    ((tick, level),) = bench.edges(pins.SAFE_OK, 1)
    assert level == 0
    assert abs(tick - math.ceil(seconds / TICK_S) - round(0.5 * US)) <= 1
    assert bench.plant.overvoltage
    assert bench.level(pins.SUPPLY_ON) == 0
    assert bench.level(pins.INTERLOCK) == 1  # tells it from an open interlock
    assert bench.plant.bank_v < 385.1


def test_the_over_voltage_latch_clears_below_60_v_with_the_supply_enable_low() -> None:
    bench = Bench()
    bench.ready(386)
    bench.chip.run(1e-3)
    assert bench.plant.overvoltage
    bench.chip.output(pins.CHARGER_SUPPLY_EN, 0)
    bench.chip.run(1.0)
    assert bench.plant.bank_v > 60
    assert bench.plant.overvoltage  # not yet touch-safe
    bench.supply()
    bench.chip.output(pins.DUMP_INHIBIT, 0)
    bench.chip.run(1.0)
    assert bench.plant.bank_v < 60
    assert bench.plant.overvoltage  # the supply is still asked for
    bench.chip.output(pins.CHARGER_SUPPLY_EN, 0)
    assert not bench.plant.overvoltage
    assert bench.level(pins.SAFE_OK) == 1


def test_with_the_enable_low_it_clears_by_itself_as_the_bank_passes_60_v() -> None:
    bench = Bench()
    bench.plant.precharge(390)
    bench.chip.run(5e-6)
    assert bench.plant.overvoltage
    bench.chip.run(1.0)
    (_, (tick, level)) = bench.edges(pins.SAFE_OK, 1)
    rc = 1 / (1 / 18_000 + 1 / 2_000) * 100e-6
    assert level == 1
    assert abs(tick - math.ceil(rc * math.log(390 / 60) / TICK_S) - round(0.5 * US)) <= 1


def test_the_gate_passes_triggers_only_while_safe() -> None:
    bench = Bench()
    bench.ready(216)
    bench.plant.interlock(False)
    bench.chip.run(1e-3)
    start = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(1e-3)
    assert bench.edges(pins.TRIG_SENSE, start) == []
    assert bench.plant.pulses_fired == 0


def test_the_gate_cuts_a_trigger_and_a_begun_discharge_is_completed() -> None:
    bench = Bench()
    bench.ready(216)
    bench.plant.interlock(False)
    bench.chip.run(5e-6)
    start = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(1e-3)
    assert bench.edges(pins.TRIG_SENSE, start) == [(start, 1), (start + 5 * US, 0)]
    assert bench.edges(pins.FIRED, start) == [(start + 2 * US, 1), (start + 282 * US, 0)]
    assert bench.plant.pulses_fired == 1


def test_high_impedance_is_low_at_the_gate() -> None:
    bench = Bench()
    bench.chip.output(pins.TRIG_A, 1)
    bench.chip.output(pins.TRIG_A, None)
    assert bench.edges(pins.TRIG_SENSE) == [(0, 0), (0, 1), (0, 0)]


def test_an_answer_of_the_chip_in_the_midst_of_an_event_comes_after_it() -> None:
    """A watcher in the chip lets go of CHARGE_EN as soon as SAFE_OK falls, from within `set_input`."""
    bench = Bench()
    charging(bench)
    bench.chip.on_input = lambda gpio, level: bench.charge(0) if gpio == pins.SAFE_OK and not level else None
    bench.plant.interlock(False)
    bench.chip.run(1e-3)
    levels = {gpio: bench.level(gpio) for gpio in (pins.SAFE_OK, pins.SUPPLY_ON, pins.INTERLOCK)}
    assert set(levels.values()) == {0}
    ticks = [tick for _, tick, _ in bench.record]
    assert ticks == sorted(ticks)


def test_an_answer_of_the_chip_is_not_overrun_by_the_rest_of_the_event() -> None:
    bench = Bench()
    bench.plant.interlock(False)
    bench.chip.run(1e-3)
    bench.chip.on_input = lambda gpio, level: bench.chip.output(pins.TRIG_A, 1) if gpio == pins.SAFE_OK else None
    bench.plant.interlock(True)
    bench.chip.run(1e-3)
    assert bench.level(pins.TRIG_SENSE) == 1


def test_an_edge_told_late_does_not_turn_time_back() -> None:
    bench = Bench()
    bench.plant.interlock(False)
    bench.chip.run(10e-6)
    bench.chip.output(pins.CHARGER_SUPPLY_EN, 1, ago=3)
    bench.plant.interlock(True)
    bench.chip.run(10e-6)
    bench.chip.output(pins.TRIG_A, 1, ago=3)
    ticks = [tick for _, tick, _ in bench.record]
    assert ticks == sorted(ticks)
    assert bench.edges(pins.TRIG_SENSE, 1) == [(20 * US, 1)]


def test_the_links_lines_rest_high() -> None:
    assert Bench().chip.rest == dict.fromkeys(pins.IDLE_HIGH, 1)


def test_lines_that_only_pass_through() -> None:
    bench = Bench()
    for drive, gpio in (
        (bench.plant.trig_in, pins.TRIG_IN),
        (bench.plant.strap, pins.POLARITY_STRAP),
        (bench.plant.key, pins.KEY_SWITCH),
    ):
        drive(1)
        bench.chip.run(1e-3)
        drive(0)
        assert [level for _, level in bench.edges(gpio)] == [1, 0]
    assert bench.edges(pins.TRIG_IN)[1][0] == 1000 * US
