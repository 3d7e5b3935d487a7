"""A protocol as a person writes it: nested patterns of (count, onset-to-onset interval), or a list of onsets.

The form is the field's own unambiguous one (NIBS-BIDS 6.3: pattern<i>_count, pattern<i>_interval), innermost first.
Times are exact fractions of a second; microseconds and hertz exist only here.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from itertools import pairwise
from pathlib import Path

from .toml import ProtocolError, Table, read

UNITS = {"s": Fraction(1), "ms": Fraction(1, 1_000), "us": Fraction(1, 1_000_000)}
COUNT_MAX = 1_000_000
POLICIES = ("abort", "skip")


@dataclass(frozen=True)
class Pattern:
    """`count` units, their onsets `interval_s` apart."""

    unit: str
    count: int
    interval_s: Fraction


@dataclass(frozen=True)
class Spec:
    """A protocol before it meets a device. `onsets_s`: the innermost train as a list, or empty for single pulses."""

    name: str
    title: str
    source: str
    certainty: str
    patterns: tuple[Pattern, ...]
    onsets_s: tuple[Fraction, ...] = ()
    policy: str = "abort"
    intensity_percent: Fraction | None = None
    text: str = ""

    @property
    def pulses(self) -> int:
        """Pulses of the whole protocol."""
        total = max(1, len(self.onsets_s))
        for pattern in self.patterns:
            total *= pattern.count
        return total


def _interval(table: Table) -> Fraction:
    given = [key for key in (*(f"interval_{unit}" for unit in UNITS), "rate_hz") if table.has(key)]
    if len(given) != 1:
        raise table.refuse(
            "interval", "must be given once", "write one of interval_s, interval_ms, interval_us, rate_hz"
        )
    value = table.exact(given[0])
    if value <= 0:
        raise table.refuse(given[0], f"is {value}", "write a positive number")
    return 1 / value if given[0] == "rate_hz" else value * UNITS[given[0].removeprefix("interval_")]


def _pattern(origin: str, values: object) -> Pattern:
    if not isinstance(values, dict):
        raise ProtocolError(f"{origin} is not a table", "write it as [[pattern]]")
    table = Table(origin, values)
    count = table.get("count", int)
    if not 1 <= count <= COUNT_MAX:
        raise table.refuse("count", f"is {count}", f"write a whole number from 1 to {COUNT_MAX}")
    pattern = Pattern(table.get("unit", str, "unit"), count, _interval(table))
    table.finish()
    return pattern


def _onsets(table: Table) -> tuple[Fraction, ...]:
    given = [key for key in (f"onsets_{unit}" for unit in UNITS) if table.has(key)]
    if not given:
        return ()
    if len(given) > 1:
        raise table.refuse("onsets", "are given twice", "keep one list")
    unit = UNITS[given[0].removeprefix("onsets_")]
    values = table.get(given[0], list)
    exact = tuple(Table(table.origin, {given[0]: value}).exact(given[0]) * unit for value in values)
    if not exact or exact[0] < 0 or any(b <= a for a, b in pairwise(exact)):
        raise table.refuse(given[0], "do not rise from 0 on", "sort the onsets, each later than the one before")
    return exact


def parse(table: Table, text: str = "") -> Spec:
    """A Spec from a parsed file; ProtocolError names the key that is wrong."""
    patterns = table.get("pattern", list, [])
    percent = table.exact("intensity_percent") if table.has("intensity_percent") else None
    policy = table.get("policy", str, "abort")
    if policy not in POLICIES:
        raise table.refuse("policy", f"is {policy!r}", 'write "abort" or "skip"')
    spec = Spec(
        name=table.get("name", str),
        title=table.get("title", str, ""),
        source=table.get("source", str, ""),
        certainty=table.get("certainty", str, ""),
        patterns=tuple(_pattern(f"{table.origin}: pattern {i + 1}", values) for i, values in enumerate(patterns)),
        onsets_s=_onsets(table),
        policy=policy,
        intensity_percent=percent,
        text=text,
    )
    table.finish()
    if not spec.patterns and not spec.onsets_s:
        raise table.refuse("pattern", "is missing", "add [[pattern]] tables or a list onsets_us")
    return spec


def library() -> dict[str, Path]:
    """Name to file of the protocols that come with ThetaBox."""
    folder = Path(str(resources.files(__package__) / "library"))
    return {read(path).get("name", str): path for path in sorted(folder.glob("*.toml"))}


def load(name: str) -> Spec:
    """A protocol of the library by its name (case does not matter), or of a file by its path."""
    known = {key.lower(): path for key, path in library().items()}
    path = known.get(name.lower(), Path(name))
    if not path.exists() and path.suffix != ".toml":
        raise ProtocolError(f"no protocol {name!r}", f"choose one of {', '.join(library())}, or give a .toml file")
    return parse(read(path), path.read_text(encoding="utf-8") if path.exists() else "")
