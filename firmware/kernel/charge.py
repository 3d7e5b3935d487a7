"""Supervision of the charge at about 20 Hz: each thing that can go wrong has its own fault.

The regulation itself is in PIO and comparators; this only watches it and never makes an edge. While a bank charges it
gets one short token a tick, so that what it has gained can be compared with what it was given.
"""

from contract import faults, limits

from .clock import since
from .converter import JUMP_COUNTS

SETTLED_TICKS = 4  # in the window for so many ticks running: ready
TARGET_SETTLE_MS = 100  # the PWM filter's settling, twenty time constants
TOLERANCE_MV = 3_000  # of a reading: some counts of the ADC
TARGET_TOLERANCE_PERMILLE = 20
USED_UP_MS = 5 * limits.SESSION_SOFT_TOKEN_MS // 2  # a token that was queued behind another, too
LATCH_MS = 20  # the supply latch answers within this
SAG_PERMILLE = 50  # so far below its window a bank cannot be and BANK_OK be high
OUT_OF_WINDOW_MS = 500  # ready, and the bank outside its window for longer: it is not charging
LOST_PERMILLE = 800  # of the target: no pulse of a train that is as it should be takes the bank below it
FAR_MV = 12_000  # so far from what it should be, the target counts at first sight: the window moves with it
DUMP_MS = 1_000  # five time constants of the dump, and some ticks
# the energy that a bank has gained, in permille of what it was given; a sound one has 830 (largest) to 1000
STALLED_PERMILLE = 100
SLOW_PERMILLE = 650
AGED_PERMILLE = 1_250
NEAR_TICKS = 2
_NEAR_PERMILLE = 850  # of the target: beyond it the comparator may have cut tokens short, though it has fallen since
_READING_MV = 500  # by which a reading may be off: three counts of the ADC
_MAX_V = limits.BANK_WORKING_MAX_MV // 1000


def _stored_uj(capacitance_uf, bank_mv):
    volts10 = bank_mv // 100
    return capacitance_uf * (volts10 * volts10) // 200


def soft_token_us(target_mv):
    """A token while the bank charges, a tick each: the same part of the target's energy, whatever the target."""
    permille = target_mv * 1000 // limits.BANK_WORKING_MAX_MV
    return limits.SESSION_SOFT_TOKEN_MS * (permille * permille) // 1000


def _nominal_charge_ms():
    power_w = limits.BANK_CHARGER_W * limits.SESSION_SOFT_TOKEN_MS // limits.SESSION_TICK_MS
    power_w -= _MAX_V * _MAX_V // (2 * limits.BANK_BLEEDER_OHM)  # half of what the bleeder takes at the target
    stored_uj = _stored_uj(limits.BANK_CAPACITANCE_MAX_UF, limits.BANK_WORKING_MAX_MV)
    return stored_uj // (power_w * 1000) + limits.SESSION_TICK_MS


NOMINAL_CHARGE_MS = _nominal_charge_ms()  # of the largest bank from empty, to any target
ALLOWED_MS = NOMINAL_CHARGE_MS * limits.SESSION_CHARGE_SLACK_PERMILLE // 1000


def pulse_energy_mj(target_mv):
    """What one pulse takes from the reference bank, in mJ."""
    return _stored_uj(limits.BANK_CAPACITANCE_UF, target_mv) * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE // 1_000_000


class Curve:
    """The energy that a bank has gained, against what its tokens have given it less what the bleeder took."""

    def __init__(self):
        self.start(0, 0, 0)

    def start(self, bank_mv, now_ms, token_us):
        """A charge begins at this voltage, by tokens of this length."""
        self._token_uj = token_us * limits.BANK_CHARGER_W
        self._start_uj = _stored_uj(limits.BANK_CAPACITANCE_UF, bank_mv)
        self._given_uj = 0
        self._last_uj = 0  # the latest token, which may not be used up yet
        self._last_ms = self._at_ms = now_ms
        self._near_ticks = 0
        self._is_aged = False

    def token(self, now_ms):
        """A token has been granted."""
        self._given_uj += self._last_uj
        self._last_uj = self._token_uj
        self._last_ms = now_ms

    def check(self, bank_mv, now_ms, is_near):
        """CHARGE_STALLED, CHARGE_SLOW or BANK_AGED, or 0. To be asked each tick.

        Near the target the comparator cuts tokens short: BANK_AGED alone is told there, at the first two ticks, by the
        gain up to the first of them.
        """
        volts = bank_mv // 1000
        self._start_uj -= volts * volts * since(now_ms, self._at_ms) * 1000 // limits.BANK_BLEEDER_OHM
        self._at_ms = now_ms
        given_uj = self._given_uj
        if is_near or since(now_ms, self._last_ms) >= USED_UP_MS:
            given_uj += self._last_uj
        if not given_uj:
            return 0
        is_aged = self._permille(bank_mv - _READING_MV, given_uj) > AGED_PERMILLE
        if is_near:
            self._near_ticks += 1
            if self._near_ticks == 1:
                self._is_aged = self._is_aged or is_aged
            return faults.BANK_AGED if self._is_aged and self._near_ticks <= NEAR_TICKS else 0
        permille = self._permille(bank_mv + _READING_MV, given_uj)
        if permille < SLOW_PERMILLE:
            return faults.CHARGE_STALLED if permille < STALLED_PERMILLE else faults.CHARGE_SLOW
        self._is_aged = is_aged
        return faults.BANK_AGED if is_aged else 0

    def _permille(self, bank_mv, given_uj):
        """Of what was given, what a bank of this voltage has gained."""
        gained_uj = _stored_uj(limits.BANK_CAPACITANCE_UF, max(0, bank_mv)) - self._start_uj
        return gained_uj * 10 // (given_uj // 100)


class Supervisor:
    """Watches one charge, from `start` until the bank is dumped.

    A wrong reading counts when it comes twice running; a target that is far off at once, unless the look was noisy.
    """

    def __init__(self):
        self.curve = Curve()
        self.start(0, 0, 0)

    def start(self, target_mv, bank_mv, now_ms):
        """Begin to watch a charge to `target_mv` from `bank_mv`."""
        self.target_mv = target_mv
        self.settled = False
        self.soft_token_us = soft_token_us(target_mv)
        self.curve.start(bank_mv, now_ms, self.soft_token_us)
        self._started_ms = now_ms
        self._in_window_ms = self._held_ms = now_ms
        self._good = 0
        self._suspected = 0
        self._target_band_mv = target_mv * TARGET_TOLERANCE_PERMILLE // 1000 + TOLERANCE_MV
        self._over_mv = target_mv * limits.BANK_WINDOW_HIGH_PERMILLE // 1000 + TOLERANCE_MV
        self._low_mv = target_mv * limits.BANK_WINDOW_LOW_PERMILLE // 1000 - TOLERANCE_MV
        self._sagged_mv = self._low_mv - target_mv * SAG_PERMILLE // 1000
        self._near_mv = target_mv * _NEAR_PERMILLE // 1000
        self._lost_mv = target_mv * LOST_PERMILLE // 1000

    def switched(self, now_ms):
        """The target has been set: what must follow it has its time from now on."""
        self._started_ms = self._in_window_ms = self._held_ms = now_ms

    def _suspect(self, readings, now_ms, elapsed_ms):
        """What this reading alone says: a fault, or 0."""
        bank_mv = readings.bank_mv
        target_mv = self.target_mv
        if elapsed_ms > TARGET_SETTLE_MS and abs(readings.target_sense_mv - target_mv) > self._target_band_mv:
            return faults.TARGET_WRONG
        if bank_mv > self._over_mv:
            return faults.BANK_OVER_TARGET
        if readings.bank_steady and bank_mv < self._sagged_mv:
            return faults.BANK_SENSE_IMPLAUSIBLE
        if elapsed_ms > LATCH_MS and not readings.supply_on:
            return faults.SUPPLY_LATCH
        return 0 if self.settled else self.curve.check(bank_mv, now_ms, bank_mv >= self._near_mv)

    def _is_far(self, readings):
        return readings.adc_jump <= JUMP_COUNTS and abs(readings.target_sense_mv - self.target_mv) > FAR_MV

    def cause(self, readings):
        """Why the bank may be outside its window, as far as one look tells: a fault, or 0."""
        if not readings.supply_on:
            return faults.SUPPLY_LATCH
        if abs(readings.target_sense_mv - self.target_mv) > self._target_band_mv:
            return faults.TARGET_WRONG
        return faults.BANK_OVER_TARGET if readings.bank_mv > self._over_mv else 0

    def check(self, readings, now_ms, strict_window=True):
        """The fault that these readings show, or 0. Without `strict_window` (a train runs) dips are the train's own."""
        elapsed_ms = since(now_ms, self._started_ms)
        suspect = self._suspect(readings, now_ms, elapsed_ms)
        if suspect and (suspect == self._suspected or (suspect == faults.TARGET_WRONG and self._is_far(readings))):
            return suspect
        self._suspected = suspect
        return 0 if suspect else self._follow(readings, now_ms, elapsed_ms, strict_window)

    def _follow(self, readings, now_ms, elapsed_ms, strict_window):
        """Count the ticks in the window. CHARGE_SLOW when it is not reached, CHARGE_STALLED when left for good."""
        if readings.bank_mv >= self._lost_mv:
            self._held_ms = now_ms
        if readings.bank_ok and readings.bank_mv >= self._low_mv:
            self._good += 1
            self._in_window_ms = now_ms
            if self._good >= SETTLED_TICKS:
                self.settled = True
            return 0
        self._good = 0
        if not self.settled:
            return faults.CHARGE_SLOW if elapsed_ms > ALLOWED_MS else 0
        good_ms = self._in_window_ms if strict_window else self._held_ms
        return faults.CHARGE_STALLED if since(now_ms, good_ms) > OUT_OF_WINDOW_MS else 0


class DumpWatch:
    """The bank must be below the touch-safe voltage as soon as the dump can bring it there."""

    def __init__(self):
        self._began_ms = 0
        self._is_safe = False
        self._is_over = True  # nothing is watched

    def start(self, now_ms):
        """Dumping began."""
        self._began_ms = now_ms
        self._is_safe = self._is_over = False

    def left_ms(self, now_ms):
        """Until a dump that works has emptied the bank, whatever the readings say; 0 from then on."""
        return 0 if self._is_over else max(0, DUMP_MS - since(now_ms, self._began_ms))

    def check(self, bank_mv, now_ms):
        """DUMP_FAILED, once, when the time is over and the bank has not been safe to touch; else 0."""
        if self._is_over:
            return 0
        if bank_mv < limits.BANK_TOUCH_SAFE_MV:
            self._is_safe = True
        self._is_over = since(now_ms, self._began_ms) > DUMP_MS
        return faults.DUMP_FAILED if self._is_over and not self._is_safe else 0
