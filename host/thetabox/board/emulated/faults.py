"""What can be broken on the emulated board, by name. The model asks `Faults`; a name sets some of its fields."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Faults:
    """The defaults are a sound board. A line into the Pico that is stuck has a level, a sound one None."""

    capacitance_factor: float = 1.0
    bleeder_open: bool = False
    leak_ohm: float = math.inf  # across the bank, besides bleeder and dump
    dump_stuck_off: bool = False
    dump_stuck_on: bool = False
    charger_factor: float = 1.0  # of its power; 0 is dead
    charger_stuck_on: bool = False  # whatever CHARGE_EN says
    supply_latch_stuck_off: bool = False
    supply_latch_stuck_on: bool = False
    bank_sense_factor: float = 1.0  # of the main divider, which feeds the ADC and the comparators on the target
    bank_sense_frozen_counts: int | None = None
    overvoltage_sense_factor: float = 1.0  # of the divider that the over-voltage comparator has of its own
    adc_frozen: bool = False  # every channel keeps its last counts
    adc_noise_counts: int = 0  # on top of the usual noise
    target_frozen: bool = False  # the filtered target follows the PWM no more
    target_duty: float | None = None  # the PWM pin stands still, at this duty
    gate_bypassed: bool = False  # the AND gate passes triggers though SAFE_OK is low
    coil_open: bool = False
    switch_latched: bool = False  # the discharge switch conducts for good
    coil_sense_counts: int | None = None
    bounce_s: tuple[float, ...] = ()  # the interlock opens, closes, opens ... for so long each; see Plant.inject
    safe_ok_stuck: int | None = None
    interlock_stuck: int | None = None
    target_below_stuck: int | None = None
    bank_ok_stuck: int | None = None
    trig_sense_stuck: int | None = None
    fired_stuck: int | None = None
    supply_on_stuck: int | None = None
    bank_cool_stuck: int | None = None


@dataclass(frozen=True)
class NamedFault:
    """A sentence, and the fields that make it so."""

    sentence: str
    fields: dict[str, Any]


def _named(sentence: str, **changed: Any) -> NamedFault:
    return NamedFault(sentence, changed)


STUCK_LINES = ("SAFE_OK", "INTERLOCK", "TARGET_BELOW", "BANK_OK", "TRIG_SENSE", "FIRED", "SUPPLY_ON", "BANK_COOL")
NAMED = {
    "bank_aged": _named("The bank has lost 30 % of its capacitance.", capacitance_factor=0.7),
    "bleeder_open": _named("The bleeder is open.", bleeder_open=True),
    "bank_leaks": _named("The bank leaks, as through 4 kOhm across it.", leak_ohm=4_000.0),
    "bank_shorted": _named("The bank is shorted, through 5 Ohm.", leak_ohm=5.0),
    "dump_stuck_off": _named("The dump never conducts.", dump_stuck_off=True),
    "dump_stuck_on": _named("The dump always conducts.", dump_stuck_on=True),
    "charger_weak": _named("The charger gives 30 % of its power.", charger_factor=0.3),
    "charger_stalled": _named("The charger gives nothing.", charger_factor=0.0),
    "charger_stuck_on": _named("The charger ignores CHARGE_EN.", charger_stuck_on=True),
    "supply_latch_stuck_on": _named("The supply latch never goes off.", supply_latch_stuck_on=True),
    "supply_latch_stuck_off": _named("The supply latch never goes on.", supply_latch_stuck_off=True),
    "divider_open": _named("The main divider's upper leg is open: it reads 0 V.", bank_sense_factor=0.0),
    "divider_short": _named("The main divider's upper leg is shorted: it reads full scale.", bank_sense_factor=200.0),
    "overvoltage_divider_open": _named("The over-voltage comparator is blind.", overvoltage_sense_factor=0.0),
    "overvoltage_divider_short": _named(
        "The over-voltage comparator sees the whole bank: it trips at a few volts.", overvoltage_sense_factor=200.0
    ),
    "adc_frozen": _named("The ADC gives its last counts for ever.", adc_frozen=True),
    "adc_noisy": _named("The ADC is off by up to 60 counts.", adc_noise_counts=60),
    "target_frozen": _named("The filtered target stays where it is.", target_frozen=True),
    "target_pwm_low": _named("TARGET_PWM is stuck low.", target_duty=0.0),
    "target_pwm_high": _named("TARGET_PWM is stuck high: full scale.", target_duty=1.0),
    "gate_bypassed": _named("The output gate passes triggers though SAFE_OK is low.", gate_bypassed=True),
    "coil_open": _named("The coil is not connected.", coil_open=True),
    "switch_latched": _named("The discharge switch conducts for good.", switch_latched=True),
    "coil_sensor_open": _named("The coil's sensor is open: its pull-up wins.", coil_sense_counts=4095),
    "coil_sensor_short": _named("The coil's sensor is shorted.", coil_sense_counts=0),
    "coil_sensor_stuck": _named("The coil's sensor stays at 22 C.", coil_sense_counts=894),
    "coil_hot": _named("The coil's sensor says 41 C.", coil_sense_counts=1130),
    "interlock_bounce": _named(
        "The interlock's contact bounces too shortly for the filter.", bounce_s=(4e-6, 3e-6, 9e-6, 2e-6, 5e-6)
    ),
    "interlock_chatter": _named(
        "The interlock's contact bounces, for 20 us to 10 ms each.",
        bounce_s=(20e-6, 3e-3, 500e-6, 80e-6, 10e-3, 1e-3, 2e-3),
    ),
    "interlock_blink": _named("The interlock opens for 100 us.", bounce_s=(100e-6,)),
} | {
    f"{line.lower()}_stuck_{word}": _named(f"{line} is stuck {word} at the Pico.", **{f"{line.lower()}_stuck": level})
    for line in STUCK_LINES
    for word, level in (("low", 0), ("high", 1))
}


def inject(faults: Faults, name: str) -> None:
    """Break something; several may be broken. Raises KeyError for a name that is not in NAMED."""
    for key, value in NAMED[name].fields.items():
        setattr(faults, key, value)


def mend(faults: Faults, name: str) -> None:
    """Make something sound again."""
    sound = Faults()
    for key in NAMED[name].fields:
        setattr(faults, key, getattr(sound, key))
