"""The dose and what it asks of the bank, in SI numbers, worked out before anything is armed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from contract import limits
from contract.protocol import recharge_ticks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .compiler import Compiled


@dataclass(frozen=True, eq=False)
class BankDose:
    """What the reference bank gives and takes, at its nominal capacitance.

    lost_j: of one pulse. mean_charge_w: over the full cycle. recharge_need_s: at the largest capacitance, with the
    no-charge window. recharge_margin_s: (pulses - 1,) each gap less that need. coil_peak_c: predicted, from ambient.
    """

    target_v: float
    stored_j: float
    lost_j: float
    lost_total_j: float
    mean_charge_w: float
    recharge_need_s: float
    recharge_margin_s: NDArray[np.float64]
    coil_peak_c: float


@dataclass(frozen=True, eq=False)
class Dose:
    """Counts and times. Stated durations of the field are ambiguous, so all are here.

    first_to_last_s: between the outer onsets. full_cycle_s: outermost count times interval, its last gap included.
    mean_rate_hz: (pulses - 1) / first_to_last_s. bank: None towards an external stimulator.
    """

    pulses: int
    first_to_last_s: float
    full_cycle_s: float
    minimum_gap_s: float | None
    mean_rate_hz: float | None
    bank: BankDose | None


def coil_rise_k(onsets_s: NDArray[np.float64], heat_j: float) -> NDArray[np.float64]:
    """(pulses,) Temperature above ambient right after each pulse of `heat_j` into the coil.

    A body of one heat capacity C and time constant T: every pulse adds heat_j / C, which decays exponentially, so after
    pulse n the rise is heat_j / C * sum over k <= n of exp(-(t_n - t_k) / T).
    """
    scaled = (onsets_s - onsets_s[0]) / limits.COIL_TIME_CONSTANT_S  # at most 30 in the longest protocol: no overflow
    rise: NDArray[np.float64] = np.exp(-scaled) * np.cumsum(np.exp(scaled)) * heat_j / limits.COIL_HEAT_CAPACITY_J_PER_K
    return rise


def _bank(compiled: Compiled) -> BankDose:
    volts = compiled.target_mv / 1000
    stored_j = limits.BANK_CAPACITANCE_UF * 1e-6 * volts**2 / 2
    lost_j = stored_j * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000
    onsets_s = compiled.onset_ticks / limits.CLOCK_SYS_HZ
    need_s = recharge_ticks(compiled.target_mv) / limits.CLOCK_SYS_HZ
    span_s = max(compiled.cycle_s, compiled.duration_s + need_s)  # a list or a single pulse has no gap after its last
    return BankDose(
        target_v=volts,
        stored_j=stored_j,
        lost_j=lost_j,
        lost_total_j=lost_j * compiled.pulses,
        mean_charge_w=lost_j * compiled.pulses / span_s,
        recharge_need_s=need_s,
        recharge_margin_s=np.diff(onsets_s) - need_s,
        coil_peak_c=limits.COIL_AMBIENT_C
        + float(coil_rise_k(onsets_s, lost_j * limits.COIL_HEAT_PERMILLE_OF_LOSS / 1000).max()),
    )


def dose(compiled: Compiled) -> Dose:
    """The dose of a compiled protocol."""
    several = compiled.pulses > 1
    return Dose(
        pulses=compiled.pulses,
        first_to_last_s=compiled.duration_s,
        full_cycle_s=compiled.cycle_s,
        minimum_gap_s=compiled.minimum_gap_s,
        mean_rate_hz=(compiled.pulses - 1) / compiled.duration_s if several else None,
        bank=_bank(compiled) if compiled.profile.drive == "bank" else None,
    )
