"""Whether the lines into the board contradict each other, charging or at rest. What is wrong twice running counts."""

from contract import faults, limits

from .clock import since

_SETTLE_MS = 200  # after a change of what is switched
_REST_TARGET_MV = 8_000
_TARGET_BAND_MV = 12_000  # wider than the supervisor's: only what explains the comparators
_BAND_PERMILLE = 50
_BAND_MV = 3_000
_INSIDE_LOW = limits.BANK_WINDOW_LOW_PERMILLE + _BAND_PERMILLE // 3  # while it still charges it sags between tokens
_INSIDE_HIGH = limits.BANK_WINDOW_HIGH_PERMILLE - _BAND_PERMILLE // 2
_LOW = limits.BANK_WINDOW_LOW_PERMILLE - _BAND_PERMILLE
_HIGH = limits.BANK_WINDOW_HIGH_PERMILLE + _BAND_PERMILLE


class LinesWatch:
    """Asked once a tick; `changed` is told when the charger is switched."""

    def __init__(self):
        self._since_ms = 0
        self._suspected = 0

    def changed(self, now_ms):
        """Supply and target have been switched: they settle."""
        self._since_ms = now_ms

    def check(self, readings, target_mv, now_ms):
        """The fault that the lines show, or 0. `target_mv`: the comparators' reference; 0 at rest, None for unknown."""
        suspect = self._suspect(readings, target_mv, since(now_ms, self._since_ms) > _SETTLE_MS)
        if suspect and suspect == self._suspected:
            return suspect
        self._suspected = suspect
        return 0

    def _suspect(self, readings, target_mv, settled):
        if readings.safe_ok and not readings.interlock:
            return faults.SAFE_CHAIN
        if readings.bank_mv > limits.BANK_ABSOLUTE_MAX_MV:
            return faults.BANK_SENSE_IMPLAUSIBLE
        if target_mv is None or not settled:
            return 0
        if target_mv:
            return self._compare(readings, target_mv)
        if readings.supply_on:
            return faults.SUPPLY_LATCH
        return faults.TARGET_WRONG if readings.target_sense_mv > _REST_TARGET_MV else 0

    def _compare(self, readings, target_mv):
        """The comparators against the ADC, with the tolerances of both between them."""
        bank_mv = readings.bank_mv
        if abs(readings.target_sense_mv - target_mv) > _TARGET_BAND_MV:
            return faults.TARGET_WRONG
        if readings.target_below and bank_mv > target_mv * _HIGH // 1000 + _BAND_MV:
            return faults.COMPARATOR_WRONG
        low = bank_mv < target_mv * _LOW // 1000 - _BAND_MV
        inside = target_mv * _INSIDE_LOW // 1000 < bank_mv < target_mv * _INSIDE_HIGH // 1000
        if (low and (readings.bank_ok or not readings.target_below)) or (inside and not readings.bank_ok):
            return faults.COMPARATOR_WRONG
        return 0
