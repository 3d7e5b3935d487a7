"""`thetabox run`: one session, from the summary to the report."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import Exit

from .options import (
    SUBJECTS,
    Confirmed,
    Intensity,
    Json,
    Name,
    Notes,
    Operator,
    Out,
    Port,
    ProfileName,
    Seed,
    Subject,
    Subjects,
    Yes,
    compiled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from thetabox.session import Outcome

HUMAN_S = 0.1  # wall time at each look for a person, where board time is not the wall's
WARNING = "Not a medical device; never for use on people."


def run(
    name: Name,
    port: Port = "emu:",
    profile: ProfileName = None,
    intensity: Intensity = None,
    subject: Subject = "",
    subjects: Subjects = SUBJECTS,
    operator: Operator = "",
    notes: Notes = "",
    out: Out = None,
    yes: Yes = False,
    confirmed: Confirmed = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdict alone.")] = False,
    as_json: Json = False,
    seed: Seed = 1,
) -> None:
    """Run a session: show its dose, ask, charge, fire, record, judge. Ctrl-C aborts safely.

    Another terminal may follow it with `thetabox status` and steer it with `thetabox pause`, `resume` and `abort`.

    Example: `thetabox run iTBS600 --intensity 60% --subject m12 --operator ab`
    """
    from rich.console import Console

    from thetabox.board import open_board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session import Who, run_session
    from thetabox.session.desk import Desk, attended

    from .clear import agree
    from .confirm import require_confirmed
    from .place import gone_if_empty, place
    from .progress import Bar, Lines, Quiet
    from .signals import stop_on_signal
    from .summary import print_summary, require

    console = Console(quiet=quiet or as_json)
    made, wanted = compiled(name, profile, intensity, subject, subjects)
    print_summary(console, made)
    console.print(wanted.says(made.profile), end="", markup=False, highlight=False, soft_wrap=True)
    require(made)
    console.print(WARNING, style="bold")
    if not yes and not typer.confirm(f"Run it on {port}?", err=as_json):
        raise typer.Exit(Exit.ABORTED)
    require_confirmed(made.profile, port, confirmed, as_json)
    board = open_board(port, bank_wired=made.profile.drive == "bank", seed=seed)
    with closing(board):
        agree(board, yes)
        folder = SessionFolder(place(out, made.spec.name, subject))
        progress = Lines() if as_json else Quiet() if quiet else Bar(console, made, board.emulated)
        who = Who(subject, operator, notes, wanted.words)
        with gone_if_empty(folder), progress:
            desk = Desk(progress, made.maximum_gap_s, HUMAN_S if board.emulated else 0.0)
            stop_on_signal(desk)
            with attended(desk, port=port, protocol=made.spec.name, subject=subject, folder=str(folder.path)):
                outcome = run_session(board, made, folder, who, desk, desk)
    _tell(outcome, folder.path, as_json)
    raise typer.Exit(outcome.exit_code)


def _tell(outcome: Outcome, path: Path, as_json: bool) -> None:
    from rich.console import Console

    from thetabox.evidence.folder import REPORT

    from .verdict import print_verdict

    if as_json:
        print(json.dumps({"folder": str(path), "report": str(path / REPORT), **outcome.judgement.as_dict()}))
        return
    console = Console()
    print_verdict(console, outcome.judgement)
    console.print(f"session {path}", soft_wrap=True, highlight=False)
    console.print(f"report  {path / REPORT}", soft_wrap=True, highlight=False)
