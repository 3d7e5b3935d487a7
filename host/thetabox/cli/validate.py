"""`thetabox validate`: judge a session again from its files, or a logic analyser's file by a protocol."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import Exit, ThetaboxError

from . import complete
from .options import Json, ProfileName

if TYPE_CHECKING:
    from thetabox.evidence.judge import Judgement

ProtocolName = Annotated[
    str | None,
    typer.Option("--protocol", help="Judge a file by this protocol.", autocompletion=complete.protocols),
]
Signal = Annotated[str | None, typer.Option(help="Which signal of a file; TRIG_A, or its only one, without.")]
Tolerance = Annotated[float, typer.Option("--tolerance", metavar="US", help="Allowed of a file's edges, in us.")]
OtherClock = Annotated[bool, typer.Option("--other-clock", help="A file of another clock: its drift is taken out.")]


def validate(
    path: Annotated[Path, typer.Argument(help="A session's folder, or a capture: .npz, .vcd, .csv.")],
    protocol: ProtocolName = None,
    profile: ProfileName = None,
    signal: Signal = None,
    tolerance_us: Tolerance = 0.0,
    other_clock: OtherClock = False,
    as_json: Json = False,
) -> None:
    """Judge a session again from its files alone: hashes, chain of events, every edge. Exit code 1 on FAIL.

    A file of a logic analyser is judged by the schedule of a --protocol; its time counts from the first pulse.
    On the bank let it record DUMP_INHIBIT too, or judge MARKER: before a charge TRIG_A gives one trigger more, which
    proves the output gate while the bank is dumping.

    Example: `thetabox validate sessions/2026-01-31-m12`, or
    `thetabox validate saleae.csv --protocol iTBS600 --tolerance 0.1 --other-clock`
    """
    from rich.console import Console

    from .verdict import print_verdict

    if path.is_file():
        name, judgement = _file(path, protocol, profile, signal, tolerance_us, other_clock)
    elif protocol or profile or signal or tolerance_us or other_clock:
        raise ThetaboxError(f"{path} is not a capture's file", "a session's folder is judged without any option")
    else:
        from thetabox.evidence.validate import validate_folder

        about, judgement = validate_folder(path)
        name = about["protocol"]
    if as_json:
        print(json.dumps({"protocol": name, **judgement.as_dict()}))
    else:
        print_verdict(Console(), judgement)
    raise typer.Exit(Exit.OK if judgement.passed else Exit.FAILED)


def _file(
    path: Path, protocol: str | None, profile: str | None, signal: str | None, tolerance_us: float, other_clock: bool
) -> tuple[str, Judgement]:
    from thetabox.evidence.bare import SUFFIXES, judge_file

    from .options import compiled

    if path.suffix not in SUFFIXES:
        raise ThetaboxError(f"{path} is no capture", f"give a session's folder, or a file {', '.join(SUFFIXES)}")
    if protocol is None:
        raise ThetaboxError(f"no protocol is named to judge {path} by", "name it with --protocol, or give the folder")
    if tolerance_us < 0:
        raise ThetaboxError(f"--tolerance is {tolerance_us:g}", "give 0 or more, in us")
    made, _ = compiled(protocol, profile, None)
    judgement = judge_file(
        path, made.onset_ticks, made.indices, made.width_ticks, signal, tolerance_us, other_clock=other_clock
    )
    return made.spec.name, judgement
