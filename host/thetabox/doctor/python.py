"""Python and the packages that ThetaBox has declared."""

from __future__ import annotations

import re
import shlex
import sys
from importlib import metadata

from thetabox.board.supplies import numbers

from .finding import Finding

_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*(==|>=)\s*([0-9.]+)\s*(;.*extra.*)?$")


def python(version: str = sys.version.partition(" ")[0]) -> Finding:
    """Python is as new as the package asks for."""
    least = metadata.metadata("thetabox")["Requires-Python"].removeprefix(">=")
    ok = numbers(version) >= numbers(least)
    remedy = f"install Python {least} or later, then `make PYTHON=python{least} demo`"
    return Finding("Python", ok, f"{version} ({sys.executable})", "" if ok else remedy)


def packages() -> Finding:
    """Every declared package is there, new enough."""
    declared = [_REQUIREMENT.match(line) for line in metadata.requires("thetabox") or []]
    needed = [match for match in declared if match and not match[4]]
    wrong = [f"{match[1]}{match[2]}{match[3]}" for match in needed if not _satisfied(*match.group(1, 2, 3))]
    if wrong:
        command = shlex.join([sys.executable, "-m", "pip", "install", *wrong])
        return Finding(
            "packages", False, f"{len(wrong)} of {len(needed)} missing or too old: {', '.join(wrong)}", command
        )
    return Finding("packages", True, f"{len(needed)} of {len(needed)}")


def _satisfied(name: str, relation: str, least: str) -> bool:
    try:
        there = numbers(metadata.version(name))
    except metadata.PackageNotFoundError:
        return False
    return there == numbers(least) if relation == "==" else there >= numbers(least)
