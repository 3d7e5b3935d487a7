"""`thetabox run`: one session, from the summary to the report."""

from __future__ import annotations

import datetime
import json
import re
import signal
import sys
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import Exit

from .options import Intensity, Json, Name, Port, ProfileName, compiled

if TYPE_CHECKING:
    from thetabox.session import Outcome
    from thetabox.session.desk import Desk

HUMAN_S = 0.1  # wall time at each look for a person, where board time is not the wall's
WARNING = "Not a medical device; never for use on people."


def _folder(out: Path | None, protocol: str, subject: str) -> Path:
    if out is not None:
        return out
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    words = "-".join(re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-") for word in (protocol, subject) if word)
    return Path("sessions") / f"{stamp}-{words}"


def _stop_on_signal(desk: Desk) -> None:
    """Ctrl-C, a closed terminal or a kill ask the session to abort, which it does at once but in order."""

    def handler(_signal: int, _frame: object) -> None:
        if not desk.stopped:
            print("\naborting: outputs off, bank dumping", file=sys.stderr)
        desk.stopped = True

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)  # not every system has each
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:  # nohup shall hold
            signal.signal(number, handler)


def run(
    name: Name,
    port: Port = "emu:",
    profile: ProfileName = None,
    intensity: Intensity = None,
    subject: Annotated[str, typer.Option(help="For whom.")] = "",
    operator: Annotated[str, typer.Option(help="By whom.")] = "",
    notes: Annotated[str, typer.Option(help="Anything worth keeping.")] = "",
    out: Annotated[Path | None, typer.Option(help="The session's folder; must not exist.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Print the verdict alone.")] = False,
    as_json: Json = False,
    seed: Annotated[int, typer.Option(help="Noise of an emulated board's sensors.")] = 1,
) -> None:
    """Run a session: show its dose, ask, charge, fire, record, judge. Ctrl-C aborts safely.

    Another terminal may follow it with `thetabox status` and steer it with `thetabox pause`, `resume` and `abort`.

    Example: `thetabox run iTBS600 --intensity 60% --subject m12 --operator ab`
    """
    from rich.console import Console

    from thetabox.board import open_board
    from thetabox.board.link import LinkLost
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session import Who, run_session
    from thetabox.session.desk import Desk, attended

    from .progress import Bar, Lines, Quiet
    from .summary import print_summary, require

    console = Console(quiet=quiet or as_json)
    made = compiled(name, profile, intensity)
    print_summary(console, made)
    require(made)
    console.print(WARNING, style="bold")
    if not yes and not typer.confirm(f"Run it on {port}?", err=as_json):
        raise typer.Exit(Exit.ABORTED)
    board = open_board(port, bank_wired=made.profile.drive == "bank", seed=seed)
    with closing(board):
        folder = SessionFolder(_folder(out, made.spec.name, subject))
        progress = Lines() if as_json else Quiet() if quiet else Bar(console, made, board.emulated)
        try:
            with progress:
                desk = Desk(progress, made.maximum_gap_s, HUMAN_S if board.emulated else 0.0)
                _stop_on_signal(desk)
                with attended(desk, port=port, protocol=made.spec.name, subject=subject, folder=str(folder.path)):
                    outcome = run_session(board, made, folder, Who(subject, operator, notes), desk, desk)
        except LinkLost:
            with suppress(OSError):
                folder.path.rmdir()  # no board was there: goes if nothing stands in it
            raise
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
