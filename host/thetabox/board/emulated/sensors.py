"""The three analog lines, in the ADC's counts."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from contract import pins

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Faults
    from .parameters import PlantParameters
    from .surface import ChipLike

    _Quantity = Callable[[], float]

_FIRST_ADC_GPIO = 26


class Sensors:
    """Ideal quantisation, uniform noise of some counts (seeded), clamped to the rails."""

    def __init__(self, parameters: PlantParameters, faults: Faults, seed: int) -> None:
        self._parameters = parameters
        self._faults = faults
        self._random = random.Random(seed)
        self._last: dict[int, int] = {}

    def wire(self, chip: ChipLike, bank_v: _Quantity, coil_c: _Quantity, target_v: _Quantity) -> None:
        """Connect the three lines to the chip's ADC, which asks at the end of each conversion."""
        faults = self._faults
        for line, sense_v, forced in (
            (pins.BANK_SENSE, lambda: self._bank(bank_v()), lambda: faults.bank_sense_frozen_counts),
            (pins.COIL_SENSE, lambda: self._coil(coil_c()), lambda: faults.coil_sense_counts),
            (pins.TARGET_SENSE, lambda: self._target(target_v()), lambda: None),
        ):
            chip.set_analog(line - _FIRST_ADC_GPIO, self._reader(line, sense_v, forced))

    def _bank(self, volts: float) -> float:
        """The main divider's output, in V at the ADC."""
        return volts * self._faults.bank_sense_factor / self._parameters.divider_ratio

    def _coil(self, celsius: float) -> float:
        """The coil's temperature sensor."""
        return (celsius - self._parameters.coil_sense_zero_c) * self._parameters.coil_sense_v_per_k

    def _target(self, volts: float) -> float:
        """The filtered target; full scale of the ADC is full scale of the target."""
        return volts / self._parameters.target_full_scale_v * self._parameters.adc_full_scale_v

    def _reader(self, gpio: int, sense_v: _Quantity, forced: Callable[[], int | None]) -> Callable[[], int]:
        def read() -> int:
            if not (self._faults.adc_frozen and gpio in self._last):
                counts = forced()
                self._last[gpio] = self._counts(sense_v()) if counts is None else counts
            return self._last[gpio]

        return read

    def _counts(self, sense_v: float) -> int:
        parameters = self._parameters
        noise = parameters.adc_noise_counts + self._faults.adc_noise_counts
        ideal = int(sense_v / parameters.adc_full_scale_v * parameters.adc_counts)
        return max(0, min(parameters.adc_counts - 1, ideal + self._random.randint(-noise, noise)))
