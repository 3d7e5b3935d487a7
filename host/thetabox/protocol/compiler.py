"""From a protocol and a device profile to integer ticks, and to the image that the board takes.

Every onset is rounded once, from t0, half up, in exact integers: with levels of period n_k / d_k ticks and the common
denominator D, the onset with indices i_k is (sum(i_k n_k D / d_k) + D // 2) // D. The board does the same by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from contract import faults, limits
from contract import protocol as image_format

from .outputs import CHANNELS, STARTS, require_drive
from .profiles import profile as find_profile
from .refusals import check_levels, refusal
from .schedule import onset_ticks, round_half_up, schedule
from .toml import ProtocolError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .profiles import Profile
    from .spec import Spec


@dataclass(frozen=True, eq=False)
class Compiled:
    """What is uploaded and what is to be seen.

    onset_ticks: (pulses,) int64 ticks of 8 ns from t0. indices: (pulses, levels) int64, innermost first.
    intensity_percent: as given to `compile_protocol`, None when it was not. target_mv: 0 unless the bank is driven.
    """

    spec: Spec
    profile: Profile
    image: bytes
    protocol: image_format.Protocol
    onset_ticks: NDArray[np.int64]
    indices: NDArray[np.int64]
    width_ticks: int
    target_mv: int
    intensity_percent: Fraction | None = None

    @property
    def pulses(self) -> int:
        """Number of pulses."""
        return len(self.onset_ticks)

    @property
    def image_crc(self) -> int:
        """The image's identity on the wire."""
        return int(image_format.image_crc(self.image))

    @property
    def duration_s(self) -> float:
        """First to last onset."""
        return float(self.onset_ticks[-1] - self.onset_ticks[0]) / limits.CLOCK_SYS_HZ

    @property
    def cycle_s(self) -> float:
        """All patterns with their last gap: count times interval of the outermost. For a bare list, as `duration_s`."""
        outer = self.spec.patterns[-1] if self.spec.patterns else None
        return float(outer.count * outer.interval_s) if outer else self.duration_s

    @property
    def minimum_gap_s(self) -> float | None:
        """Shortest gap between onsets; None for a single pulse."""
        return float(np.diff(self.onset_ticks).min()) / limits.CLOCK_SYS_HZ if self.pulses > 1 else None

    @property
    def maximum_gap_s(self) -> float:
        """Longest gap between onsets; 0 for a single pulse."""
        return float(np.diff(self.onset_ticks).max(initial=0)) / limits.CLOCK_SYS_HZ


def _percent(given: float | Fraction | None, spec: Spec) -> Fraction | None:
    """The intensity in exact %. A float is taken as it is printed: 33.3 means 33.3, not its binary neighbour."""
    if given is None:
        return spec.intensity_percent
    if isinstance(given, float) and not math.isfinite(given):
        raise ProtocolError(f"{spec.name}: the intensity is {given}", "give a number above 0 and up to 100")
    return Fraction(str(given))


def _target_mv(percent: Fraction | None, spec: Spec) -> int:
    if percent is None:
        raise ProtocolError(f"{spec.name} names no intensity", "give one with --intensity")
    target = round_half_up(percent * limits.BANK_WORKING_MAX_MV / 100)
    return max(0, min(target, 0xFFFFFFFF))  # what the image holds; `check` refuses it beyond the bank's range


def _ticks(spec: Spec, profile: Profile) -> list[int]:
    """Onsets, within what an image can say at all; all other limits are for contract.protocol.check."""
    if not 1 <= spec.pulses <= limits.PROTOCOL_PULSES_MAX:
        wrong = f"{spec.name} has {spec.pulses} pulses, more than the board's {limits.PROTOCOL_PULSES_MAX}"
        raise ProtocolError(wrong, "change the counts, or split it into sessions", faults.COUNT_OUT_OF_RANGE)
    check_levels(spec)
    ticks = onset_ticks(spec)
    if any(late < early for early, late in pairwise([0, *ticks])):
        raise refusal(faults.GAP_TOO_SHORT, spec, profile, ticks)
    if ticks[-1] > limits.PROTOCOL_DURATION_MAX_S * limits.CLOCK_SYS_HZ:
        raise refusal(faults.TOO_LONG, spec, profile, ticks)
    return ticks


def compile_protocol(
    spec: Spec, profile: Profile | None = None, intensity_percent: float | Fraction | None = None
) -> Compiled:
    """Compile; raises ProtocolError with the first limit that is broken, in the board's own words and with its numbers.

    profile: None takes the protocol's own, or else the bank. intensity_percent: of the bank's working maximum; None
    takes the protocol's own. A trigger towards an external stimulator sets no intensity.
    """
    profile = profile or find_profile(spec.profile or "bank")
    ticks = _ticks(spec, profile)
    made = schedule(spec, ticks)
    bank = profile.drive == "bank"
    require_drive(spec.name, spec.outputs, bank)
    percent = _percent(intensity_percent, spec)
    width = round_half_up((profile.width_us if spec.width_us is None else spec.width_us) * image_format.TICKS_PER_US)
    protocol = image_format.Protocol(
        drive=image_format.BANK if bank else image_format.EXTERNAL,
        policy=image_format.SKIP if spec.policy == "skip" else image_format.ABORT,
        channels=CHANNELS[spec.outputs.channels],
        target_mv=_target_mv(percent, spec) if bank else 0,
        width_ticks=max(0, min(width, 0xFFFFFFFF)),
        min_gap_ticks=math.ceil(profile.minimum_gap_us * image_format.TICKS_PER_US),
        levels=made.levels,
        gaps=made.gaps,
        inverted=int(profile.inverted),
        lag_ticks=round_half_up(spec.outputs.lag_s * limits.CLOCK_SYS_HZ),
        silence_ms=spec.outputs.silence_ms,
        coil_stop_c=spec.outputs.coil_stop_c,
        start=STARTS[spec.outputs.start],
        sync=spec.outputs.sync,
    )
    try:
        image_format.check(protocol)
    except faults.Refused as refused:
        raise refusal(refused.number, spec, profile, ticks, protocol) from None
    return Compiled(
        spec, profile, image_format.encode(protocol), protocol, made.onset_ticks, made.indices, width,
        protocol.target_mv, None if intensity_percent is None else percent,
    )  # fmt: skip
