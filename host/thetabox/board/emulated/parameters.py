"""What the emulated board is made of: hw/limits.toml in SI units, and what is not a limit but a part's property."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from contract import limits

TICK_S = 1 / limits.CLOCK_SYS_HZ


def ticks_of(seconds: float) -> int:
    """The nearest whole number of system clocks."""
    return round(seconds * limits.CLOCK_SYS_HZ)


@dataclass(frozen=True)
class PlantParameters:
    """SI units; a share is a fraction of 1. Fields without a default come from the limits."""

    capacitance_f: float
    bleeder_ohm: float
    dump_ohm: float
    charger_w: float
    energy_lost_share: float
    target_full_scale_v: float
    target_hysteresis_share: float
    window_low_share: float
    window_high_share: float
    overvoltage_trip_v: float
    touch_safe_v: float
    divider_ratio: float
    adc_full_scale_v: float
    adc_counts: int
    coil_ambient_c: float
    coil_heat_capacity_j_per_k: float
    coil_time_constant_s: float
    coil_heat_share: float
    leakage_ohm: float = 10e6  # what is left across the bank without bleeder and dump: divider and film
    target_filter_s: float = 5e-3  # RC behind the PWM
    interlock_filter_s: float = 10e-6  # against coil interference, both ways
    comparator_delay_s: float = 0.5e-6  # LM393 class, some 10 mV of overdrive
    pulse_s: float = 280e-6  # one biphasic cycle of the coil's current
    fired_delay_s: float = 2e-6  # current sensor and its comparator, both edges
    conduction_min_v: float = 10.0  # below it the switch does not hold and no current is seen
    coil_sense_v_per_k: float = 10e-3
    coil_sense_zero_c: float = -50.0
    adc_noise_counts: int = 1

    @classmethod
    def reference(cls) -> Self:
        """The reference design of hw/limits.toml."""
        return cls(
            capacitance_f=limits.BANK_CAPACITANCE_UF * 1e-6,
            bleeder_ohm=limits.BANK_BLEEDER_OHM,
            dump_ohm=limits.BANK_DUMP_OHM,
            charger_w=limits.BANK_CHARGER_W,
            energy_lost_share=limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000,
            target_full_scale_v=limits.BANK_WORKING_MAX_MV / 1000,
            target_hysteresis_share=limits.BANK_TARGET_HYSTERESIS_PERMILLE / 1000,
            window_low_share=limits.BANK_WINDOW_LOW_PERMILLE / 1000,
            window_high_share=limits.BANK_WINDOW_HIGH_PERMILLE / 1000,
            overvoltage_trip_v=limits.BANK_OVERVOLTAGE_TRIP_MV / 1000,
            touch_safe_v=limits.BANK_TOUCH_SAFE_MV / 1000,
            divider_ratio=limits.BANK_DIVIDER_RATIO,
            adc_full_scale_v=limits.BANK_ADC_FULL_SCALE_MV / 1000,
            adc_counts=limits.BANK_ADC_COUNTS,
            coil_ambient_c=limits.COIL_AMBIENT_C,
            coil_heat_capacity_j_per_k=limits.COIL_HEAT_CAPACITY_J_PER_K,
            coil_time_constant_s=limits.COIL_TIME_CONSTANT_S,
            coil_heat_share=limits.COIL_HEAT_PERMILLE_OF_LOSS / 1000,
        )
