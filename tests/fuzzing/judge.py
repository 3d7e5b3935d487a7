"""What the board may do, said once more: which request leads from which state where, and what happens by itself.

The judge hears of every frame that was sent and of everything that the board did, and says what nobody had asked for.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from contract import faults, frame, messages
from contract.messages import (
    ARMED,
    CHARGING,
    DONE,
    FAULT,
    IDLE,
    PAUSED,
    PROVING,
    READY,
    RUNNING,
    SAFE,
    STATE_NAMES,
    WAITING,
)  # fmt: skip

ACTIVE = {PROVING, CHARGING, READY, ARMED, WAITING, RUNNING}
AT_REST = {IDLE, DONE}
BY_REQUEST = {
    messages.UPLOAD_BEGIN: {(before, IDLE) for before in AT_REST},
    messages.CHARGE: {(before, after) for before in (IDLE, DONE, PAUSED) for after in (PROVING, CHARGING)},
    messages.ARM: {(before, ARMED) for before in (READY, IDLE, DONE, PAUSED)},
    messages.FIRE: {(ARMED, RUNNING), (ARMED, WAITING)},
    messages.ABORT: {(before, SAFE) for before in (IDLE, CHARGING, PROVING, READY, ARMED, DONE, PAUSED)}
    | {(before, FAULT) for before in (RUNNING, WAITING)},
    messages.CLEAR: {(FAULT, SAFE), (FAULT, FAULT)},
}
BY_ITSELF = {
    (SAFE, IDLE), (PROVING, CHARGING), (CHARGING, READY), (WAITING, RUNNING), (RUNNING, DONE), (RUNNING, PAUSED),
} | {(before, FAULT) for before in ACTIVE}  # fmt: skip
FAULTS_BY_ITSELF = (faults.HOST_SILENT, faults.ARM_EXPIRED)  # the hardware is sound
CHANGED_BY = {  # beside the state
    "fault": {messages.ABORT, messages.CLEAR},
    "following": {messages.CLEAR},
    "pausing": {messages.PAUSE, messages.ABORT},
    "loaded": {messages.UPLOAD_BEGIN, messages.UPLOAD_END},
    "image": {messages.UPLOAD_BEGIN, messages.UPLOAD_END},
    "owner": {messages.IDENTIFY},
    "moving": {messages.FIRE, messages.ABORT},
}
ANYBODYS = (messages.IDENTIFY, messages.ABORT)
WITHDRAWN = (ARMED, SAFE), (ARMED, PAUSED)  # of FIRE: TRIG_IN was high already: refused, and to rest


class Whole(NamedTuple):
    """All that a request may change on a board."""

    state: int
    fault: int
    following: int
    pausing: int
    loaded: int
    image: int  # its CRC
    owner: int  # the session that the board is in
    moving: int  # a train runs


@dataclass
class Verdict:
    """What was counted; `unwanted` has a line for everything that should not be."""

    damaged: int = 0  # frames damaged, repeated, reordered, truncated...
    read: int = 0  # frames that a reader has let through to the kernel
    carried_out: int = 0  # and that were not refused
    starts: int = 0
    wrong_starts: int = 0  # without a FIRE that was carried out, or again with a nonce
    collisions: int = 0  # read although never sent
    edges: Counter = field(default_factory=Counter)  # (what led there, from, to)
    refusals: Counter = field(default_factory=Counter)
    boots: int = 0
    lost_probes: int = 0
    unwanted: list = field(default_factory=list)

    def __add__(self, other):
        return Verdict(*(getattr(self, name) + getattr(other, name) for name in self.__dataclass_fields__))


class Judge:
    """Told of one board, from its first boot on."""

    def __init__(self):
        self.verdict = Verdict()
        self.nonces = []  # as issued
        self._fired = Counter()
        self._sent = set()
        self._beginning = 0  # trains begun for which no request has been seen yet

    def sent(self, one):
        """(type, sequence, session, payload) of a frame that somebody has made."""
        self._sent.add(one)

    def amiss(self, what):
        self.verdict.unwanted.append(f"{self.verdict.damaged}: {what}")

    def _wrong_start(self, what):
        self.verdict.wrong_starts += 1
        self.amiss(what)

    def start(self):
        """A train begins."""
        self.verdict.starts += 1
        self._beginning += 1

    def boot(self):
        """The board has been reset."""
        self.verdict.boots += 1
        self._no_start("a reset")

    def _no_start(self, by):
        if self._beginning:
            self._wrong_start(f"a train begun by {by}")
        self._beginning = 0

    def by_itself(self, before, after):
        """Something has changed in a tick."""
        self._no_start("itself")
        edge = (before.state, after.state)
        if edge[0] != edge[1]:
            self._count("itself", edge)
            if edge not in BY_ITSELF:
                self.amiss(f"by itself {self._told(edge)}")
        if after.fault != before.fault and (before.fault or after.fault not in FAULTS_BY_ITSELF):
            self.amiss(f"by itself fault {after.fault} after {before.fault}")
        if (before.loaded, before.image, before.owner) != (after.loaded, after.image, after.owner):
            self.amiss("protocol or owner changed by itself")

    def request(self, one, before, after, answer):
        """A frame was handled; `answer`: (type, payload), or None."""
        verdict, kind = self.verdict, one[0]
        verdict.read += 1
        known = one in self._sent
        verdict.collisions += not known
        refused = answer is None or answer[0] == frame.REFUSAL
        if refused and answer:
            verdict.refusals[int.from_bytes(answer[1], "little")] += 1
        verdict.carried_out += not refused
        name = (messages.row(kind) or (0, hex(kind)))[1]
        edge = (before.state, after.state)
        if before != after:
            self._changed(one, name, edge, before, after, refused)
            if not known:
                self.amiss(f"{name} that nobody has sent: {before} to {after}")
        if kind == messages.FIRE:
            self._fire(one[3], edge, refused)
        elif self._beginning:
            self._no_start(name)
        if kind == messages.ARM and not refused:
            if answer[1] in self.nonces:
                self.amiss(f"nonce {answer[1].hex()} issued twice")
            self.nonces.append(answer[1])

    def _changed(self, one, name, edge, before, after, refused):
        kind, session = one[0], one[2]
        if session != before.owner and kind not in ANYBODYS:
            self.amiss(f"{name} of session {session} heard on a board of session {before.owner}")
        if kind == messages.IDENTIFY and before.state in ACTIVE:
            self.amiss("an active board changed hands")
        if edge[0] != edge[1]:
            self._count(name, edge)
            if refused and (kind != messages.FIRE or edge not in WITHDRAWN):
                self.amiss(f"{name} refused: {self._told(edge)}")
            if not refused and edge not in BY_REQUEST.get(kind, ()):
                self.amiss(f"{name}: {self._told(edge)}")
        elif refused:
            self.amiss(f"{name} refused, and {before} became {after}")
        for what, kinds in CHANGED_BY.items():
            if getattr(before, what) != getattr(after, what) and kind not in kinds:
                self.amiss(f"{name} changed {what}: {before} to {after}")

    def _fire(self, nonce, edge, refused):
        """FIRE begins one train, or none when it is refused; and never twice with a nonce."""
        begun, self._beginning = self._beginning, 0
        if begun != (not refused):
            self._wrong_start(f"{begun} trains by a FIRE that was {'refused' if refused else 'carried out'}")
        if begun:
            self._fired[nonce] += 1
            if self._fired[nonce] > 1:
                self._wrong_start(f"train {self._fired[nonce]} with the nonce {nonce.hex()}")
            if nonce != (self.nonces or [None])[-1]:
                self._wrong_start(f"a train with {nonce.hex()}, not with the newest nonce")
            if edge not in BY_REQUEST[messages.FIRE]:
                self._wrong_start(f"a train begun: {self._told(edge)}")

    def _count(self, name, edge):
        self.verdict.edges[name, *edge] += 1

    @staticmethod
    def _told(edge):
        return " -> ".join(STATE_NAMES[state] for state in edge)
