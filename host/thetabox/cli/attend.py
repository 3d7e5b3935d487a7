"""`thetabox status`, `pause`, `resume`, `abort`: a session that runs in another terminal, or a board without one."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thetabox.errors import ThetaboxError

from . import complete
from .options import Json

if TYPE_CHECKING:
    from thetabox.board.link import Link

RunningPort = Annotated[
    str | None,
    typer.Option(
        "--port", help="Which one, where there are several; a board's own port where none runs.",
        autocompletion=complete.ports,
    ),
]  # fmt: skip


def _session(port: str | None) -> dict[str, Any] | None:
    """The session that is meant; None when none runs on this port. ThetaboxError when it is not clear which."""
    from thetabox.session.desk import sessions

    running = [each for each in sessions() if port in (None, each["port"])]
    if len(running) > 1:
        ports = ", ".join(sorted({each["port"] for each in running}))
        raise ThetaboxError(
            f"{len(running)} sessions run, on {ports}", "say which one with --port, or use its terminal"
        )
    if not running and port is None:
        raise ThetaboxError("no session runs on this machine", "give a board's --port to speak to it without one")
    return running[0] if running else None


def _ask(port: str | None, request: str) -> dict[str, Any]:
    from thetabox.session.desk import ask

    session = _session(port)
    if session is None:
        raise ThetaboxError(f"no session runs on {port}", "see `thetabox status`")
    return {**session, **ask(session, request)}


def _print(answer: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        print(json.dumps({name: answer[name] for name in answer if name not in ("key", "address")}))
    else:
        print(words)


def pause(port: RunningPort = None, as_json: Json = False) -> None:
    """Let the running train rest at its next gap: outputs off, bank dumped. `thetabox resume` goes on from there.

    The gap must be of 0.8 s or more; the train goes on with its next pulse, never earlier than scheduled.

    Example: `thetabox pause`
    """
    from thetabox.session.desk import PAUSE

    answer = _ask(port, PAUSE)
    _print(
        answer, as_json, f"{answer['protocol']} on {answer['port']} rests at its next gap — `thetabox resume` goes on"
    )


def resume(port: RunningPort = None, as_json: Json = False) -> None:
    """Let a paused train go on: charge, arm, and give the pulses that remain.

    Example: `thetabox resume`
    """
    from thetabox.session.desk import RESUME

    answer = _ask(port, RESUME)
    _print(answer, as_json, f"{answer['protocol']} on {answer['port']} goes on")


def abort(port: RunningPort = None, as_json: Json = False) -> None:
    """End the running session safely: outputs off, bank dumping, the record kept. A board without one is made safe.

    Example: `thetabox abort`, or `thetabox abort --port /dev/ttyACM0`
    """
    from thetabox.session.desk import ABORT

    if _session(port) is not None:
        answer = _ask(port, ABORT)
        _print(answer, as_json, f"{answer['protocol']} on {answer['port']} aborts: outputs off, bank dumping")
        return
    from contract import messages

    status = _with_board(str(port), lambda link: (link.request(messages.ABORT), link.status())[1])
    _print({"port": port, "status": status}, as_json, f"{port}: {_words(status)}")


def status(port: RunningPort = None, as_json: Json = False) -> None:
    """Tell how the running session goes, or what a board without one is doing.

    Example: `thetabox status --json`
    """
    from thetabox.session.desk import STATUS, sessions

    if port is None and not sessions():
        _print({"sessions": []}, as_json, "no session runs on this machine — `thetabox boards` lists what is there")
        return
    if _session(port) is not None:
        answer = _ask(port, STATUS)
        words = f"{answer['protocol']} {answer['subject']}".strip()
        _print(answer, as_json, f"{words} on {answer['port']}: {answer['stage']}  {_words(answer['status'])}".rstrip())
        return
    found = _with_board(str(port), lambda link: link.status())
    _print({"port": port, "status": found}, as_json, f"{port}: {_words(found)}")


def _with_board(port: str, what: Any) -> dict[str, Any]:
    """Speak to a board that no session of this machine holds."""
    from thetabox.board import open_board
    from thetabox.board.link import Link

    with closing(open_board(port)) as board:
        link: Link = Link(board)
        link.identify()
        result: dict[str, Any] = what(link)
        return result


def _words(status: dict[str, Any]) -> str:
    """A status in a line."""
    if not status:
        return ""
    from contract import messages

    from thetabox.session import given

    words = [messages.STATE_NAMES[status["state"]]]
    if status["scheduled"]:
        words.append(f"{given(status)} of {status['scheduled']} pulses")
    words.append(f"bank {status['bank_mv'] / 1000:.1f} V")
    words.append(f"coil {status['coil_centi_c'] / 100:.1f} C")
    if status["fault"]:
        from thetabox.session.endings import fault_text

        words.append(fault_text(status["fault"]))
    return ", ".join(words)
