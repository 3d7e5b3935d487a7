"""A single pulse as a protocol."""

from __future__ import annotations

import tomllib

from .parse import parse
from .spec import Spec
from .toml import Table

TEXT = 'name = "pulse"\ntitle = "A single pulse"\nonsets_s = [0]\n'


def single_pulse() -> Spec:
    """One pulse, at t0."""
    return parse(Table("pulse", tomllib.loads(TEXT), TEXT))
