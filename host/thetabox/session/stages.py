"""The stages of a session on one board: identify, upload, charge, arm, fire, watch, collect, see the bank down.

A `run` goes through them once; single pulses upload, charge, arm and fire each.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from contract import faults, limits, messages

from thetabox.board.link import BoardRefused, Link
from thetabox.errors import Exit, ThetaboxError
from thetabox.evidence.words import fault_text, state_name
from thetabox.plural import counted

from .collect import Collector, board_log
from .endings import Ended, SessionError, ending_text

if TYPE_CHECKING:
    from thetabox.board import Board
    from thetabox.evidence.folder import SessionFolder
    from thetabox.protocol import Compiled

    from .operator import Operator

HEARTBEAT_S = limits.SESSION_HEARTBEAT_MS / 1000
CHARGE_S = 10.0
LOW_SHARE = 0.9  # of the target: the board charges up, never down
SAFE_S = limits.BANK_DISCHARGE_S + 2.0
GOES_ON = (messages.WAITING, messages.RUNNING)


class Progress(Protocol):
    """Is told how a session goes."""

    def stage(self, text: str) -> None:
        """A new part of the session."""

    def update(self, status: dict[str, Any]) -> None:
        """A status of the board while it charges and while a train runs."""


class Session:
    """One run on one board; the methods are its stages, in order.

    begun: the board has taken the protocol. segments: where the train began and went on after a pause, as
    {"first": index of the first pulse, "board_s": the board's clock before FIRE, "start_us": board time after it}.
    recorded: the board's stamps of all that may have been given have been read.
    """

    def __init__(
        self, board: Board, compiled: Compiled, folder: SessionFolder, progress: Progress, operator: Operator
    ) -> None:
        self.board = board
        self.compiled = compiled
        self.folder = folder
        self._progress = progress
        self._operator = operator
        self.link = Link(board)
        self.collector = Collector(self.link)
        self.identity: dict[str, Any] = {}
        self.begun = False
        self.recorded = True
        self.segments: list[dict[str, Any]] = []
        self._told = ""
        self._fired = False

    def event(self, name: str, /, **values: Any) -> None:
        """Write an event at the board's time."""
        self.folder.event(name, self.board.now_s(), **values)

    def abort(self) -> None:
        """Whatever has happened, tell the board to make itself safe; if it cannot hear, its silence rule does."""
        with suppress(ThetaboxError):
            self.link.request(messages.ABORT)

    def restarted(self) -> str:
        """'' when the board is still in the boot that it was found in; else what has restarted it."""
        try:
            who = self.link.identify()
        except ThetaboxError:
            return ""
        if who["boot_count"] == self.identity["boot_count"]:
            return ""
        self._fired = False  # its stamps are gone
        self.event("identified", **who)
        cause = fault_text(who["fault"]) or f"Cause of the reset: {who['reset_cause']}."
        return f"The board has restarted. {cause}"

    def named(self, why: BoardRefused) -> BoardRefused:
        """The refusal; where a fault that stands is its reason, and the board still tells which, that fault's."""
        if why.number == faults.FAULT_STANDING:
            with suppress(ThetaboxError):
                return BoardRefused(self.link.status()["fault"] or why.number)
        return why

    def _look(self) -> None:
        if self._operator.stopped:
            raise Ended("Aborted by the operator.", Exit.ABORTED)

    def _pause(self, seconds: float) -> None:
        """Let board time pass, unless the session is to stop."""
        self._look()
        self.board.wait(seconds)

    def meet(self) -> None:
        """Identify the board; see that it can be spoken to and that no fault stands."""
        self._stage("identifying the board")
        self.identity = self.link.identify()
        self.event("identified", **self.identity)
        if not self.identity["compatible"]:
            raise BoardRefused(faults.TABLE_MISMATCH)
        if self.identity["fault"]:
            self._clear(self.identity["fault"])

    def load(self, compiled: Compiled) -> None:
        """Wait until the board is at rest, and give it this protocol."""
        self.compiled = compiled
        self._require_polarity(self._rest())
        self._stage("uploading the protocol")
        made = self.link.upload(self.compiled.image, self._look)
        self.event("uploaded", **made)
        expected = (self.compiled.pulses, int(self.compiled.onset_ticks[-1]))
        if (made["pulses"], made["duration_ticks"]) != expected:
            raise SessionError(
                f"the board expands the protocol to {counted(made['pulses'], 'pulse')}, the host to {expected[0]}",
                "use host and firmware of the same release",
            )
        self.begun = True

    def _clear(self, fault: int) -> None:
        """A fault that stands from before is told, and cleared when it can be."""
        self.event("fault found", fault=fault, text=fault_text(fault))
        entry = faults.entry(fault)
        if entry is not None and entry[2] == faults.PERMANENT:
            raise SessionError(f"a permanent fault stands: {entry[3].rstrip('.')} ({entry[1]} {fault})", entry[4])
        self._stage(f"clearing: {fault_text(fault)}")
        self.link.request(messages.CLEAR, fault=fault)

    def _require_polarity(self, status: dict[str, Any]) -> None:
        """The board refuses to arm against its strap; this is told before anything on the board changes."""
        strapped, wanted = status["flags"] & messages.FLAG_STRAP_INVERTED, self.compiled.protocol.inverted
        if bool(strapped) != bool(wanted):
            _, name, _, sentence, remedy = faults.entry(faults.WRONG_STRAP)
            idles = ("low", "high")
            raise SessionError(
                f"{sentence.rstrip('.')}: {self.compiled.profile.name} idles {idles[bool(wanted)]}, "
                f"the strap says {idles[bool(strapped)]} ({name} {faults.WRONG_STRAP})",
                remedy,
            )

    def _rest(self) -> dict[str, Any]:
        """Wait until the board is idle, its bank safe to touch; returns its status then."""
        end = self.board.now_s() + SAFE_S
        self.link.request(messages.ABORT)
        while (status := self.link.status())["state"] != messages.IDLE:
            if self.board.now_s() > end:
                raise SessionError(
                    f"the board stays {state_name(status['state'])}",
                    "read its faults and follow their remedy",
                )
            self._pause(HEARTBEAT_S)
        return status

    def charge(self) -> None:
        """Charge the bank and wait until it is ready; an external stimulator needs none."""
        if self.compiled.profile.drive != "bank":
            return
        self._look()
        end = self.board.now_s() + CHARGE_S
        low_mv = min(self.compiled.target_mv * LOW_SHARE, limits.BANK_TOUCH_SAFE_MV - 1)
        while self.link.status()["bank_mv"] > low_mv and self.board.now_s() < end:
            self._pause(HEARTBEAT_S)  # what is left of a pulse before
        self._stage(f"charging to {self.compiled.target_mv / 1000:.1f} V")
        self.link.request(messages.CHARGE)
        while (status := self.link.heartbeat())["state"] in (messages.PROVING, messages.CHARGING):
            self._progress.update(status)
            if self.board.now_s() > end:
                raise Ended(f"The bank was not ready within {CHARGE_S:.0f} s.")
            self._pause(HEARTBEAT_S / 2)
        self.event("charged", bank_mv=status["bank_mv"], state=state_name(status["state"]))
        if status["state"] != messages.READY:
            raise Ended(ending_text(status))

    def hold(self, until_s: float) -> None:
        """Let board time pass until then, at the pace of the heartbeat, which keeps a ready board ready."""
        while (left_s := until_s - self.board.now_s()) > 0:
            self.link.heartbeat()
            self._pause(min(left_s, HEARTBEAT_S))

    def give(self) -> None:
        """Charge, and give the train to its end, with as many pauses as the operator wants. Raises Ended otherwise."""
        first = 0
        while True:
            self.charge()
            status = self.train(first)
            if status["state"] == messages.DONE:
                return
            if status["state"] != messages.PAUSED:
                raise Ended(ending_text(status))
            first = status["first"]
            self.rest(first)

    def train(self, first: int = 0) -> dict[str, Any]:
        """Arm, fire, and watch the train from pulse `first` at the pace of the heartbeat; returns the last status."""
        self._look()
        nonce = self.link.request(messages.ARM, image_crc=self.compiled.image_crc)["nonce"]
        self.event("armed")
        self._fired = True  # from here on pulses may have been given, whatever the link says
        self.recorded = False
        segment = {"first": first, "board_s": round(self.board.now_s(), 6), "start_us": 0}
        self.segments.append(segment)
        segment["start_us"] = self.link.request(messages.FIRE, nonce=nonce)["start_us"]
        self.event("started", **segment)
        self.collector.begin(float(self.compiled.onset_ticks[first]) / limits.CLOCK_SYS_HZ)
        following = self.board.now_s()
        while (status := self.link.heartbeat())["state"] in GOES_ON:
            self._watch(status)
            following += HEARTBEAT_S
            self._pause(following - self.board.now_s())
        self._watch(status)
        return status

    def _watch(self, status: dict[str, Any]) -> None:
        """Keep and tell a status of the train; ask for a pause when the operator wants one."""
        asked = status["flags"] & messages.FLAG_PAUSE_ASKED
        waiting = status["state"] == messages.WAITING
        self._stage("waiting for the external start" if waiting else "pausing at the next gap" if asked else "running")
        self.collector.note(status)
        self._progress.update(status)
        if status["state"] == messages.RUNNING and self._operator.paused and not asked:
            with suppress(BoardRefused):  # the train has ended in between
                self.link.request(messages.PAUSE)
                self.event("pause asked")

    def fetch(self) -> None:
        """Read the stamps of what was given; the train is at rest."""
        self.collector.fetch()
        self.recorded = True

    def rest(self, first: int) -> None:
        """The board rests in the gap before pulse `first`: keep its stamps, wait for the operator and for the gap."""
        paused_s = self.board.now_s()
        self.event("paused", first=first)
        self.fetch()
        self._stage(f"paused after {counted(first, 'pulse')}: bank dumped")
        onsets = self.compiled.onset_ticks
        gap_s = float(onsets[first] - onsets[first - 1]) / limits.CLOCK_SYS_HZ
        while self._operator.paused:
            self._progress.update(self.link.heartbeat())
            self._pause(HEARTBEAT_S)
            self._operator.rest()
        self._stage("waiting for the rest of the gap")
        self.hold(paused_s + gap_s)
        self.event("resumed", first=first, after_s=round(self.board.now_s() - paused_s, 3))

    def _stage(self, text: str) -> None:
        if text != self._told:
            self._told = text
            self._progress.stage(text)

    def finish(self) -> None:
        """Collect, then see the bank down. Raises Ended when it stays up, or when a fault came at the end."""
        self._stage("collecting the record, dumping the bank")
        if self._fired:
            self.fetch()
        self.abort()
        end = self.board.now_s() + SAFE_S
        while (status := self.link.status())["bank_mv"] >= limits.BANK_TOUCH_SAFE_MV and self.board.now_s() < end:
            self.board.wait(HEARTBEAT_S)
        self.event("dumped", bank_mv=status["bank_mv"])
        for entry in board_log(self.link):
            self.event("board log", **entry)
        if status["bank_mv"] >= limits.BANK_TOUCH_SAFE_MV:
            raise Ended(f"The bank is still at {status['bank_mv'] / 1000:.0f} V: keep away from it.")
        if status["fault"]:
            raise Ended(ending_text(status))
