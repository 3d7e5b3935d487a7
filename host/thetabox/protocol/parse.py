"""From a TOML file to a Spec. Every error is one line that names the file, the key, what is wrong and what to do."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from typing import Any

from .outputs import outputs
from .profiles import profiles
from .spec import Pattern, Spec
from .toml import ProtocolError, Table, shown
from .volts import percent_of, wrong_volts

UNITS = {"s": Fraction(1), "ms": Fraction(1, 1_000), "us": Fraction(1, 1_000_000)}
INTERVALS = (*(f"interval_{unit}" for unit in UNITS), "rate_hz")
ONSETS = tuple(f"onsets_{unit}" for unit in UNITS)
COUNT_MAX = 1_000_000
POLICIES = ("abort", "skip")
LEVELS = ("pulse", "burst", "train", "session")  # names whose order is checked; others are free


def _interval(table: Table) -> Fraction:
    given = [key for key in INTERVALS if table.has(key)]
    if not given:
        table.finish()  # a slip is named
        raise table.refuse("interval", "is missing", f"write one of {', '.join(INTERVALS)}")
    if len(given) > 1:
        raise table.refuse("interval", f"is given twice, as {' and '.join(given)}", "keep one")
    key = given[0]
    value = table.exact(key)
    if value <= 0:
        raise table.refuse(key, f"is {value}", "write a positive number")
    return 1 / value if key == "rate_hz" else value * UNITS[key.removeprefix("interval_")]


def _pattern(origin: str, values: object) -> Pattern:
    if not isinstance(values, dict):
        raise ProtocolError(f"{origin} is not a table", "write it as [[pattern]]")
    table = Table(origin, values)
    if inside := [key for key in ONSETS if table.has(key)]:
        raise table.refuse(
            inside[0], "stands in a pattern", "write it above the first [[pattern]]: it fills the innermost"
        )
    count = table.get("count", int)
    if not 1 <= count <= COUNT_MAX:
        raise table.refuse("count", f"is {shown(count)}", f"write a whole number from 1 to {COUNT_MAX}")
    pattern = Pattern(table.get("unit", str, "unit"), count, _interval(table))
    table.finish()
    return pattern


def _patterns(table: Table) -> tuple[Pattern, ...]:
    if isinstance(table.get("pattern", object, []), dict):
        raise table.refuse("pattern", "is a single table", "write [[pattern]] with double brackets")
    values = table.get("pattern", list, [])
    patterns = tuple(_pattern(f"{table.origin}: pattern {i + 1}", each) for i, each in enumerate(values))
    named = [LEVELS.index(pattern.unit) for pattern in patterns if pattern.unit in LEVELS]
    if any(outer <= inner for inner, outer in pairwise(named)):
        order = ", ".join(pattern.unit for pattern in patterns)
        raise table.refuse("pattern", f"comes in the order {order}", "write the innermost first: pulse, burst, train")
    return patterns


def _onsets(table: Table) -> tuple[Fraction, ...]:
    given = [key for key in ONSETS if table.has(key)]
    if not given:
        return ()
    if len(given) > 1:
        raise table.refuse("onsets", "are given twice", "keep one list")
    key = given[0]
    unit = UNITS[key.removeprefix("onsets_")]
    values: list[Any] = table.get(key, list)
    exact = tuple(table.number(f"{key}[{index}]", value) * unit for index, value in enumerate(values))
    if not exact:
        raise table.refuse(key, "is empty", "write at least one onset, or remove the key")
    if exact[0] < 0 or any(late <= early for early, late in pairwise(exact)):
        raise table.refuse(key, "do not rise from 0 on", "sort the onsets, each later than the one before")
    return exact


def _volts(table: Table) -> Fraction | None:
    if not table.has("intensity_v"):
        return None
    if table.has("intensity_percent"):
        raise table.refuse("intensity", "is given twice, as intensity_percent and intensity_v", "keep one")
    volts = table.exact("intensity_v")
    if wrong := wrong_volts(volts):
        raise table.refuse("intensity_v", f"{float(volts):g} {wrong[0]}", wrong[1])
    return volts


def _percent(table: Table, volts: Fraction | None) -> Fraction | None:
    if volts is not None:
        return percent_of(volts)
    if not table.has("intensity_percent"):
        return None
    percent = table.exact("intensity_percent")
    if not 0 < percent <= 100:
        raise table.refuse("intensity_percent", f"is {float(percent):g}", "write a number above 0 and up to 100")
    return percent


def _width_us(table: Table) -> Fraction | None:
    given = [key for key in ("width_us", "width_ms") if table.has(key)]
    if len(given) > 1:
        raise table.refuse("width", "is given twice, as width_us and width_ms", "keep one")
    if not given:
        return None
    width = table.exact(given[0])
    if width <= 0:
        raise table.refuse(given[0], f"is {width}", "write a positive number")
    return width if given[0] == "width_us" else width * 1_000


def _policy(table: Table) -> str:
    policy: str = table.get("policy", str, "abort")
    if policy not in POLICIES:
        raise table.refuse("policy", f"is {policy!r}", 'write "abort" or "skip"')
    return policy


def _profile(table: Table) -> str | None:
    name: str | None = table.get("profile", str, None)
    if name is None or name in profiles() or name.endswith(".toml"):
        return name
    raise table.refuse("profile", f"is {name!r}", f"choose one of {', '.join(profiles())}, or give a .toml file")


def parse(table: Table) -> Spec:
    """A Spec from a parsed file, whose own text it keeps. Raises ProtocolError."""
    volts = _volts(table)
    spec = Spec(
        name=table.get("name", str),
        title=table.get("title", str, ""),
        source=table.get("source", str, ""),
        certainty=table.certainty(),
        patterns=_patterns(table),
        onsets_s=_onsets(table),
        policy=_policy(table),
        intensity_percent=_percent(table, volts),
        intensity_v=volts,
        text=table.text,
        description=table.get("description", str, ""),
        width_us=_width_us(table),
        profile=_profile(table),
        outputs=outputs(table),
    )
    table.finish()
    if not spec.patterns and not spec.onsets_s:
        raise table.refuse("pattern", "is missing", "add [[pattern]] tables or a list onsets_us")
    return spec
