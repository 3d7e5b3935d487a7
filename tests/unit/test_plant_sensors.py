"""The ADC's lines in counts."""

from __future__ import annotations

from dataclasses import replace

import pytest
from contract import pins
from plant_bench import Bench
from thetabox.board.emulated.parameters import PlantParameters

QUIET = replace(PlantParameters.reference(), adc_noise_counts=0)


def test_full_scale_bank_through_the_divider() -> None:
    bench = Bench(parameters=QUIET)
    bench.plant.precharge(360)
    assert bench.chip.counts(pins.BANK_SENSE) == int(360 / 200 / 3.3 * 4096)


def test_a_coil_at_ambient() -> None:
    assert Bench(parameters=QUIET).chip.counts(pins.COIL_SENSE) == int(0.72 / 3.3 * 4096)


def test_full_scale_target_is_full_scale_of_the_adc() -> None:
    bench = Bench(parameters=QUIET)
    bench.target(180)
    assert bench.chip.counts(pins.TARGET_SENSE) == 2048
    bench.target(360)
    assert bench.chip.counts(pins.TARGET_SENSE) == 4095


def test_noise_is_one_count_and_the_same_for_the_same_seed() -> None:
    def sample(seed: int) -> list[int]:
        bench = Bench(seed=seed)
        bench.plant.precharge(216)
        return [bench.chip.counts(pins.BANK_SENSE) for _ in range(200)]

    middle = int(216 / 200 / 3.3 * 4096)
    assert set(sample(1)) == {middle - 1, middle, middle + 1}
    assert sample(1) == sample(1) != sample(2)


@pytest.mark.parametrize("line", [pins.BANK_SENSE, pins.COIL_SENSE, pins.TARGET_SENSE])
def test_counts_stay_within_the_converter(line: int) -> None:
    bench = Bench()
    bench.target(360)
    bench.plant.precharge(700)
    for fault in ("coil_sensor_open", "coil_sensor_short"):
        bench.plant.inject(fault)
        assert all(0 <= bench.chip.counts(line) <= 4095 for _ in range(50))
