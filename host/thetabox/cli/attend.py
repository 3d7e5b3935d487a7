"""`thetabox status`, `pause`, `resume`, `abort`: a session that runs in another terminal, or a board without one."""

from __future__ import annotations

import json
from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thetabox.errors import ThetaboxError
from thetabox.plural import counted

from . import complete
from .options import Json

if TYPE_CHECKING:
    from collections.abc import Callable

    from thetabox.board.link import Link

RunningPort = Annotated[
    str | None,
    typer.Option(
        "--port", help="Which one, where there are several; a board's own port where none runs.",
        autocompletion=complete.ports,
    ),
]  # fmt: skip


Pid = Annotated[int | None, typer.Option("--pid", help="Of the session's process, where several run on one port.")]


def _running(port: str | None, pid: int | None) -> list[dict[str, Any]]:
    from thetabox.session.desk import sessions

    return [each for each in sessions() if port in (None, each["port"]) and pid in (None, each["pid"])]


def _session(port: str | None, pid: int | None) -> dict[str, Any] | None:
    """The session that is meant; None when none runs on this port. ThetaboxError when it is not clear which."""
    running = _running(port, pid)
    if len(running) > 1:
        each = ", ".join(f"{one['pid']} on {one['port']}" for one in running)
        raise ThetaboxError(f"{len(running)} sessions run: {each}", "say which one with --pid or --port")
    if not running and (port is None or pid is not None):
        wrong = "no session runs on this machine" if pid is None else f"no session runs in process {pid}"
        raise ThetaboxError(wrong, "see `thetabox status`, or give a board's --port to speak to it without one")
    return running[0] if running else None


def _ask(port: str | None, pid: int | None, request: str) -> dict[str, Any]:
    from thetabox.session.desk import ask

    session = _session(port, pid)
    if session is None:
        raise ThetaboxError(f"no session runs on {port}", "see `thetabox status`")
    return {**session, **ask(session, request)}


def _print(answer: dict[str, Any], as_json: bool, words: str) -> None:
    if as_json:
        print(json.dumps(_shown(answer)))
    else:
        print(words)


def _shown(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: answer[name] for name in answer if name not in ("key", "address")}


def pause(port: RunningPort = None, pid: Pid = None, as_json: Json = False) -> None:
    """Let the running train rest at its next gap: outputs off, bank dumped. `thetabox resume` goes on from there.

    The gap must be of 0.8 s or more; the train goes on with its next pulse, never earlier than scheduled.

    Example: `thetabox pause`
    """
    from thetabox.session.desk import PAUSE

    answer = _ask(port, pid, PAUSE)
    _print(
        answer, as_json, f"{answer['protocol']} on {answer['port']} rests at its next gap — `thetabox resume` goes on"
    )


def resume(port: RunningPort = None, pid: Pid = None, as_json: Json = False) -> None:
    """Let a paused train go on: charge, arm, and give the pulses that remain.

    Example: `thetabox resume`
    """
    from thetabox.session.desk import RESUME

    answer = _ask(port, pid, RESUME)
    _print(answer, as_json, f"{answer['protocol']} on {answer['port']} goes on")


def abort(port: RunningPort = None, pid: Pid = None, as_json: Json = False) -> None:
    """End the running session safely: outputs off, bank dumping, the record kept. A board without one is made safe.

    Example: `thetabox abort`, or `thetabox abort --port /dev/ttyACM0`
    """
    from thetabox.session.desk import ABORT

    if _session(port, pid) is not None:
        answer = _ask(port, pid, ABORT)
        _print(answer, as_json, f"{answer['protocol']} on {answer['port']} aborts: outputs off, bank dumping")
        return
    from contract import messages

    status = _with_board(str(port), lambda link: (link.request(messages.ABORT), link.status())[1])
    _print({"port": port, "status": status}, as_json, f"on {port} {_words(status)}")


def status(port: RunningPort = None, pid: Pid = None, as_json: Json = False) -> None:
    """Tell how each running session goes, or what a board without one is doing.

    Example: `thetabox status --json`
    """
    from thetabox.session.desk import STATUS, ask

    running = _running(port, pid)
    if not running and port is not None and pid is None:
        found = _with_board(port, lambda link: link.status())
        _print({"sessions": [], "port": port, "status": found}, as_json, f"on {port} {_words(found)}")
        return
    if not running and pid is not None:
        _session(port, pid)  # raises
    answers = [{**each, **ask(each, STATUS)} for each in running]
    if as_json:
        print(json.dumps({"sessions": [_shown(answer) for answer in answers]}))
        return
    for answer in answers:
        words = f"{answer['protocol']} {answer['subject']}".strip()
        print(f"{words} on {answer['port']} (process {answer['pid']}): {_goes(answer)}")
    if not answers:
        print("no session runs on this machine — `thetabox boards` lists what is there")


def _goes(answer: dict[str, Any]) -> str:
    """How a session goes: its stage, and the board's status without the same word again."""
    words = _words(answer["status"])
    first, _, rest = words.partition(", ")
    return ", ".join(part for part in (answer["stage"], rest if first == answer["stage"] else words) if part)


def _with_board(port: str, what: Callable[[Link], dict[str, Any]]) -> dict[str, Any]:
    """Speak to a board that no session of this machine holds."""
    from thetabox.board import open_board
    from thetabox.board.link import Link

    with closing(open_board(port)) as board:
        link = Link(board)
        link.identify()
        return what(link)


def _words(status: dict[str, Any]) -> str:
    """A status in a line."""
    if not status:
        return ""
    from thetabox.evidence.words import fault_text, state_name
    from thetabox.session import given

    words = [state_name(status["state"])]
    if status["scheduled"]:
        words.append(f"{given(status)} of {counted(status['scheduled'], 'pulse')}")
    words.append(f"bank {status['bank_mv'] / 1000:.1f} V")
    words.append(f"coil {status['coil_centi_c'] / 100:.1f} C")
    if status["fault"]:
        words.append(fault_text(status["fault"]))
    return ", ".join(words)
