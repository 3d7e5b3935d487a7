"""Whether the ADC can be believed: it must never stand still, and never jump.

Each input is converted four times in a tick. Noise of a count alone makes all twelve equal to the tick before once in
500,000 ticks, at rest (two inputs clipped at 0) once in 9,000: two such ticks running, or four at rest, do not happen.
"""

from contract import faults

FROZEN_TICKS = 2  # within 200 ms, whenever in a tick it began
FROZEN_AT_REST_TICKS = 4
JUMP_COUNTS = 16  # between two conversions of one input, microseconds apart
_NOISY = 6  # three ticks with a jump running


class ConverterWatch:
    """Asked once a tick."""

    def __init__(self):
        self.frozen_ticks = 0
        self._noisy = 0

    def check(self, readings, active):
        """ADC_FROZEN, ADC_NOISY, or 0."""
        self.frozen_ticks = self.frozen_ticks + 1 if readings.adc_same else 0
        self._noisy = self._noisy + 2 if readings.adc_jump > JUMP_COUNTS else max(0, self._noisy - 1)
        if self.frozen_ticks >= (FROZEN_TICKS if active else FROZEN_AT_REST_TICKS):
            return faults.ADC_FROZEN
        return faults.ADC_NOISY if self._noisy >= _NOISY else 0
