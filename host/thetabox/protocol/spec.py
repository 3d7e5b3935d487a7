"""A protocol: nested patterns of (count, onset-to-onset interval), innermost first, or a list of onsets inside them.

The form is the field's own unambiguous one (NIBS-BIDS 6.3: pattern<i>_count, pattern<i>_interval). Times are exact
fractions of a second; microseconds and hertz exist only in the files.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from .outputs import Outputs


@dataclass(frozen=True)
class Pattern:
    """`count` units (pulse, burst, train, ...), their onsets `interval_s` apart."""

    unit: str
    count: int
    interval_s: Fraction


@dataclass(frozen=True)
class Spec:
    """A protocol before it meets a device.

    patterns: innermost first. onsets_s: the innermost train as a list in s from its start, or empty for single pulses.
    intensity_percent: of the bank's working maximum. intensity_v: the same, where it is written in volts. text: the
    file as written. width_us: trigger width, None for the profile's. profile: name of the device profile when the user
    names none.
    """

    name: str
    title: str
    source: str
    certainty: str
    patterns: tuple[Pattern, ...]
    onsets_s: tuple[Fraction, ...] = ()
    policy: str = "abort"
    intensity_percent: Fraction | None = None
    text: str = ""
    description: str = ""
    width_us: Fraction | None = None
    profile: str | None = None
    outputs: Outputs = field(default_factory=Outputs)
    intensity_v: Fraction | None = None

    @property
    def pulses(self) -> int:
        """Pulses of the whole protocol."""
        total = max(1, len(self.onsets_s))
        for pattern in self.patterns:
            total *= pattern.count
        return total
