"""Crossings to the tick, hysteresis, the window, and references that move."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import numpy as np
import pytest
from contract import limits, pins
from plant_bench import US, Bench
from thetabox.board.emulated.comparators import Comparator
from thetabox.board.emulated.parameters import TICK_S, PlantParameters
from thetabox.board.emulated.relaxation import Relaxation, first_root

DELAY = round(0.5 * US)
RC = 18_000 * 100e-6


def test_target_below_comes_back_a_hysteresis_lower() -> None:
    bench = Bench()
    bench.ready(216)
    start = bench.chip.ticks
    bench.chip.run(0.1)
    ((tick, level),) = bench.edges(pins.TARGET_BELOW, start + DELAY + 1)
    share = 1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000
    assert level == 1
    assert abs(tick - start - DELAY - math.ceil(-RC * math.log(share) / TICK_S)) <= 1


def test_bank_ok_leaves_its_window_at_both_ends() -> None:
    bench = Bench()
    bench.ready(200)
    bench.plant.precharge(200 * 1.04)
    start = bench.chip.ticks
    bench.chip.run(1e-6)
    assert bench.level(pins.BANK_OK) == 0
    bench.chip.run(0.5)
    inside, outside = bench.edges(pins.BANK_OK, start + 2 * DELAY)
    assert (inside[1], outside[1]) == (1, 0)
    assert abs(inside[0] - start - DELAY - math.ceil(RC * math.log(1.04 / 1.03) / TICK_S)) <= 1
    assert abs(outside[0] - start - DELAY - math.ceil(RC * math.log(1.04 / 0.95) / TICK_S)) <= 1


def test_without_a_target_nothing_is_wanted_and_nothing_is_right() -> None:
    bench = Bench()
    assert (bench.level(pins.TARGET_BELOW), bench.level(pins.BANK_OK)) == (0, 0)


def test_a_discharge_out_of_the_window_shows_after_the_comparators_delay() -> None:
    bench = Bench()
    bench.ready(216)
    bench.chip.run(1e-4)
    onset = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(1e-3)
    assert bench.edges(pins.BANK_OK, onset) == [(onset + 280 * US + DELAY, 0)]
    assert bench.edges(pins.TARGET_BELOW, onset) == [(onset + 280 * US + DELAY, 1)]


def test_a_step_over_the_whole_window_is_not_lost() -> None:
    bench = Bench()
    bench.target(200)
    bench.hold()
    bench.plant.precharge(220)  # from below the window to above it: BANK_OK does not move
    start = bench.chip.ticks
    bench.chip.run(0.3)
    assert [level for _, level in bench.edges(pins.BANK_OK, start + 1)] == [1, 0]


def test_a_pulse_that_flips_nothing_still_moves_the_next_crossing() -> None:
    bench = Bench(parameters=replace(PlantParameters.reference(), energy_lost_share=1e-3))
    bench.ready(216)
    start = bench.chip.ticks
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(0.1)
    ((tick, level),) = bench.edges(pins.TARGET_BELOW, start + DELAY + 1)
    share = (1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000) / math.sqrt(0.999)
    assert level == 1
    assert abs(tick - start - DELAY - math.ceil(-RC * math.log(share) / TICK_S)) <= 1


@pytest.mark.parametrize("gain", [0.6, 0.8, 1.25])
def test_a_divider_that_is_off_moves_the_crossings_by_as_much(gain: float) -> None:
    bench = Bench()
    bench.supply()
    bench.hold()
    bench.target(200)
    bench.plant.faults.bank_sense_factor = gain
    bench.plant.update()
    start = bench.chip.ticks
    bench.charge()
    bench.chip.run(1.0)
    tau = RC / 2
    for gpio, volts in ((pins.TARGET_BELOW, 200 / gain), (pins.SAFE_OK, 385)):
        seconds = -tau * math.log(1 - 100e-6 * volts**2 / 2 / (100 * tau))
        tick, level = bench.edges(gpio, start + 1)[0]
        assert level == 0
        assert abs(tick - start - DELAY - math.ceil(seconds / TICK_S)) <= 1


def test_the_target_moves_through_its_filter() -> None:
    bench = Bench()
    bench.target(360, 5e-3)
    assert bench.plant.target_v == pytest.approx(360 * (1 - math.exp(-1)), rel=1e-9)
    bench.chip.run(0.2)
    assert bench.plant.target_v == 360
    bench.chip.reset()
    bench.chip.run(10e-3)
    assert bench.plant.target_v == pytest.approx(360 * math.exp(-2), rel=1e-6)


def test_a_crossing_of_a_moving_target_is_exact() -> None:
    bench = Bench()
    bench.hold()
    bench.plant.precharge(150)
    start = bench.chip.ticks
    bench.target(200)
    ((tick, level),) = bench.edges(pins.TARGET_BELOW, start + DELAY)
    t = (tick - DELAY - start) * TICK_S
    share = 1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000

    def over(t: float) -> float:
        return 150 * math.exp(-t / RC) - share * 200 * (1 - math.exp(-t / 5e-3))

    assert level == 1
    assert over(t - TICK_S) >= 0 > over(t + TICK_S)


def test_first_root_agrees_with_dense_sampling() -> None:
    seeded = random.Random(4)
    seconds = np.linspace(0, 0.1, 200_001)[1:]
    found = 0
    for _ in range(200):
        terms = [(seeded.uniform(-1, 1), rate) for rate in (0.0, seeded.uniform(0.5, 30), 200.0, 400.0)]
        signs = np.sign(sum(a * np.exp(-r * seconds) for a, r in terms))
        changes = np.nonzero(np.diff(signs))[0]
        root = first_root(terms, 0.1)
        if len(changes):
            found += 1
            assert root is not None
            assert root == pytest.approx(seconds[changes[0]], abs=1e-6)
        else:
            assert root is None
    assert found > 50


def test_first_root_finds_the_first_of_three() -> None:
    # (u - 0.9)(u - 0.5)(u - 0.2) with u = exp(-t)
    terms = [(-0.09, 0.0), (0.73, 1.0), (-1.6, 2.0), (1.0, 3.0)]
    assert first_root(terms, 10) == pytest.approx(-math.log(0.9))
    assert first_root(terms, 0.05) is None


def test_a_relaxation_says_when_and_never() -> None:
    rising = Relaxation(0.0, 10.0, 2.0)
    assert rising.time_to(5.0) == pytest.approx(2 * math.log(2))
    assert rising.at(2 * math.log(2)) == pytest.approx(5.0)
    assert (rising.time_to(0.0), rising.time_to(10.0), rising.time_to(-1.0), rising.time_to(11.0)) == (None,) * 4
    assert Relaxation(3.0, 3.0, 2.0).time_to(3.0) is None


def test_between_its_thresholds_a_comparator_keeps_its_mind() -> None:
    comparator = Comparator(0.9, 1.0)
    assert [comparator.look(volts, 100.0) for volts in (95, 100, 95, 90, 89, 95)] == [
        False, True, False, False, True, False,
    ]  # fmt: skip
