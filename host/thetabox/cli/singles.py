"""A session of single pulses on a board, and how it is told."""

from __future__ import annotations

import json
import math
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .clear import agree
from .place import gone_if_empty, place
from .progress import Quiet
from .signals import stop_on_signal
from .verdict import print_verdict

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from thetabox.evidence.singles import Single
    from thetabox.protocol import Compiled
    from thetabox.session import Outcome, Who
    from thetabox.session.singles import Plan


def give(
    plan: Plan, made: Compiled, who: Who, *, port: str, out: Path | None, seed: int, yes: bool, as_json: bool
) -> tuple[Outcome, Path]:
    """Give the pulses of a plan on the board of a port; returns the outcome and the session's folder."""
    from thetabox.board import open_board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session.desk import Desk, attended
    from thetabox.session.singles import give_singles

    with closing(open_board(port, bank_wired=made.profile.drive == "bank", seed=seed)) as board:
        agree(board, yes)
        folder = SessionFolder(place(out, made.spec.name, who.subject))
        desk = Desk(Quiet(), 0.0)
        stop_on_signal(desk)
        about = {"port": port, "protocol": made.spec.name, "subject": who.subject, "folder": str(folder.path)}
        with gone_if_empty(folder), attended(desk, **about):
            return give_singles(board, made, plan, folder, who, desk, desk, _teller(as_json)), folder.path


def _teller(as_json: bool) -> Callable[[Single], None]:
    def tell(row: Single) -> None:
        values = {name: None if value != value else value for name, value in asdict(row).items()}
        print(json.dumps({"pulse": values}) if as_json else words(row), flush=True)

    return tell


def words(row: Single) -> str:
    """A pulse in one line."""
    told = [f"pulse {row.index + 1}", f"{row.intensity_percent:g} %", row.outcome]
    if not math.isnan(row.bank_before_v):
        told.append(f"bank {row.bank_before_v:.1f} V, {row.bank_after_v:.1f} V after it")
    if not math.isnan(row.coil_c):
        told.append(f"coil {row.coil_c:.1f} C")
    return "  ".join(told)


def tell(outcome: Outcome, path: Path, as_json: bool, more: dict[str, Any]) -> None:
    """The verdict, the folder, and what else there is to say."""
    from rich.console import Console

    if as_json:
        print(json.dumps({"folder": str(path), **more, **outcome.judgement.as_dict()}))
        return
    console = Console()
    print_verdict(console, outcome.judgement)
    for line in [f"session {path}", *([more["says"]] if more else [])]:
        console.print(line, soft_wrap=True, highlight=False, markup=False)
