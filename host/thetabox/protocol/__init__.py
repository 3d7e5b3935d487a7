"""Protocols: how a person writes them, what they become in ticks, what dose they are."""

from .compiler import Compiled, compile_protocol
from .dose import BankDose, Dose, dose
from .library import library, load
from .parse import parse
from .preflight import Check, preflight
from .profiles import Profile, RateLimit, profile, profiles
from .spec import Pattern, Spec
from .toml import ProtocolError

__all__ = [
    "BankDose", "Check", "Compiled", "Dose", "Pattern", "Profile", "ProtocolError", "RateLimit", "Spec",
    "compile_protocol", "dose", "library", "load", "parse", "preflight", "profile", "profiles",
]  # fmt: skip
