"""What is said of every session: for whom and by whom, with what, and how it ended."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from thetabox import __version__

if TYPE_CHECKING:
    from thetabox.errors import Exit
    from thetabox.evidence.judge import Judgement

    from .stages import Session


@dataclass(frozen=True)
class Who:
    """For whom, by whom, why. intensity: as it was asked for, where that says more than a percentage."""

    subject: str = ""
    operator: str = ""
    notes: str = ""
    intensity: str = ""


@dataclass(frozen=True)
class Outcome:
    """How a session ended: the judgement, why it ended early ('' when it did not), and the exit code."""

    judgement: Judgement
    ended: str
    exit_code: Exit


def describe(session: Session, who: Who, began: datetime.datetime, ended: str) -> dict[str, Any]:
    """What session.json holds of any session."""
    return {
        "who": asdict(who),
        "began": began.isoformat(timespec="seconds"),
        "closed": now().isoformat(timespec="seconds"),
        "host": __version__,
        "port": session.board.name,
        "emulated": session.board.emulated,
        "board": session.identity,
        "protocol": session.compiled.spec.name,
        "profile": session.compiled.profile.name,
        "width_ticks": session.compiled.width_ticks,
        "stamps_lost": session.collector.lost,
        "segments": session.segments,
        "recorded": session.recorded,
        "ended": ended,
    }


def now() -> datetime.datetime:
    """The time of day, UTC."""
    return datetime.datetime.now(datetime.UTC)
