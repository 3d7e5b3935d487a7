"""Options that several verbs share, and what they mean."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import ThetaboxError

from . import complete

if TYPE_CHECKING:
    from thetabox.protocol import Compiled

Name = Annotated[
    str,
    typer.Argument(
        metavar="PROTOCOL", help="A protocol of the library, or a .toml file.", autocompletion=complete.protocols
    ),
]
ProfileName = Annotated[
    str | None,
    typer.Option(
        "--profile",
        help="Device profile: what the trigger drives. [default: the protocol's, or bank]",
        autocompletion=complete.profiles,
    ),
]
Port = Annotated[
    str,
    typer.Option("--port", help='"emu:" for the emulated board, or a serial port.', autocompletion=complete.ports),
]
Intensity = Annotated[
    str | None,
    typer.Option("--intensity", metavar="PERCENT", help="Intensity in % of the bank's maximum, as 60 or 60%."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def compiled(name: str, profile: str | None, intensity: str | None) -> Compiled:
    """The protocol of a command line, compiled for its device."""
    from thetabox.protocol import compile_protocol, load
    from thetabox.protocol import profile as find_profile

    return compile_protocol(load(name), find_profile(profile) if profile else None, percent(intensity))


def percent(text: str | None) -> Fraction | None:
    """A percentage of the command line; ThetaboxError when it is none."""
    if text is None:
        return None
    try:
        value = Fraction(Decimal(text.removesuffix("%").strip()))
    except InvalidOperation:
        raise ThetaboxError(f"--intensity {text!r} is not a percentage", "write a number, as 60 or 60%") from None
    if not 0 < value <= 100:
        raise ThetaboxError(f"--intensity {text} is outside 0 to 100 %", "choose a value above 0 and up to 100")
    return value
