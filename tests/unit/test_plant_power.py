"""Bank, charger, dump, discharge and coil against formulas worked out by hand, not by the code under test."""

from __future__ import annotations

import math
from dataclasses import replace

from contract import limits, pins
from plant_bench import US, Bench, approx
from thetabox.board.emulated.parameters import TICK_S, PlantParameters

FARADS = 100e-6
WATTS = 100.0
OHMS = 18_000.0


def charge_time_s(volts: float) -> float:
    """dE/dt = P - 2E/(RC) from 0: t = -(RC/2) ln(1 - E / (P R C / 2))."""
    tau = OHMS * FARADS / 2
    return -tau * math.log(1 - FARADS * volts**2 / 2 / (WATTS * tau))


def test_charge_to_60_percent_takes_the_closed_forms_time_to_the_tick() -> None:
    bench = Bench()
    bench.supply()
    bench.hold()
    bench.target(216)
    start = bench.chip.ticks
    bench.charge()
    bench.chip.run(0.1)
    ((tick, level),) = bench.edges(pins.TARGET_BELOW, start)
    crossing = start + math.ceil(charge_time_s(216) / TICK_S)
    assert level == 0
    assert abs(tick - crossing - round(0.5 * US)) <= 1  # and the comparator's delay
    assert 0.0233 < (tick - start) * TICK_S < 0.0237  # 2.33 J at 100 W less what the bleeder takes


def test_charging_is_lossless_but_for_the_bleeder() -> None:
    bench = Bench()
    bench.supply()
    bench.hold()
    bench.charge()
    bench.chip.run(charge_time_s(300))
    assert bench.plant.bank_v == approx(300, 1e-6)


def test_no_charge_without_supply_or_without_enable() -> None:
    bench = Bench()
    bench.hold()
    bench.charge()
    bench.chip.run(0.01)
    assert bench.plant.bank_v == 0
    bench.charge(0)
    bench.supply()
    bench.chip.run(0.01)
    assert bench.plant.bank_v == 0


def test_bleeder_alone_from_absolute_maximum_at_the_largest_capacitance() -> None:
    bench = Bench(parameters=replace(PlantParameters.reference(), capacitance_f=120e-6))
    bench.hold()
    bench.plant.precharge(400)
    seconds = OHMS * 120e-6 * math.log(400 / 60)
    assert 4.0 < seconds < 4.3  # the design's worst case
    bench.chip.run(seconds)
    assert bench.plant.bank_v == approx(60, 1e-6)


def test_dump_makes_the_bank_safe_within_a_second_also_when_the_chip_lets_go() -> None:
    bench = Bench()
    bench.hold()
    bench.plant.precharge(360)
    bench.chip.run(0.1)
    held = 360 * math.exp(-0.1 / (OHMS * FARADS))
    assert bench.plant.bank_v == approx(held)
    bench.chip.output(pins.DUMP_INHIBIT, None)
    seconds = 1 / (1 / OHMS + 1 / 2_000) * FARADS * math.log(held / 60)
    assert seconds < 1
    bench.chip.run(seconds)
    assert bench.plant.bank_v == approx(60, 1e-6)


def test_a_pulse_costs_a_fifth_of_the_energy_when_its_current_ends() -> None:
    bench = Bench()
    bench.ready(216)
    onset = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(179e-6)
    assert bench.plant.bank_v == approx(216 * math.exp(-279e-6 / (OHMS * FARADS)))
    bench.chip.run(1e-6)
    assert bench.plant.bank_v == approx(216 * math.sqrt(0.8) * math.exp(-280e-6 / (OHMS * FARADS)))
    assert bench.plant.pulses_fired == 1
    bench.chip.run(1e-3)
    assert bench.edges(pins.FIRED, onset) == [(onset + 2 * US, 1), (onset + 282 * US, 0)]
    assert bench.edges(pins.TRIG_SENSE, onset) == [(onset, 1), (onset + 100 * US, 0)]


def test_triggers_while_the_switch_conducts_do_nothing() -> None:
    bench = Bench()
    bench.ready(216)
    for _ in range(3):
        bench.chip.pulse(pins.TRIG_A, 20e-6)
        bench.chip.run(20e-6)
    bench.chip.run(1e-3)
    assert bench.plant.pulses_fired == 1


def test_a_trigger_longer_than_the_pulse_fires_once() -> None:
    bench = Bench()
    bench.ready(216)
    bench.chip.pulse(pins.TRIG_A, 2e-3)
    bench.chip.run(1e-3)
    assert bench.plant.pulses_fired == 1


def test_an_empty_bank_does_not_fire() -> None:
    bench = Bench()
    bench.plant.precharge(9)
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(1e-3)
    assert (bench.plant.pulses_fired, bench.edges(pins.FIRED, 1)) == (0, [])


def test_an_external_stimulator_leaves_the_bank_alone_and_fired_low() -> None:
    bench = Bench(bank_wired=False)
    bench.ready(216)
    onset = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 1e-3)
    assert bench.edges(pins.TRIG_SENSE, onset) == [(onset, 1), (onset + 1000 * US, 0)]
    assert (bench.plant.pulses_fired, bench.edges(pins.FIRED, onset)) == (0, [])


def test_the_coil_warms_by_its_share_and_cools_with_its_time_constant() -> None:
    bench = Bench()
    assert bench.plant.coil_c == limits.COIL_AMBIENT_C
    pulses, start = [], bench.chip.ticks
    bench.hold()
    for _ in range(50):
        bench.plant.precharge(360)
        bench.chip.pulse(pins.TRIG_A, 100e-6)
        bench.chip.run(0.1 - 100e-6)
        pulses.append(0.2 * 0.6 * FARADS * (360 * math.exp(-280e-6 / (OHMS * FARADS))) ** 2 / 2 / 60)
    now = (bench.chip.ticks - start) * TICK_S
    expected = 22 + sum(k * math.exp(-(now - 0.1 * i - 280e-6) / 240) for i, k in enumerate(pulses))
    assert bench.plant.coil_c == approx(expected)
    assert bench.plant.coil_c > 22.6
    bench.chip.run(240)
    assert bench.plant.coil_c == approx(22 + (expected - 22) / math.e)


def test_regulation_holds_the_bank_within_its_hysteresis() -> None:
    """The regulator of the chip in one line: CHARGE_EN follows TARGET_BELOW."""
    bench = Bench()
    bench.chip.on_input = lambda gpio, level: bench.charge(level) if gpio == pins.TARGET_BELOW else None
    bench.ready(216)
    low = 216 * (1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000)
    start = bench.chip.ticks
    for _ in range(200):
        bench.chip.run(1e-3)
        assert low - 0.01 < bench.plant.bank_v < 216.01
    assert len(bench.edges(pins.TARGET_BELOW, start)) > 10


def test_nothing_is_planned_while_nothing_happens() -> None:
    bench = Bench()
    bench.target(216)
    bench.chip.run(100)
    assert bench.chip.pending() == 0
