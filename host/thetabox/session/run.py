"""Runs a session: identify, upload, charge, arm, fire, watch, collect, dump, judge. Whatever happens, ABORT is sent."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Protocol

from contract import faults, limits, messages, records

from thetabox import __version__
from thetabox.board.base import BoardError
from thetabox.board.link import BoardRefused, Link
from thetabox.errors import Exit, ThetaboxError

from .collect import Collector
from .evidence import conclude

if TYPE_CHECKING:
    from collections.abc import Callable

    from thetabox.board import Board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.judge import Judgement
    from thetabox.protocol import Compiled

HEARTBEAT_S = limits.SESSION_HEARTBEAT_MS / 1000
CHARGE_S = 10.0
SAFE_S = limits.BANK_DISCHARGE_S + 2.0
ENDED = (messages.DONE, messages.FAULT, messages.SAFE, messages.IDLE)


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


class Progress(Protocol):
    """Is told how a session goes."""

    def stage(self, text: str) -> None:
        """A new part of the session."""

    def update(self, status: dict[str, Any]) -> None:
        """A status of the board while a train runs."""


class SessionError(ThetaboxError):
    """The board is in a state in which no session can begin."""

    exit_code = Exit.BOARD


def _fault_text(number: int) -> str:
    entry = faults.entry(number)
    return f"{entry[3]} {entry[4]} ({entry[1]} {number})" if entry else f"fault {number}"


class Session:
    """One run on one board; the methods are its stages, in order."""

    def __init__(
        self, board: Board, compiled: Compiled, folder: SessionFolder, progress: Progress, stop: Callable[[], bool]
    ) -> None:
        self.board = board
        self.compiled = compiled
        self.folder = folder
        self._progress = progress
        self._stop = stop
        self.link = Link(board)
        self.collector = Collector(self.link)
        self.identity: dict[str, Any] = {}
        self.status: dict[str, Any] = {}
        self.ended = ""
        self.exit_code = Exit.OK
        self._bank = compiled.profile.drive == "bank"

    def event(self, name: str, /, **values: Any) -> None:
        """Write an event at the board's time."""
        self.folder.event(name, self.board.now_s(), **values)

    def prepare(self) -> None:
        """Identify the board, wait until it is at rest, give it the protocol."""
        self._progress.stage("identifying the board")
        self.identity = self.link.identify()
        self.event("identified", **self.identity)
        if self.identity["fault"]:
            self._clear(self.identity["fault"])
        self._rest()
        self._progress.stage("uploading the protocol")
        made = self.link.upload(self.compiled.image)
        self.event("uploaded", **made)
        expected = (self.compiled.pulses, int(self.compiled.onset_ticks[-1]))
        if (made["pulses"], made["duration_ticks"]) != expected:
            raise SessionError(
                f"the board expands the protocol to {made['pulses']} pulses, the host to {expected[0]}",
                "use host and firmware of the same release",
            )

    def _clear(self, fault: int) -> None:
        """A fault that stands from before is told, and cleared when it can be."""
        self.event("fault found", fault=fault, text=_fault_text(fault))
        self._progress.stage(f"clearing: {_fault_text(fault)}")
        self.link.request(messages.CLEAR, fault=fault)

    def _rest(self) -> None:
        """Wait until the board is idle, its bank safe to touch."""
        end = self.board.now_s() + SAFE_S
        self.link.request(messages.ABORT)
        while (status := self.link.status())["state"] != messages.IDLE:
            if self.board.now_s() > end:
                raise SessionError(
                    f"the board stays {messages.STATE_NAMES[status['state']]}",
                    "read its faults and follow their remedy",
                )
            self.board.wait(HEARTBEAT_S)

    def charge(self) -> None:
        """Charge the bank and wait until it is ready; an external stimulator needs none."""
        if not self._bank:
            return
        self._progress.stage(f"charging to {self.compiled.target_mv / 1000:.1f} V")
        self.link.request(messages.CHARGE)
        end = self.board.now_s() + CHARGE_S
        while (status := self.link.heartbeat())["state"] == messages.CHARGING and self.board.now_s() < end:
            self.board.wait(HEARTBEAT_S / 2)
        self.event("charged", bank_mv=status["bank_mv"], state=messages.STATE_NAMES[status["state"]])
        if status["state"] != messages.READY:
            self.ended = _fault_text(status["fault"])
            self.exit_code = Exit.BOARD

    def train(self) -> None:
        """Arm, fire, and watch to the end at the pace of the heartbeat."""
        nonce = self.link.request(messages.ARM, image_crc=self.compiled.image_crc)["nonce"]
        self.event("armed")
        start = self.link.request(messages.FIRE, nonce=nonce)["start_us"]
        self.event("started", start_us=start)
        self._progress.stage("running")
        following = self.board.now_s()
        while True:
            self.status = self.link.heartbeat()
            self.collector.note(self.status)
            self._progress.update(self.status)
            if self.status["state"] in ENDED:
                break
            if self._stop():
                self.link.request(messages.ABORT)
                self.ended, self.exit_code = "Aborted by the operator.", Exit.ABORTED
                break
            following += HEARTBEAT_S
            self.board.wait(following - self.board.now_s())
        if self.status["state"] == messages.FAULT:
            self.ended, self.exit_code = _fault_text(self.status["fault"]), Exit.BOARD
        self.event("ended", state=messages.STATE_NAMES[self.status["state"]], reason=self.ended)

    def finish(self) -> None:
        """Collect, then see the bank down."""
        self._progress.stage("collecting the record, dumping the bank")
        self.collector.fetch()
        self.link.request(messages.ABORT)
        end = self.board.now_s() + SAFE_S
        while (status := self.link.status())["bank_mv"] >= limits.BANK_TOUCH_SAFE_MV and self.board.now_s() < end:
            self.board.wait(HEARTBEAT_S)
        self.event("dumped", bank_mv=status["bank_mv"])
        for index, entry in self.link.log():
            time_ms, event, fault, argument = records.unpack(entry)
            name, meaning = records.EVENTS.get(event, (str(event), ""))
            self.event("board log", index=index, time_ms=time_ms, name=name, fault=fault, argument=argument,
                        meaning=meaning)  # fmt: skip


def run_session(
    board: Board,
    compiled: Compiled,
    folder: SessionFolder,
    who: Who,
    progress: Progress,
    stop: Callable[[], bool] = lambda: False,
) -> Outcome:
    """Run one session and leave its folder. `stop` is asked ten times a second; True aborts.

    Raises ThetaboxError when it could not begin; the folder then holds the events so far.
    """
    began = datetime.datetime.now(datetime.UTC)
    session = Session(board, compiled, folder, progress, stop)
    try:
        session.prepare()
        session.charge()
        if not session.ended and not stop():
            session.train()
        session.finish()
    except BoardRefused as refused:
        session.ended, session.exit_code = str(refused), Exit.BOARD
        session.link.request(messages.ABORT)
    except BoardError as lost:
        if not session.status:
            raise  # no pulse can have been given: there is nothing to judge
        session.ended, session.exit_code = f"{lost.message}; the board makes itself safe", Exit.LINK
        session.event("ended", reason=session.ended)
    except BaseException:
        _last_abort(session.link)
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
        "ended": session.ended,
    }
    progress.stage("judging")
    try:
        judgement = conclude(session, folder, about)
    except OSError as error:
        raise ThetaboxError(
            f"{folder.path} cannot be written: {error.strerror}",
            "free space on the disk and run again; what was written is kept, the board is at rest",
        ) from None
    exit_code = session.exit_code or (Exit.OK if judgement.verdict == "PASS" else Exit.FAILED)
    return Outcome(judgement, session.ended, exit_code)


def _last_abort(link: Link) -> None:
    """Whatever has happened, tell the board to make itself safe; if it cannot hear, its silence rule does."""
    try:
        link.request(messages.ABORT)
    except ThetaboxError:
        return
