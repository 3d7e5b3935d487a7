"""Protocols: how a person writes them, what they become in ticks, what dose they are."""

from .compiler import Compiled, compile_protocol
from .dose import Check, checks
from .profiles import Profile, profile, profiles
from .spec import Pattern, Spec, library, load, parse
from .toml import ProtocolError

__all__ = [
    "Check", "Compiled", "Pattern", "Profile", "ProtocolError", "Spec", "checks", "compile_protocol", "library", "load",
    "parse", "profile", "profiles",
]  # fmt: skip
