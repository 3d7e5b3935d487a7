"""The fault that stands on a board from before: `thetabox clear`, and what a session says of it before it begins."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING

import typer
from contract import faults, messages

from thetabox.errors import Exit

from .options import Json, Port

if TYPE_CHECKING:
    from thetabox.board import Board


def clear(port: Port = "emu:", as_json: Json = False) -> None:
    """Clear the fault that stands on a board, once its cause is mended. A permanent one wants the key held there.

    Exit code 4 when the board refuses, or when another fault stands behind it.

    Example: `thetabox clear --port /dev/ttyACM0`
    """
    from thetabox.board import open_board
    from thetabox.board.link import Link
    from thetabox.evidence.words import fault_dict, fault_text

    with closing(open_board(port)) as board:
        link = Link(board)
        found, stands = link.identify()["fault"], 0
        if found:
            link.request(messages.CLEAR, fault=found)
            stands = link.identify()["fault"]
    if as_json:
        print(json.dumps({"port": port, "cleared": fault_dict(found), "stands": fault_dict(stands)}))
    else:
        print(f"cleared on {port}: {fault_text(found)}" if found else f"no fault stands on {port}")
        if stands:
            print(f"now stands: {fault_text(stands)}")
    raise typer.Exit(Exit.BOARD if stands else Exit.OK)


def agree(board: Board, yes: bool) -> None:
    """Tell on stderr which fault stands on a board, and ask whether it may be cleared; Exit when it may not.

    An abort wants no mending and is told alone, as is any fault with `yes`. A permanent one is left to the session,
    which does not begin.
    """
    from thetabox.board.link import Link
    from thetabox.evidence.words import fault_text

    found = Link(board).identify()["fault"]
    entry = faults.entry(found) if found else None
    if entry is None or entry[2] == faults.PERMANENT:
        return
    typer.echo(f"found on {board.name}, to be cleared: {fault_text(found)}", err=True)
    if found != faults.ABORTED and not yes and not typer.confirm("Is its cause mended?", err=True):
        raise typer.Exit(Exit.ABORTED)
