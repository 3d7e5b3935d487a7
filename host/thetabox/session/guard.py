"""However a session ends, ABORT is sent first, it is finished in order, and why it ended is known in words."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from contract import faults

from thetabox.board.base import BoardError
from thetabox.board.link import BoardRefused
from thetabox.errors import Exit, ThetaboxError
from thetabox.plural import counted

from .endings import Ended

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thetabox.evidence.folder import SessionFolder

    from .stages import Session

ENDINGS = (Ended, BoardRefused, BoardError, KeyboardInterrupt)


def _reason(session: Session, why: BaseException) -> tuple[str, Exit]:
    """Why a session ended, in words, and the exit code that this means."""
    if isinstance(why, KeyboardInterrupt):
        return "Aborted by the operator.", Exit.ABORTED
    if isinstance(why, Ended):
        return str(why), why.exit_code
    if isinstance(why, BoardRefused):
        restarted = session.restarted() if why.number == faults.WRONG_SESSION else ""
        return restarted or str(session.named(why)), Exit.BOARD
    lost = f"{why.message if isinstance(why, BoardError) else why}; the board makes itself safe"
    given = session.collector.given  # the record may have fewer
    known = f"; it had given {counted(given, 'pulse')} or more, `thetabox logs` has the number" if given else ""
    return lost + known, Exit.LINK


def guarded(session: Session, stages: Callable[[], None]) -> tuple[str, Exit]:
    """Go through `stages`, then finish; returns why it ended early ('' when it did not) and the exit code.

    Raises what kept the session from beginning, and defects; the board has been told to abort then, too.
    """
    try:
        return _go(session, stages)
    except BaseException:
        session.abort()
        raise


def _go(session: Session, stages: Callable[[], None]) -> tuple[str, Exit]:
    ended = ("", Exit.OK)
    try:
        stages()
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


@contextmanager
def writing(folder: SessionFolder) -> Iterator[None]:
    """What goes wrong on the disk while the session's evidence is written is one line."""
    try:
        yield
    except OSError as error:
        raise ThetaboxError(
            f"{folder.path} cannot be written: {error.strerror}",
            "free space on the disk and run again; what was written is kept, the board is at rest",
        ) from None
