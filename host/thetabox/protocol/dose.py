"""The dose and what it asks of the bank, worked out before anything is armed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from contract import limits
from contract import protocol as image_format

if TYPE_CHECKING:
    from .compiler import Compiled


@dataclass(frozen=True)
class Check:
    """One line of the summary: a value beside its limit (both as text), and whether it holds."""

    name: str
    value: str
    limit: str
    ok: bool


def _seconds(value: float) -> str:
    return f"{value * 1e3:g} ms" if value < 1 else f"{value:.2f} s"


def peak_coil_c(compiled: Compiled) -> float:
    """Highest coil temperature of the session from ambient: each pulse adds its heat, which decays exponentially."""
    stored_j = limits.BANK_CAPACITANCE_UF * 1e-6 * (compiled.target_mv / 1000) ** 2 / 2
    lost_j = stored_j * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000
    step = lost_j * limits.COIL_HEAT_PERMILLE_OF_LOSS / 1000 / limits.COIL_HEAT_CAPACITY_J_PER_K
    gaps_s = np.diff(compiled.onset_ticks) / limits.CLOCK_SYS_HZ
    rise = peak = step
    for gap_s in gaps_s:
        rise = rise * math.exp(-gap_s / limits.COIL_TIME_CONSTANT_S) + step
        peak = max(peak, rise)
    return limits.COIL_AMBIENT_C + peak


def checks(compiled: Compiled) -> list[Check]:
    """The summary that `show` and `run` print, worst limits included."""
    gap_s = compiled.minimum_gap_s
    rows = [
        Check("pulses", str(compiled.pulses), f"{limits.PROTOCOL_PULSES_MAX}", True),
        Check("first to last onset", _seconds(compiled.duration_s), _seconds(limits.PROTOCOL_DURATION_MAX_S), True),
        Check("full cycle", _seconds(compiled.cycle_s), "", True),
    ]
    if gap_s is not None:
        rows.append(Check("mean rate", f"{(compiled.pulses - 1) / compiled.duration_s:.3g} Hz", "", True))
        least = max(float(compiled.profile.minimum_gap_us) * 1e-6, compiled.width_ticks / limits.CLOCK_SYS_HZ)
        rows.append(Check("shortest gap", _seconds(gap_s), f"more than {_seconds(least)}", gap_s > least))
    rows.append(Check("trigger width", _seconds(compiled.width_ticks / limits.CLOCK_SYS_HZ), "", True))
    if compiled.profile.drive != "bank":
        return rows
    volts = compiled.target_mv / 1000
    stored_j = limits.BANK_CAPACITANCE_UF * 1e-6 * volts**2 / 2
    lost_j = stored_j * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE / 1000
    need_s = image_format.recharge_ticks(compiled.target_mv) / limits.CLOCK_SYS_HZ
    mean_w = lost_j * compiled.pulses / max(compiled.cycle_s, 1e-9)
    coil_c = peak_coil_c(compiled)
    rows += [
        Check("bank target", f"{volts:.1f} V", f"{limits.BANK_WORKING_MAX_MV / 1000:.0f} V", True),
        Check("energy stored", f"{stored_j:.2f} J", "", True),
        Check("lost a pulse, in all", f"{lost_j:.2f} J, {lost_j * compiled.pulses:.0f} J", "", True),
        Check("mean charging power", f"{mean_w:.2f} W", f"{limits.BANK_CHARGER_W} W", mean_w < limits.BANK_CHARGER_W),
    ]
    if gap_s is not None:
        rows.append(Check("recharge needs", _seconds(need_s), f"shortest gap {_seconds(gap_s)}", need_s <= gap_s))
    rows.append(Check("coil at its hottest", f"{coil_c:.1f} C", f"{limits.COIL_STOP_C} C", coil_c < limits.COIL_STOP_C))
    return rows
