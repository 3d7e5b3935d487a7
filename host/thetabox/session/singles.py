"""Single pulses, one after the other as a plan wants them: each its own charge, arm and fire.

The bank is charged only once a pulse has been asked for: while a person thinks, the board is at rest.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from contract import messages

from thetabox.errors import Exit
from thetabox.evidence import folder as files

from .about import Outcome, Who, describe, now
from .endings import Ended, SessionError, ending_text
from .evidence import begin, conclude_singles
from .guard import guarded, writing
from .rows import Rows
from .stages import Session

if TYPE_CHECKING:
    from collections.abc import Callable

    from thetabox.board import Board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.singles import Single
    from thetabox.protocol import Compiled

    from .operator import Operator
    from .stages import Progress

SLACK_S = 0.1  # ready so long before a pulse is due


@dataclass(frozen=True)
class Wanted:
    """A pulse that is wanted, `after_s` after the first one at the earliest."""

    compiled: Compiled
    after_s: float = 0.0


class Plan(Protocol):
    """Which pulses to give. responses: by the index of the pulse, as evidence.singles has them."""

    responses: dict[int, str]

    def following(self, last: Single | None) -> Wanted | None:
        """What to give after `last` (None: nothing was given yet); None ends. May wait for a person."""

    def found(self) -> dict[str, Any]:
        """What the session has found, for session.json."""


class Counted:
    """A plan: so many pulses of one kind, at this interval in s from onset to onset, as well as the host can."""

    def __init__(self, compiled: Compiled, count: int, interval_s: float) -> None:
        self.responses: dict[int, str] = {}
        self._compiled, self._count, self._interval_s = compiled, count, interval_s

    def following(self, last: Single | None) -> Wanted | None:
        """The next, until there were enough."""
        index = 0 if last is None else last.index + 1
        return Wanted(self._compiled, index * self._interval_s) if index < self._count else None

    def found(self) -> dict[str, Any]:
        """Nothing."""
        return {}


class _Giver:
    """Gives the pulses of a plan on one board."""

    def __init__(
        self, session: Session, who: Who, plan: Plan, progress: Progress, tell: Callable[[Single], None]
    ) -> None:
        self._session, self._who, self._plan, self._progress, self._tell = session, who, plan, progress, tell
        self.rows = Rows(session)
        self._noted: dict[int, str] = {}
        self._loaded: Compiled | None = None
        self._first_s = 0.0
        self._lead_s = 0.0

    def stages(self) -> None:
        """All pulses, from the first look at the board on."""
        self._session.meet()
        begin(self._session, self._who)
        wanted = self._following(None)
        while wanted is not None:
            wanted = self._following(self._give(wanted))
            self._note()

    def _following(self, last: Single | None) -> Wanted | None:
        self._progress.stage("between pulses: nothing is charged")
        return self._plan.following(last)

    def _note(self) -> None:
        """Responses that are new or another than before."""
        for index, response in self._plan.responses.items():
            if self._noted.get(index) != response:
                self._noted[index] = response
                self._session.event("response", index=index, response=response)

    def _give(self, wanted: Wanted) -> Single:
        session, due_s = self._session, self._first_s + wanted.after_s
        if self.rows:
            session.hold(due_s - self._lead_s - SLACK_S)
        asked_s = session.board.now_s()
        self._load(wanted.compiled)
        session.charge()
        self._lead_s = session.board.now_s() - asked_s
        if self.rows:
            session.hold(due_s)
        else:
            self._first_s = session.board.now_s()
        self.rows.begin(wanted.compiled)
        status = session.train()
        session.fetch()
        row = self.rows.row(len(self.rows) - 1)
        session.event("pulse", index=row.index, percent=row.intensity_percent, outcome=row.outcome)
        self._tell(row)
        if status["state"] != messages.DONE:
            raise Ended(ending_text(status))
        return row

    def _load(self, compiled: Compiled) -> None:
        if self._loaded is compiled:
            return
        try:
            self._session.load(compiled)
        except SessionError as error:
            if self.rows:  # what was given before shall be kept and judged
                raise Ended(str(error)) from None
            raise
        self._loaded = compiled


def give_singles(
    board: Board,
    compiled: Compiled,
    plan: Plan,
    folder: SessionFolder,
    who: Who,
    progress: Progress,
    operator: Operator,
    tell: Callable[[Single], None],
) -> Outcome:
    """Give the pulses of a plan as one session and leave its folder. `compiled`: any of them. `tell`: of each pulse.

    Raises ThetaboxError when it could not begin, or when the folder cannot be written; what is in the folder stays.
    """
    began = now()
    session = Session(board, compiled, folder, progress, operator)
    giver = _Giver(session, who, plan, progress, tell)
    ended, exit_code = guarded(session, giver.stages)
    about = {**describe(session, who, began, ended), "kind": files.SINGLES, **plan.found()}
    progress.stage("judging")
    with writing(folder):
        judgement = conclude_singles(session, folder, about, giver.rows.all(plan.responses))
    exit_code = exit_code or (Exit.OK if judgement.passed else Exit.FAILED)
    return Outcome(judgement, ended, exit_code)
