"""Runs a protocol as one session, and leaves its folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thetabox.errors import Exit

from .about import Outcome, Who, describe, now
from .evidence import begin, conclude, intensity
from .guard import guarded, writing
from .operator import Operator, Unattended
from .stages import Session

if TYPE_CHECKING:
    from thetabox.board import Board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.protocol import Compiled

    from .stages import Progress

NOBODY = Unattended()


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
    began = now()
    session = Session(board, compiled, folder, progress, operator)

    def stages() -> None:
        session.meet()
        begin(session, who, compiled)
        session.load(compiled)
        session.give()

    ended, exit_code = guarded(session, stages)
    about = {**describe(session, who, began, ended), **intensity(compiled)}
    progress.stage("judging")
    with writing(folder):
        judgement = conclude(session, folder, about)
    exit_code = exit_code or (Exit.OK if judgement.passed else Exit.FAILED)
    return Outcome(judgement, ended, exit_code)
