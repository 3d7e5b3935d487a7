"""The proof before a charge, unless one has just passed: at 50 V, with the bleeder alone, then with the dump.

How fast the bank falls through a known resistance tells its capacitance, once through the bleeder and once through the
dump. Two ways that agree on a small one say that the bank has aged; two that differ say which resistance is wrong. With
a tenth of its capacitance the bleeder alone empties the bank, and no second way is left to compare with.
"""

import math

from contract import faults, limits

from .clock import since

# steps
EMPTY = 0  # the dump has its time, for a divider that is broken tells of an empty bank at once
GATE = 1  # the trigger's way through the output gate and back, with an empty bank
SETTLE = 2  # target at PROOF_MV, nothing charges
CHARGE = 3  # one short token
BLEED = 4  # bleeder alone
DUMP = 5
PASSED = 6

PROOF_MV = 50_000
EMPTY_MV = 8_000  # below it the discharge switch does not conduct
TOKEN_US = 2_500  # charges the largest bank to PROOF_MV, and never beyond 80 V
_SETTLE_MS = 100
_BLEED_MS = 400
_DUMP_MS = 100
_EMPTY_MS = limits.BANK_DISCHARGE_S * 1000
_LASTS_MS = 600_000  # what was proven is not believed for longer
_BAND_MV = 4_000
_STALLED_MV = 15_000
_WEAK_MV = 44_000
_OVER_MV = 54_000
_PARALLEL_OHM = limits.BANK_BLEEDER_OHM * limits.BANK_DUMP_OHM // (limits.BANK_BLEEDER_OHM + limits.BANK_DUMP_OHM)
_NOMINAL_NF = limits.BANK_CAPACITANCE_UF * 1000
_LARGEST_NF = limits.BANK_CAPACITANCE_MAX_UF * 1000
_AGED_NF = _NOMINAL_NF * limits.BANK_AGED_PERMILLE // 1000


def capacitance_nf(from_mv, to_mv, elapsed_ms, ohm):
    """Capacitance that falls so through a resistance; a large number when it hardly falls, 0 when nothing is left."""
    if from_mv <= to_mv:
        return 1_000_000_000
    return 0 if to_mv <= 0 else int(elapsed_ms * 1e6 / (ohm * math.log(from_mv / to_mv)))


class Proof:
    """`check` at each tick while it runs; `step` says what the device has to do."""

    def __init__(self):
        self.step = PASSED
        self.passed = False
        self.capacitance_nf = 0
        self._since_ms = 0
        self._began_mv = 0
        self._bleeder_nf = 0
        self._slow = False
        self._empty_ms = 0

    def start(self, now_ms, empty_ms):
        """Begin with the first step, which takes `empty_ms`."""
        self.passed = False
        self._empty_ms = empty_ms
        self._go(EMPTY if empty_ms else GATE, now_ms, 0)

    def _go(self, step, now_ms, bank_mv):
        self.step = step
        self._since_ms = now_ms
        self._began_mv = bank_mv
        return 0

    def lapse(self, now_ms):
        """To be asked at rest: what was proven long ago is to be proven anew."""
        if since(now_ms, self._since_ms) > _LASTS_MS:
            self.passed = False

    def gate_seen(self, through, fired, now_ms):
        """What came of a trigger with an empty bank; returns a fault or 0."""
        if fired:
            return faults.FIRED_SENSE
        return self._go(SETTLE, now_ms, 0) if through else faults.GATE_SENSE

    def check(self, readings, now_ms):
        """The fault that these readings show, or 0; goes on to the next step when its time has come."""
        elapsed_ms = since(now_ms, self._since_ms)
        if self.step == EMPTY:
            return 0 if elapsed_ms < self._empty_ms else self._go(GATE, now_ms, 0)
        if self.step == GATE:
            return faults.DUMP_FAILED if elapsed_ms > _EMPTY_MS else 0
        if self.step == SETTLE:
            return 0 if elapsed_ms < _SETTLE_MS else self._settled(readings, now_ms)
        if self.step == CHARGE:
            return self._charged(readings, now_ms)
        if self.step == BLEED:
            return 0 if elapsed_ms < _BLEED_MS else self._bled(readings.bank_mv, elapsed_ms, now_ms)
        return 0 if elapsed_ms < _DUMP_MS else self._dumped(readings.bank_mv, elapsed_ms)

    def _settled(self, readings, now_ms):
        if abs(readings.target_sense_mv - PROOF_MV) > _BAND_MV:
            return faults.TARGET_WRONG
        if not readings.supply_on:
            return faults.SUPPLY_LATCH
        if not readings.target_below or readings.bank_ok:
            return faults.COMPARATOR_WRONG  # the bank is empty
        return self._go(CHARGE, now_ms, 0)

    def _charged(self, readings, now_ms):
        bank_mv = readings.bank_mv
        if bank_mv < _STALLED_MV:
            return faults.CHARGE_STALLED
        if bank_mv > _OVER_MV:
            return faults.COMPARATOR_WRONG if readings.target_below else faults.BANK_OVER_TARGET
        self._slow = bank_mv < _WEAK_MV  # a weak charger, a leak or a small bank: the next steps tell
        return self._go(BLEED, now_ms, bank_mv)

    def _bled(self, bank_mv, elapsed_ms, now_ms):
        if bank_mv > self._began_mv + _BAND_MV:
            return faults.CHARGER_STUCK
        self._bleeder_nf = capacitance_nf(self._began_mv, bank_mv, elapsed_ms, limits.BANK_BLEEDER_OHM)
        return self._go(DUMP, now_ms, bank_mv)

    def _dumped(self, bank_mv, elapsed_ms):
        self.capacitance_nf = capacitance_nf(self._began_mv, bank_mv, elapsed_ms, _PARALLEL_OHM)
        if self._bleeder_nf * 10 < _NOMINAL_NF:
            return faults.BANK_LEAKS
        if self.capacitance_nf > 2 * _LARGEST_NF:
            return faults.DUMP_FAILED
        if self._bleeder_nf * 3 < self.capacitance_nf * 2:
            return faults.BANK_LEAKS
        if self._bleeder_nf > 3 * _LARGEST_NF // 2:
            return faults.BLEEDER_OPEN
        if self.capacitance_nf < _AGED_NF:
            return faults.BANK_AGED
        if self._slow:
            return faults.CHARGE_SLOW
        self.step = PASSED
        self.passed = True
        return 0
