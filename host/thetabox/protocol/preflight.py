"""The dose and timing summary: every figure beside its limit, with the margin and, where it fails, the remedy.

What `compile_protocol` lets through keeps every limit of the board. What may still fail here is a prediction (coil) or
concerns a stimulator's own setting (rate limits), which the board cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from contract import limits

from .dose import BankDose, dose
from .refusals import ticks_text, time_text

if TYPE_CHECKING:
    from .compiler import Compiled
    from .dose import Dose


@dataclass(frozen=True)
class Check:
    """One line of the summary, as text: a value, its limit and what is left to it; `remedy` is empty when `ok`."""

    name: str
    value: str
    limit: str
    ok: bool
    remedy: str = ""
    margin: str = ""


def _time_rows(compiled: Compiled, figures: Dose) -> list[Check]:
    left = limits.PROTOCOL_PULSES_MAX - figures.pulses
    over_s = limits.PROTOCOL_DURATION_MAX_S - compiled.onset_ticks[-1] / limits.CLOCK_SYS_HZ
    longest = time_text(limits.PROTOCOL_DURATION_MAX_S)
    rows = [
        Check("pulses", str(figures.pulses), f"{limits.PROTOCOL_PULSES_MAX}", True, margin=str(left)),
        Check("first to last onset", time_text(figures.first_to_last_s), longest, True, margin=time_text(over_s)),
        Check("full cycle", time_text(figures.full_cycle_s), "", True),
    ]
    if figures.minimum_gap_s is not None and figures.mean_rate_hz is not None:
        apart = compiled.width_ticks + limits.TRIGGER_EDGE_GAP_MIN_TICKS
        least = max(int(compiled.protocol.min_gap_ticks), apart)
        margin_s = figures.minimum_gap_s - least / limits.CLOCK_SYS_HZ
        rows += [
            Check("mean rate", f"{figures.mean_rate_hz:.3g} Hz", "", True),
            Check("shortest gap", time_text(figures.minimum_gap_s), f"at least {ticks_text(least)}", margin_s > -4e-9,
                  margin=time_text(max(0.0, margin_s))),
        ]  # fmt: skip
    most = limits.BLANK_AFTER_US // 2 if figures.bank else limits.TRIGGER_WIDTH_MAX_US
    width = ticks_text(compiled.width_ticks)
    return [*rows, Check("trigger width", width, f"{limits.TRIGGER_WIDTH_MIN_US} us to {time_text(most / 1e6)}", True)]


def _bank_rows(figures: Dose, bank: BankDose) -> list[Check]:
    volts = limits.BANK_WORKING_MAX_MV / 1000
    spare_w = limits.BANK_CHARGER_W - bank.mean_charge_w
    spare_k = limits.COIL_STOP_C - bank.coil_peak_c
    rows = [
        Check("bank target", f"{bank.target_v:.1f} V", f"{volts:.0f} V", True, margin=f"{volts - bank.target_v:.1f} V"),
        Check("energy stored", f"{bank.stored_j:.2f} J", "", True),
        Check("lost a pulse, in all", f"{bank.lost_j:.2f} J, {bank.lost_total_j:.0f} J", "", True),
        Check("mean charging power", f"{bank.mean_charge_w:.2f} W", f"{limits.BANK_CHARGER_W} W", spare_w > 0,
              "" if spare_w > 0 else "lower the intensity or lengthen the intervals", f"{spare_w:.2f} W"),
    ]  # fmt: skip
    if figures.minimum_gap_s is not None:
        spare_s = float(bank.recharge_margin_s.min())
        rows.append(
            Check("recharge needs", time_text(bank.recharge_need_s), f"shortest gap {time_text(figures.minimum_gap_s)}",
                  spare_s > -4e-9, margin=time_text(max(0.0, spare_s)))
        )  # fmt: skip
    cool = spare_k > 0
    remedy = "" if cool else "lower the intensity, lengthen the intervals, or split the session: the board will stop it"
    peak, stop = f"{bank.coil_peak_c:.1f} C", f"{limits.COIL_STOP_C} C"
    return [*rows, Check("coil at its hottest", peak, stop, cool, remedy, f"{spare_k:.1f} K")]


def _stimulator_rows(compiled: Compiled, figures: Dose) -> list[Check]:
    """The named stimulator's own table of rates; unless an intensity was given, the highest that it then allows."""
    table = compiled.profile.rate_limits
    if not table or figures.minimum_gap_s is None:
        return []
    rate_hz = 1 / figures.minimum_gap_s
    allowed = [limit.up_to_percent for limit in table if float(limit.rate_hz) * (1 + 1e-6) >= rate_hz]
    most = max(allowed, default=None)
    percent = compiled.intensity_percent
    value = f"{rate_hz:.4g} Hz" if percent is None else f"{rate_hz:.4g} Hz at {float(percent):g} %"
    limit = "no intensity allows it" if most is None else f"up to {float(most):g} %"
    ok = most is not None and (percent is None or percent <= most)
    fallback = "lengthen the shortest interval, or choose another stimulator"
    remedy = (
        "" if ok else fallback if most is None else f"set the stimulator to {float(most):g} % or less, or {fallback}"
    )
    return [Check("stimulator's rate", value, limit, ok, remedy)]


def preflight(compiled: Compiled) -> list[Check]:
    """The summary's lines; none that is not `ok` should be run without a second thought."""
    figures = dose(compiled)
    rows = _time_rows(compiled, figures)
    return rows + (_bank_rows(figures, figures.bank) if figures.bank else _stimulator_rows(compiled, figures))
