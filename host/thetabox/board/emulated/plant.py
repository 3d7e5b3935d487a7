"""What is wired to the Pico: bank, charger and its latch, dump, comparators, interlock, gate, coil, sensors.

Event driven: something changes, the bank's closed form is restarted, and the next comparator crossing gets an alarm.
Simplified, and said: the discharge takes its energy at once when the coil current ends; comparators answer at once.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from contract import limits, pins

from .bank import Bank

if TYPE_CHECKING:
    from collections.abc import Callable

    from .chip import Chip
    from .clock import Alarm

TICK_S = 1 / limits.CLOCK_SYS_HZ
INTERLOCK_FILTER_S = 10e-6  # against coil interference, both ways
PULSE_S = 280e-6  # one biphasic cycle of the coil's current
FIRED_DELAY_S = 2e-6
TARGET_FILTER_S = 5e-3  # RC of the PWM's filter
TARGET_SETTLED = 8  # time constants after which the target counts as still
TARGET_STEP_S = 1e-4  # while it moves, the comparators are looked at this often
DISCHARGE_MIN_V = 5.0


@dataclass
class Faults:
    """What can be broken. The defaults are a sound board."""

    capacitance_factor: float = 1.0
    bleeder_open: bool = False
    dump_stuck_off: bool = False
    charger_factor: float = 1.0  # 0: dead
    charger_stuck_on: bool = False
    supply_latch_stuck_on: bool = False
    bank_sense_factor: float = 1.0  # 0: divider open
    bank_sense_frozen_counts: int | None = None
    target_below_stuck: int | None = None
    bank_ok_stuck: int | None = None
    overvoltage_blind: bool = False
    coil_open: bool = False
    coil_sense_counts: int | None = None
    fired_stuck: int | None = None
    trig_sense_stuck: int | None = None


@dataclass
class _Inputs:
    """Levels of the Pico's outputs as the board sees them."""

    trig_a: int = 0
    charge_en: int = 0
    supply_en: int = 0
    dump_inhibit: int = 0


@dataclass
class Plant:
    """The board around one chip. `bank_wired`: trigger A drives the bank's switch; else an external stimulator."""

    chip: Chip
    record: Callable[[int, int, int], None] = lambda gpio, tick, level: None
    bank_wired: bool = True
    seed: int = 1
    faults: Faults = field(default_factory=Faults)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._out = _Inputs()
        self._levels: dict[int, int] = {}
        self._alarm: Alarm | None = None
        self._interlock_alarm: Alarm | None = None
        self._contact_closed = True
        self.interlock_closed = True
        self._overvoltage = False
        self._supply_on = False
        self._firing = False
        self._coil_j = 0.0  # heat above ambient
        self._coil_since_s = 0.0
        self.pulses_fired = 0
        self._target = (0.0, 0.0, 0.0)  # volts before, volts aimed at, since
        self._below = 0
        self.bank = Bank(self._capacitance_f, self._resistance_ohm)
        chip = self.chip
        for gpio, name in (
            (pins.TRIG_A, "trig_a"),
            (pins.CHARGE_EN, "charge_en"),
            (pins.CHARGER_SUPPLY_EN, "supply_en"),
            (pins.DUMP_INHIBIT, "dump_inhibit"),
        ):
            chip.on_output(gpio, partial(self._edge, name))
        chip.on_pwm = self._pwm
        chip.on_reset(self._pwm)
        for channel, read in enumerate((self._bank_counts, self._coil_counts, self._target_counts)):
            chip.set_analog(channel, read)
        for gpio in pins.IDLE_HIGH:
            chip.set_rest_level(gpio, 1)
        self.update()

    # what the board is

    @property
    def now_s(self) -> float:
        """Board time in s."""
        return self.chip.ticks * TICK_S

    @property
    def _capacitance_f(self) -> float:
        return limits.BANK_CAPACITANCE_UF * 1e-6 * self.faults.capacitance_factor

    @property
    def _resistance_ohm(self) -> float:
        conductance = 0.0 if self.faults.bleeder_open else 1 / limits.BANK_BLEEDER_OHM
        if not self._out.dump_inhibit and not self.faults.dump_stuck_off:
            conductance += 1 / limits.BANK_DUMP_OHM
        return 1 / conductance if conductance else 1e9

    @property
    def _power_w(self) -> float:
        enabled = self._out.charge_en or self.faults.charger_stuck_on
        supplied = self._supply_on or self.faults.supply_latch_stuck_on
        return limits.BANK_CHARGER_W * self.faults.charger_factor if enabled and supplied else 0.0

    @property
    def bank_v(self) -> float:
        """Bank voltage now."""
        return self.bank.volts_at(self.now_s)

    @property
    def coil_c(self) -> float:
        """Coil temperature now."""
        heat = self._coil_j * math.exp(-(self.now_s - self._coil_since_s) / limits.COIL_TIME_CONSTANT_S)
        return limits.COIL_AMBIENT_C + heat / limits.COIL_HEAT_CAPACITY_J_PER_K

    @property
    def target_v(self) -> float:
        """Filtered target voltage now."""
        before, aim, since = self._target
        return aim + (before - aim) * math.exp(-(self.now_s - since) / TARGET_FILTER_S)

    @property
    def safe_ok(self) -> bool:
        """Interlock chain closed and over-voltage latch clear."""
        return self.interlock_closed and not self._overvoltage

    # what acts on it

    def interlock(self, closed: bool) -> None:
        """Open or close the interlock's contact; the chain follows after the filter's time."""
        self._contact_closed = closed
        if self._interlock_alarm:
            self._interlock_alarm.cancel()
        filtered = self.chip.ticks + round(INTERLOCK_FILTER_S / TICK_S)
        self._interlock_alarm = self.chip.at(filtered, self._interlock_settled)

    def _interlock_settled(self) -> None:
        if self.interlock_closed != self._contact_closed:
            self.interlock_closed = self._contact_closed
            self.update()

    def set_level(self, gpio: int, level: int) -> None:
        """Drive an input of the Pico, and record it."""
        if self._levels.get(gpio) != level:
            self._levels[gpio] = level
            tick = self.chip.driver.edge_tick
            self.record(gpio, self.chip.ticks if tick is None else tick, level)
            self.chip.set_input(gpio, level)

    def _edge(self, name: str, _tick: int, level: int | None) -> None:
        self._output(name, level or 0)

    def _output(self, name: str, level: int) -> None:
        if name == "supply_en" and level and not self._out.supply_en and self.safe_ok:
            self._supply_on = True
        setattr(self._out, name, level)
        self.update()

    def _pwm(self) -> None:
        aim = self.chip.pwm_duty(pins.TARGET_PWM) * limits.BANK_WORKING_MAX_MV / 1000
        if aim != self._target[1]:
            self._target = (self.target_v, aim, self.now_s)
            self.update()

    # consequences

    def update(self, lost_share: float = 0.0) -> None:
        """Something has changed: restart the bank's closed form, set the levels, plan the next crossing."""
        now = self.now_s
        if self.bank.volts_at(now) * 1000 >= limits.BANK_OVERVOLTAGE_TRIP_MV and not self.faults.overvoltage_blind:
            self._overvoltage = True
        elif not self._out.supply_en and self.bank.volts_at(now) * 1000 < limits.BANK_TOUCH_SAFE_MV:
            self._overvoltage = False
        if not self._out.supply_en or not self.safe_ok:
            self._supply_on = False
        self.bank.capacitance_f = self._capacitance_f
        self.bank.change(now, power_w=self._power_w, resistance_ohm=self._resistance_ohm, lost_share=lost_share)
        self._compare(self.bank.volts_at(now))
        self._gate()
        self._plan(now)

    def _compare(self, volts: float) -> None:
        target = self.target_v
        low = target * (1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000)
        if volts >= target * (1 - 1e-9):
            self._below = 0
        elif volts <= low * (1 + 1e-9):
            self._below = 1
        inside = (
            target > 1.0
            and target * limits.BANK_WINDOW_LOW_PERMILLE / 1000 * (1 - 1e-9) <= volts
            and volts <= target * limits.BANK_WINDOW_HIGH_PERMILLE / 1000
        )
        stuck = self.faults
        self.set_level(pins.TARGET_BELOW, self._below if stuck.target_below_stuck is None else stuck.target_below_stuck)
        self.set_level(pins.BANK_OK, int(inside) if stuck.bank_ok_stuck is None else stuck.bank_ok_stuck)
        self.set_level(pins.INTERLOCK, int(self.interlock_closed))
        self.set_level(pins.SAFE_OK, int(self.safe_ok))
        self.set_level(pins.SUPPLY_ON, int(self._supply_on))

    def _gate(self) -> None:
        """The AND gate outside: what leaves it is read back, and fires the bank's switch."""
        gated = int(self._out.trig_a and self.safe_ok)
        rising = gated and not self._levels.get(pins.TRIG_SENSE)
        sense = self.faults.trig_sense_stuck
        self.set_level(pins.TRIG_SENSE, gated if sense is None else sense)
        fires = self.bank_wired and not self._firing and not self.faults.coil_open and self.bank_v > DISCHARGE_MIN_V
        if rising and fires:
            self._firing = True
            now = self.chip.ticks
            self.chip.at(now + round(FIRED_DELAY_S / TICK_S), lambda: self._fired(1))
            self.chip.at(now + round((FIRED_DELAY_S + PULSE_S) / TICK_S), self._discharged)

    def _fired(self, level: int) -> None:
        self.set_level(pins.FIRED, level if self.faults.fired_stuck is None else self.faults.fired_stuck)

    def _discharged(self) -> None:
        self._firing = False
        self.pulses_fired += 1
        share = limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000
        heat = self.bank.energy_at(self.now_s) * share * limits.COIL_HEAT_PERMILLE_OF_LOSS / 1000
        decay = math.exp(-(self.now_s - self._coil_since_s) / limits.COIL_TIME_CONSTANT_S)
        self._coil_j = self._coil_j * decay + heat
        self._coil_since_s = self.now_s
        self._fired(0)
        self.update(lost_share=share)

    def _plan(self, now: float) -> None:
        """Alarm at the next crossing of a threshold, or soon while the target still moves."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        target = self.target_v
        levels = [
            target,
            target * (1 - limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000),
            target * limits.BANK_WINDOW_LOW_PERMILLE / 1000,
            target * limits.BANK_WINDOW_HIGH_PERMILLE / 1000,
            limits.BANK_OVERVOLTAGE_TRIP_MV / 1000,
            limits.BANK_TOUCH_SAFE_MV / 1000,
        ]
        times = [time for time in (self.bank.crossing_s(level, now) for level in levels) if time is not None]
        if now - self._target[2] < TARGET_SETTLED * TARGET_FILTER_S:
            times.append(now + TARGET_STEP_S)
        if times:
            tick = max(math.ceil(min(times) / TICK_S), self.chip.ticks + 1)
            self._alarm = self.chip.at(tick, self.update)

    # sensors

    def _noisy(self, counts: float) -> int:
        return max(0, min(limits.BANK_ADC_COUNTS - 1, round(counts) + self._random.randint(-1, 1)))

    def _counts(self, millivolts: float) -> int:
        return self._noisy(millivolts * limits.BANK_ADC_COUNTS / limits.BANK_ADC_FULL_SCALE_MV)

    def _bank_counts(self) -> int:
        if self.faults.bank_sense_frozen_counts is not None:
            return self.faults.bank_sense_frozen_counts
        return self._counts(self.bank_v * 1000 / limits.BANK_DIVIDER_RATIO * self.faults.bank_sense_factor)

    def _coil_counts(self) -> int:
        if self.faults.coil_sense_counts is not None:
            return self.faults.coil_sense_counts
        return self._counts((self.coil_c + 50) * 10)

    def _target_counts(self) -> int:
        return self._counts(self.target_v * 1000 * limits.BANK_ADC_FULL_SCALE_MV / limits.BANK_WORKING_MAX_MV)
