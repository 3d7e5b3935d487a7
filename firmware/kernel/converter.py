"""Whether the ADC can be believed: it must never stand still, and never jump.

Each input is converted eight times in a tick. Noise of a count alone makes all of them equal to the tick before once in
3**24 ticks, at rest (two inputs clipped at 0) once in 80 million: two such ticks running, or four at rest, do not
happen. A bank that is held goes up and down by what the bleeder takes and the regulator gives: the eight of it alone
are equal to the tick before in one of 20,000 to 200,000 ticks, the smaller its ripple the oftener; two running at the
lowest target once in three months of holding.
"""

from contract import faults

FROZEN_TICKS = 2  # within 200 ms, whenever in a tick it began
FROZEN_AT_REST_TICKS = 4
STILL_TICKS = 2
STILL_FROM_MV = 20_000  # a bank that is held is above
JUMP_COUNTS = 16  # between two conversions of one input, microseconds apart
_NOISY = 6  # three ticks with a jump running


class ConverterWatch:
    """Asked once a tick."""

    def __init__(self):
        self.frozen_ticks = 0
        self._still_ticks = 0
        self._noisy = 0

    def check(self, readings, active):
        """ADC_FROZEN, ADC_NOISY, or 0."""
        self.frozen_ticks = self.frozen_ticks + 1 if readings.adc_same else 0
        still = active and readings.bank_same and readings.bank_mv >= STILL_FROM_MV
        self._still_ticks = self._still_ticks + 1 if still else 0
        self._noisy = self._noisy + 2 if readings.adc_jump > JUMP_COUNTS else max(0, self._noisy - 1)
        if self.frozen_ticks >= (FROZEN_TICKS if active else FROZEN_AT_REST_TICKS) or self._still_ticks >= STILL_TICKS:
            return faults.ADC_FROZEN
        return faults.ADC_NOISY if self._noisy >= _NOISY else 0
