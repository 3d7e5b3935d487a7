"""Options that several verbs share, and what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import ThetaboxError

from . import complete

if TYPE_CHECKING:
    from thetabox.protocol import Compiled, Profile


def _folder(out: Path | None) -> Path | None:
    """Refuse a session's folder that cannot be made, before anything is shown or asked."""
    if out == Path():
        raise ThetaboxError("--out names no folder", "give a name that does not exist yet")
    if out is not None and out.exists():
        raise ThetaboxError(f"the session folder {out} exists", "choose another name with --out")
    return out


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
    typer.Option("--port", help='"emu:", "renode:" or a serial port.', autocompletion=complete.ports),
]
Intensity = Annotated[
    str | None,
    typer.Option(
        "--intensity", metavar="INTENSITY",
        help="In % of the stimulator's maximum, as 60, 60% or 60%MSO; of the subject's motor threshold, as 80%RMT; "
             "or the bank's target in volts, as 216V.",
    ),
]  # fmt: skip
Subject = Annotated[str, typer.Option("--subject", help="For whom.")]
Subjects = Annotated[
    Path, typer.Option("--subjects", metavar="FOLDER", help="Where motor thresholds are remembered, a file a subject.")
]
Operator = Annotated[str, typer.Option("--operator", help="By whom.")]
Notes = Annotated[str, typer.Option("--notes", help="Anything worth keeping.")]
Out = Annotated[Path | None, typer.Option("--out", help="The session's folder; must not exist.", callback=_folder)]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Seed = Annotated[int, typer.Option("--seed", help="Noise of an emulated board's sensors.")]
SUBJECTS = Path("subjects")
Confirmed = Annotated[
    bool, typer.Option("--confirmed", help="The operator has confirmed what the device profile asks for.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


INTENSITY = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)\s*(?:%\s*(MSO|RMT)?|(V))?", re.IGNORECASE)


@dataclass(frozen=True)
class Resolved:
    """An intensity in exact % of the stimulator's maximum, None for the protocol's own, and how it was asked for.

    words: empty where a percentage says all.
    """

    percent: Fraction | None
    words: str = ""

    def says(self, device: Profile) -> str:
        """What a person must know of it before the start; lines, or nothing."""
        lines = [f"intensity {self.words}"] if self.words else []
        if device.drive != "bank" and self.percent is not None:
            lines.append(f"set the stimulator to {float(self.percent):g} %: ThetaBox does not")
        return "".join(f"{line}\n" for line in lines)


def compiled(
    name: str, profile: str | None, intensity: str | None, subject: str = "", subjects: Path = SUBJECTS
) -> tuple[Compiled, Resolved]:
    """The protocol of a command line, compiled for its device, and its intensity."""
    from thetabox.protocol import compile_protocol, load
    from thetabox.protocol import profile as find_profile
    from thetabox.protocol.volts import volts_words

    if not name.strip():
        raise ThetaboxError("the protocol's name is empty", "see `thetabox protocols`, or give a .toml file")
    spec = load(name)
    device = find_profile(profile or spec.profile or "bank")
    wanted = resolve(intensity, device, subject, subjects)
    if intensity is None and spec.intensity_v is not None and device.drive == "bank":
        wanted = Resolved(None, f"{volts_words(spec.intensity_v)}, the protocol says")
    return compile_protocol(spec, device, wanted.percent), wanted


def resolve(text: str | None, device: Profile, subject: str, subjects: Path, option: str = "--intensity") -> Resolved:
    """The intensity of a command line; ThetaboxError when it is none, or beyond the limits."""
    if text is None:
        return Resolved(None)
    match = INTENSITY.fullmatch(text.strip())
    if match is None:
        raise ThetaboxError(f"{option} {text!r} is not an intensity", "write it as 60, 60%MSO, 80%RMT or 216V")
    value, unit = Fraction(match[1]), (match[2] or match[3] or "").upper()
    if unit == "V" and option != "--intensity":
        raise ThetaboxError(f"{option} {text} is in volts, and a search goes by whole %", "write it in %, as 40%")
    if unit == "V":
        return _of_volts(value, device, f"{option} {text.strip()}")
    if unit == "RMT":
        return _of_threshold(value, device, subject, subjects)
    if not 0 < value <= 100:
        raise ThetaboxError(f"{option} {text} is outside 0 to 100 %", "choose a value above 0 and up to 100")
    return Resolved(value)


def _of_volts(volts: Fraction, device: Profile, given: str) -> Resolved:
    from thetabox.protocol.volts import percent_of, volts_words, wrong_volts

    if device.drive != "bank":
        wrong = f"{given} is in volts, which {device.name} does not take from ThetaBox"
        raise ThetaboxError(wrong, "write it in %, as 60%")
    if refused := wrong_volts(volts):
        raise ThetaboxError(f"{given} {refused[0]}", refused[1])
    return Resolved(percent_of(volts), volts_words(volts))


def _of_threshold(value: Fraction, device: Profile, subject: str, subjects: Path) -> Resolved:
    from thetabox.evidence.subjects import recall

    if not subject:
        raise ThetaboxError(f"{float(value):g}%RMT needs the subject whose threshold it is", "say it with --subject")
    threshold = recall(subjects, subject, device.name)
    percent = value * threshold.exact / 100
    words = f"{float(value):g} % of {subject}'s RMT of {threshold.percent_mso:g} % MSO is {float(percent):g} % MSO"
    if not 0 < percent <= 100:
        raise ThetaboxError(
            f"{words}, outside 0 to 100 %", f"choose up to {floor(100_000 / threshold.exact) / 10:g}%RMT"
        )
    return Resolved(percent, f"{words} (measured {threshold.measured[:10]} on {threshold.profile})")
