"""Device profiles: what the trigger drives, and how."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path

from .toml import ProtocolError, Table, read, shown

DRIVES = ("bank", "external")


@dataclass(frozen=True)
class RateLimit:
    """Up to `up_to_percent` of its maximum output a stimulator gives at most `rate_hz`."""

    up_to_percent: Fraction
    rate_hz: Fraction


@dataclass(frozen=True)
class Profile:
    """`drive` is "bank" or "external"; width and minimum onset-to-onset gap in us; rate_limits by rising intensity.

    inverted: the output stage is strapped to idle high. confirm: what the operator has to confirm before each run,
    because no board can see it; empty for nothing.
    """

    name: str
    title: str
    drive: str
    width_us: Fraction
    minimum_gap_us: Fraction
    inverted: bool
    source: str
    certainty: str
    description: str = ""
    rate_limits: tuple[RateLimit, ...] = ()
    confirm: str = ""


def _rate_limit(origin: str, values: object) -> RateLimit:
    if not isinstance(values, dict):
        raise ProtocolError(f"{origin} is {shown(values)}, not a table", "write it as [[rate_limit]]")
    table = Table(origin, values)
    limit = RateLimit(table.exact("up_to_percent"), table.exact("rate_hz"))
    table.finish()
    if not 0 < limit.up_to_percent <= 100:
        raise table.refuse("up_to_percent", f"is {limit.up_to_percent}", "write a number above 0 and up to 100")
    if limit.rate_hz <= 0:
        raise table.refuse("rate_hz", f"is {limit.rate_hz}", "write a positive number")
    return limit


def _read(path: Path) -> Profile:
    table = read(path)
    drive = table.get("drive", str)
    if drive not in DRIVES:
        raise table.refuse("drive", f"is {drive!r}", f"choose one of {', '.join(DRIVES)}")
    width_us, gap_us = table.exact("width_us"), table.exact("minimum_gap_us")
    if width_us <= 0:
        raise table.refuse("width_us", f"is {width_us}", "write a positive number")
    if not 0 <= gap_us <= 10_000_000:
        raise table.refuse("minimum_gap_us", f"is {gap_us}", "write a number from 0 to 10000000 (10 s)")
    listed = enumerate(table.get("rate_limit", list, []))
    limits = [_rate_limit(f"{table.origin}: rate_limit {index + 1}", each) for index, each in listed]
    made = Profile(
        name=table.get("name", str),
        title=table.get("title", str),
        drive=drive,
        width_us=width_us,
        minimum_gap_us=gap_us,
        inverted=table.get("inverted", bool),
        source=table.get("source", str),
        certainty=table.certainty(),
        description=table.get("description", str, ""),
        confirm=table.get("confirm", str, ""),
        rate_limits=tuple(sorted(limits, key=lambda limit: limit.up_to_percent)),
    )
    table.finish()
    return made


def profiles() -> dict[str, Profile]:
    """All profiles that come with ThetaBox, by name."""
    folder = Path(str(resources.files(__package__) / "profiles"))
    found = (_read(path) for path in sorted(folder.glob("*.toml")))
    return {each.name: each for each in found}


def profile(name: str | Path) -> Profile:
    """A profile by its name, or of a user's own .toml file by its path; ProtocolError names those that there are."""
    known = profiles()
    if str(name) in known:
        return known[str(name)]
    if Path(name).suffix == ".toml":
        return _read(Path(name))
    raise ProtocolError(f"no device profile {str(name)!r}", f"choose one of {', '.join(known)}")
