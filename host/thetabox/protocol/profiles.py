"""Device profiles: what the trigger drives, and how."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from importlib import resources
from pathlib import Path

from .toml import ProtocolError, read


@dataclass(frozen=True)
class Profile:
    """`drive` is "bank" or "external"; width and minimum onset-to-onset gap in us."""

    name: str
    title: str
    drive: str
    width_us: Fraction
    minimum_gap_us: Fraction
    inverted: bool
    source: str
    certainty: str


def profiles() -> dict[str, Profile]:
    """All profiles by name."""
    folder = Path(str(resources.files(__package__) / "profiles"))
    found = {}
    for path in sorted(folder.glob("*.toml")):
        table = read(path)
        profile = Profile(
            name=table.get("name", str),
            title=table.get("title", str),
            drive=table.get("drive", str),
            width_us=table.exact("width_us"),
            minimum_gap_us=table.exact("minimum_gap_us"),
            inverted=table.get("inverted", bool),
            source=table.get("source", str),
            certainty=table.get("certainty", str),
        )
        table.finish()
        found[profile.name] = profile
    return found


def profile(name: str) -> Profile:
    """One profile; ProtocolError names those that there are."""
    known = profiles()
    if name not in known:
        raise ProtocolError(f"no device profile {name!r}", f"choose one of {', '.join(known)}")
    return known[name]
