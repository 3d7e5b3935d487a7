"""`thetabox logs`: what a board has noted, in words."""

from __future__ import annotations

import json
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from thetabox.errors import ThetaboxError
from thetabox.plural import counted

from .options import Json, Port


def logs(
    folder: Annotated[Path | None, typer.Argument(help="A session's folder, instead of a board.")] = None,
    port: Port = "emu:",
    as_json: Json = False,
) -> None:
    """Show a board's event log in words: what happened when, each fault with its remedy, the pulses that were given.

    With --json one object a line, the last of them a summary.

    Example: `thetabox logs --port /dev/ttyACM0`, or `thetabox logs sessions/2026-01-31-m12`
    """
    from thetabox.evidence.words import entry_words, fault_dict, pulses_given

    entries = from_board(port) if folder is None else from_folder(folder)
    judged = None if folder is None else judgement(folder)
    given = pulses_given(entries)
    lost = entries[0]["index"] if entries else 0
    if as_json:
        for entry in entries:
            print(json.dumps({**entry, "fault": fault_dict(entry["fault"])}))
        summary = {"entries": len(entries), "overwritten": lost, "pulses_given": given}
        print(json.dumps(summary if judged is None else {**summary, "judgement": judged}))
        return
    if lost:
        print(f"older entries, overwritten: {lost}")
    for entry in entries:
        print(f"{entry['time_ms'] / 1000:>12.3f} s  {entry_words(entry)}")
    print(
        "no train has ended since boot"
        if given is None
        else f"{counted(given, 'pulse')} left the board in its last train"
    )
    if judged:
        print(f"judged {judged['verdict']}: {judged['counts']['delivered']} of {judged['scheduled']} delivered")


def from_board(port: str) -> list[dict[str, Any]]:
    """The log of the board on a port. Raises BoardError."""
    from thetabox.board import open_board
    from thetabox.board.link import Link
    from thetabox.session.collect import board_log

    with closing(open_board(port)) as board:
        link = Link(board)
        link.identify()
        return list(board_log(link))


def judgement(folder: Path) -> dict[str, Any] | None:
    """Verdict and counts of a session that was closed; None of one that was not."""
    from thetabox.evidence.folder import SESSION, load

    if not (folder / SESSION).is_file():
        return None
    judged: dict[str, Any] = load(folder)["judgement"]
    return {name: judged[name] for name in ("verdict", "scheduled", "counts")}


def from_folder(folder: Path) -> list[dict[str, Any]]:
    """The board's log as a session kept it, closed or not. Raises ThetaboxError when there is none."""
    from thetabox.evidence.folder import EVENTS, no_session

    path = folder / EVENTS
    try:
        events = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        raise no_session(folder, EVENTS) from None
    except (OSError, ValueError) as error:
        raise ThetaboxError(f"{path} cannot be read: {error}", "restore it from a copy") from None
    kept = ("index", "time_ms", "name", "fault", "argument", "meaning")
    entries = [{name: event[name] for name in kept} for event in events if event["event"] == "board log"]
    if not entries:
        raise ThetaboxError(
            f"{path} holds no log of the board: the session ended before it was read",
            "read it from the board, as long as that is on: `thetabox logs --port PORT`",
        )
    return entries
