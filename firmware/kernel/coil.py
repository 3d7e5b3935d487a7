"""The coil's temperature: what its sensor says, and what the pulses must have made of it. The hotter of the two counts.

The model is the one that the host predicts with: heat of each pulse into one capacity, which cools towards the coil's
temperature at rest with one time constant.
"""

from contract import faults, limits

from .clock import since

_SENSOR_MIN_CENTI_C = -3_000  # a reading beyond these is no coil's
_SENSOR_MAX_CENTI_C = 15_000
_MJ_PER_CENTI_K = limits.COIL_HEAT_CAPACITY_J_PER_K * 10
_STEP_MS = 200
_SHIFT = 6  # keeps the products below 2**30
_CONSTANT = limits.COIL_TIME_CONSTANT_S * 1_000 >> _SHIFT
_REST_MIN_CENTI_C = limits.COIL_REST_MIN_C * 100
_FOLLOW_CENTI_K = limits.COIL_FOLLOW_K * 100
_WARN_CENTI_K = (limits.COIL_STOP_C - limits.COIL_WARN_C) * 100


class CoilWatch:
    """`follow` at each tick, in any state; `check` and `warm` say what comes of it."""

    def __init__(self):
        self.model_centi_c = 0
        self._rise_centi_k = 0
        self._rest_centi_c = _SENSOR_MAX_CENTI_C  # the lowest reading since boot
        self._heat_mj = 0
        self._mj_each = 0
        self._counted = 0
        self._at_ms = 0

    def load(self, lost_mj):
        """From now on a pulse takes so much from the bank; 0 with an external stimulator."""
        self._mj_each = lost_mj * limits.COIL_HEAT_PERMILLE_OF_LOSS // 1000

    def follow(self, readings, now_ms):
        """Pulses since the last look warm the model; time cools it."""
        triggered = readings.triggered
        if triggered < self._counted:
            self._counted = 0  # they are counted anew
        self._heat_mj += (triggered - self._counted) * self._mj_each
        self._counted = triggered
        elapsed_ms = since(now_ms, self._at_ms)
        if elapsed_ms >= _STEP_MS:
            self._at_ms = now_ms
            self._heat_mj -= (self._heat_mj >> _SHIFT) * elapsed_ms // _CONSTANT
        self._rest_centi_c = max(_REST_MIN_CENTI_C, min(self._rest_centi_c, readings.coil_centi_c))
        self._rise_centi_k = self._heat_mj // _MJ_PER_CENTI_K
        self.model_centi_c = self._rest_centi_c + self._rise_centi_k

    def _hotter(self, readings):
        return max(readings.coil_centi_c, self.model_centi_c)

    def warm(self, readings, stop_c):
        """Whether the coil is nearly as hot as it may be."""
        return self._hotter(readings) >= stop_c * 100 - _WARN_CENTI_K

    def check(self, readings, stop_c):
        """COIL_SENSOR when the reading cannot be a coil's, COIL_SENSOR_STUCK when the pulses do not show in it,
        COIL_HOT at `stop_c` and above; else 0."""
        measured = readings.coil_centi_c
        if not _SENSOR_MIN_CENTI_C < measured < _SENSOR_MAX_CENTI_C:
            return faults.COIL_SENSOR
        rise = self._rise_centi_k
        if rise >= _FOLLOW_CENTI_K and (measured - self._rest_centi_c) * 4 < rise:
            return faults.COIL_SENSOR_STUCK
        return faults.COIL_HOT if self._hotter(readings) >= stop_c * 100 else 0
