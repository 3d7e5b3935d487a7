"""A refusal in the board's own words (contract.faults), with the numbers of the protocol at hand."""

from __future__ import annotations

from itertools import pairwise

from contract import faults, limits
from contract.protocol import BANK, Protocol, recharge_ticks

from .profiles import Profile
from .spec import Spec
from .toml import ProtocolError


def time_text(seconds: float) -> str:
    """A time for people: us, ms or s, to a tick below a second and to 10 ms above."""
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1e3:.9g} ms" if seconds >= 1e-3 or seconds == 0 else f"{seconds * 1e6:.6g} us"


def ticks_text(ticks: int) -> str:
    """A time in ticks for people."""
    return time_text(ticks / limits.CLOCK_SYS_HZ)


def target_mv(percent: int) -> int:
    """The bank's target at an intensity."""
    return percent * limits.BANK_WORKING_MAX_MV // 100


def feasible_percent(gap_ticks: int) -> int:
    """Highest whole intensity in % at which the charger recharges the bank in this gap; 0 when there is none."""
    least = -(-limits.BANK_TARGET_MIN_MV * 100 // limits.BANK_WORKING_MAX_MV)
    fitting = (percent for percent in range(100, least - 1, -1) if recharge_ticks(target_mv(percent)) <= gap_ticks)
    return next(fitting, 0)


def _detail(number: int, spec: Spec, protocol: Protocol | None, onsets: list[int]) -> str:
    """The numbers behind a refusal; empty when its sentence says all."""
    if number == faults.TOO_LONG:
        return f"last onset at {ticks_text(onsets[-1])}, at most {limits.PROTOCOL_DURATION_MAX_S} s"
    gap = min((late - early for early, late in pairwise(onsets)), default=None)
    gap_text = "one pulse" if gap is None else f"shortest gap {'-' * (gap < 0)}{ticks_text(abs(gap))}"
    if number == faults.GAP_TOO_SHORT:
        least = protocol.min_gap_ticks if protocol else 0
        return f"{gap_text}, at least {ticks_text(least)}" if least else f"{gap_text}: the pulses overlap"
    if protocol is None:
        return ""
    if number == faults.WIDTH_OUT_OF_RANGE:
        most = limits.BLANK_AFTER_US // 2 if protocol.drive == BANK else limits.TRIGGER_WIDTH_MAX_US
        width = ticks_text(protocol.width_ticks)
        return f"width {width}, allowed {limits.TRIGGER_WIDTH_MIN_US} us to {most} us; {gap_text}"
    if number == faults.TARGET_OUT_OF_RANGE:
        low, high = limits.BANK_TARGET_MIN_MV / 1000, limits.BANK_WORKING_MAX_MV / 1000
        return f"target {protocol.target_mv / 1000:g} V, allowed {low:g} V to {high:g} V"
    if number == faults.NOT_RECHARGEABLE:
        need = ticks_text(recharge_ticks(protocol.target_mv))
        return f"{gap_text}, recharging to {protocol.target_mv / 1000:g} V takes {need}"
    return ""


def refusal(
    number: int, spec: Spec, profile: Profile, onsets: list[int], protocol: Protocol | None = None
) -> ProtocolError:
    """The error for a fault number. `onsets` in ticks; `protocol` is None when there is none yet."""
    _, _, _, sentence, remedy = faults.entry(number)
    detail = _detail(number, spec, protocol, onsets)
    if number == faults.NOT_RECHARGEABLE and len(onsets) > 1:
        percent = feasible_percent(min(late - early for early, late in pairwise(onsets)))
        if percent:
            remedy = f"{remedy} At {percent} % this gap suffices."
    numbers = f" ({detail})" if detail else ""
    message = f"{spec.name} on {profile.name}: {sentence.rstrip('.')}{numbers}"
    return ProtocolError(message, remedy, number)


def check_levels(spec: Spec) -> None:
    """Refuse what the image has no field for."""
    if len(spec.patterns) > limits.PROTOCOL_LEVELS_MAX:
        wrong = f"{spec.name} has {len(spec.patterns)} levels of patterns, more than {limits.PROTOCOL_LEVELS_MAX}"
        raise ProtocolError(wrong, "join two levels, or list the onsets", faults.IMAGE_UNKNOWN)
    for pattern in spec.patterns:
        ticks = pattern.interval_s * limits.CLOCK_SYS_HZ
        wrong = f"{spec.name}: the interval of {pattern.interval_s} s"
        if ticks < 1:
            raise ProtocolError(f"{wrong} is shorter than a tick of 8 ns", "lengthen it", faults.GAP_TOO_SHORT)
        if ticks.denominator > limits.PROTOCOL_PERIOD_DENOMINATOR_MAX:
            remedy = "write it with fewer digits"
            raise ProtocolError(f"{wrong} is not a simple fraction of 8 ns", remedy, faults.COUNT_OUT_OF_RANGE)
        if ticks.numerator >= 2**64:
            raise ProtocolError(f"{wrong} is longer than any protocol", "shorten it", faults.TOO_LONG)
