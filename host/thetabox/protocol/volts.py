"""The bank's target as a person may write it, in volts: exact, within the bank's range, and in words."""

from __future__ import annotations

from fractions import Fraction

from contract import limits

LOW, HIGH = limits.BANK_TARGET_MIN_MV // 1000, limits.BANK_WORKING_MAX_MV // 1000


def percent_of(volts: Fraction) -> Fraction:
    """The same target in % of the bank's working maximum, exactly."""
    return volts * 100_000 / limits.BANK_WORKING_MAX_MV


def wrong_volts(volts: Fraction) -> tuple[str, str] | None:
    """What is wrong with a target and what to do instead; None for a sound one."""
    if not limits.BANK_TARGET_MIN_MV <= volts * 1000 <= limits.BANK_WORKING_MAX_MV:
        return f"is outside the bank's {LOW} to {HIGH} V", f"choose a target from {LOW} to {HIGH} V"
    if (volts * 1000).denominator != 1:
        return "is finer than a millivolt", "write three decimals at the most"
    return None


def volts_words(volts: Fraction) -> str:
    """As 216 V (60 %)."""
    return f"{float(volts):g} V ({float(percent_of(volts)):.4g} %)"
