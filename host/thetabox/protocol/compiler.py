"""From a protocol and a device profile to integer ticks, and to the image that the board takes.

Every onset is rounded once, from t0, half up, in exact integers: with levels of period n_k / d_k ticks and the common
denominator D, the onset with indices i_k is (sum(i_k n_k D / d_k) + D // 2) // D. The board does the same by itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from contract import faults, limits
from contract import protocol as image_format

from .toml import ProtocolError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from .profiles import Profile
    from .spec import Spec

TICK = Fraction(1, limits.CLOCK_SYS_HZ)


@dataclass(frozen=True)
class Compiled:
    """What is uploaded and what is to be seen. `onset_ticks` (n,) from t0; `indices` (n, levels), innermost first."""

    spec: Spec
    profile: Profile
    image: bytes
    protocol: image_format.Protocol
    onset_ticks: NDArray[np.int64]
    indices: NDArray[np.int64]
    width_ticks: int
    target_mv: int

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
        """All patterns with their last gap: count times interval of the outermost."""
        outer = self.spec.patterns[-1] if self.spec.patterns else None
        return float(outer.count * outer.interval_s) if outer else self.duration_s

    @property
    def minimum_gap_s(self) -> float | None:
        """Shortest gap between onsets; None for a single pulse."""
        return float(np.diff(self.onset_ticks).min()) / limits.CLOCK_SYS_HZ if self.pulses > 1 else None


def _round_half_up(value: Fraction) -> int:
    return math.floor(value + Fraction(1, 2))


def _onsets(spec: Spec) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """(onset ticks (n,), indices (n, levels)) in time's order; a list of onsets is the innermost level."""
    scale = math.lcm(*(_period(p.interval_s)[1] for p in spec.patterns)) if spec.patterns else 1
    base = np.zeros(1, np.int64)
    counts = [*([len(spec.onsets_s)] if spec.onsets_s else []), *(pattern.count for pattern in spec.patterns)]
    for pattern in spec.patterns:
        numerator, denominator = _period(pattern.interval_s)
        steps = np.arange(pattern.count, dtype=np.int64) * (numerator * (scale // denominator))
        base = (steps[:, None] + base[None, :]).reshape(-1)
    rounded = (base + scale // 2) // scale
    listed = np.array([_round_half_up(onset / TICK) for onset in spec.onsets_s] or [0], np.int64)
    onsets = (rounded[:, None] + listed[None, :]).reshape(-1)
    indices = np.indices(tuple(reversed(counts))).reshape(len(counts), -1)[::-1].T
    return onsets, indices.astype(np.int64)


def _period(interval_s: Fraction) -> tuple[int, int]:
    ticks = interval_s / TICK
    return ticks.numerator, ticks.denominator


def _gaps(spec: Spec) -> tuple[int, ...]:
    gaps: list[int] = []
    last = 0
    for onset in spec.onsets_s:
        tick = _round_half_up(onset / TICK)
        gap = tick - last
        while gap >= image_format.GAP_ON:
            gaps.append(image_format.GAP_ON)
            gap -= image_format.GAP_ON
        gaps.append(gap)
        last = tick
    return tuple(gaps)


def _refusal(number: int) -> ProtocolError:
    entry = faults.entry(number)
    return ProtocolError(entry[3].rstrip("."), entry[4])


def compile_protocol(spec: Spec, profile: Profile, intensity_percent: float | Fraction | None = None) -> Compiled:
    """Compile; raises ProtocolError with the first limit that is broken, in the board's own words."""
    if spec.pulses > limits.PROTOCOL_PULSES_MAX:
        raise ProtocolError(
            f"{spec.name} has {spec.pulses} pulses, more than the board's {limits.PROTOCOL_PULSES_MAX}",
            "change the counts, or split it into sessions",
        )
    for pattern in spec.patterns:
        if _period(pattern.interval_s)[1] > limits.PROTOCOL_PERIOD_DENOMINATOR_MAX:
            raise ProtocolError(
                f"{spec.name}: the interval of {pattern.interval_s} s is not a simple fraction of 8 ns",
                "write it with fewer digits",
            )
    percent = intensity_percent if intensity_percent is not None else spec.intensity_percent
    bank = profile.drive == "bank"
    if bank and percent is None:
        raise ProtocolError(f"{spec.name} names no intensity", "give one with --intensity")
    target_mv = round(Fraction(percent or 0) * limits.BANK_WORKING_MAX_MV / 100) if bank else 0
    width_ticks = _round_half_up(profile.width_us * image_format.TICKS_PER_US)
    protocol = image_format.Protocol(
        drive=image_format.BANK if bank else image_format.EXTERNAL,
        policy=image_format.SKIP if spec.policy == "skip" else image_format.ABORT,
        channels=image_format.CHANNEL_A,
        target_mv=max(0, min(target_mv, 0xFFFFFFFF)),
        width_ticks=width_ticks,
        min_gap_ticks=_round_half_up(profile.minimum_gap_us * image_format.TICKS_PER_US),
        levels=tuple((p.count, *_period(p.interval_s)) for p in spec.patterns),
        gaps=_gaps(spec),
        inverted=int(profile.inverted),
    )
    try:
        image_format.check(protocol)
    except faults.Refused as refused:
        raise _refusal(refused.number) from None
    onsets, indices = _onsets(spec)
    return Compiled(spec, profile, image_format.encode(protocol), protocol, onsets, indices, width_ticks, target_mv)
