"""Runs a session through its stages. However it ends, ABORT is sent first, and what was seen is kept and judged."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from contract import faults

from thetabox import __version__
from thetabox.board.base import BoardError
from thetabox.board.link import BoardRefused
from thetabox.errors import Exit, ThetaboxError

from .endings import Ended
from .evidence import conclude
from .operator import Operator, Unattended
from .stages import Session

if TYPE_CHECKING:
    from thetabox.board import Board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.judge import Judgement
    from thetabox.protocol import Compiled

    from .stages import Progress

NOBODY = Unattended()
ENDINGS = (Ended, BoardRefused, BoardError, KeyboardInterrupt)


@dataclass(frozen=True)
class Who:
    """For whom, by whom, why."""

    subject: str = ""
    operator: str = ""
    notes: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a session ended: the judgement, why it ended early ('' when it did not), and the exit code."""

    judgement: Judgement
    ended: str
    exit_code: Exit


def _reason(session: Session, why: BaseException) -> tuple[str, Exit]:
    """Why a session ended, in words, and the exit code that this means."""
    if isinstance(why, KeyboardInterrupt):
        return "Aborted by the operator.", Exit.ABORTED
    if isinstance(why, Ended):
        return str(why), why.exit_code
    if isinstance(why, BoardRefused):
        restarted = session.restarted() if why.number == faults.WRONG_SESSION else ""
        return restarted or str(why), Exit.BOARD
    return f"{why.message if isinstance(why, BoardError) else why}; the board makes itself safe", Exit.LINK


def _go(session: Session) -> tuple[str, Exit]:
    """Go through the stages; returns why it ended early ('' when it did not) and the exit code.

    Raises what kept it from beginning.
    """
    ended = ("", Exit.OK)
    try:
        session.prepare()
        session.give()
    except ENDINGS as why:
        if isinstance(why, ThetaboxError) and not session.begun:
            raise
        session.abort()
        ended = _reason(session, why)
    session.event("ended", reason=ended[0])
    try:
        session.finish()
    except ENDINGS as why:
        session.abort()
        later = _reason(session, why)
        session.event("not finished", reason=later[0])
        ended = ended if ended[0] else later
    return ended


def run_session(
    board: Board,
    compiled: Compiled,
    folder: SessionFolder,
    who: Who,
    progress: Progress,
    operator: Operator = NOBODY,
) -> Outcome:
    """Run one session and leave its folder.

    Raises ThetaboxError when it could not begin, or when the folder cannot be written; what is in the folder stays.
    """
    began = datetime.datetime.now(datetime.UTC)
    session = Session(board, compiled, folder, progress, operator)
    try:
        ended, exit_code = _go(session)
    except BaseException:
        session.abort()
        raise
    about = {
        "who": asdict(who),
        "began": began.isoformat(timespec="seconds"),
        "closed": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "host": __version__,
        "port": board.name,
        "emulated": board.emulated,
        "board": session.identity,
        "protocol": compiled.spec.name,
        "profile": compiled.profile.name,
        "target_v": compiled.target_mv / 1000,
        "width_ticks": compiled.width_ticks,
        "stamps_lost": session.collector.lost,
        "segments": session.segments,
        "ended": ended,
    }
    progress.stage("judging")
    try:
        judgement = conclude(session, folder, about)
    except OSError as error:
        raise ThetaboxError(
            f"{folder.path} cannot be written: {error.strerror}",
            "free space on the disk and run again; what was written is kept, the board is at rest",
        ) from None
    exit_code = exit_code or (Exit.OK if judgement.verdict == "PASS" else Exit.FAILED)
    return Outcome(judgement, ended, exit_code)
