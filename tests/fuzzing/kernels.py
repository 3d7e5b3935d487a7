"""Damaged frames into the firmware's controller and kernel, on CPython and on MicroPython: what the reader lets through
is carried out, on hardware that does what it is told (on_either/), and each change of the board is judged.

The sender steers towards whole sessions; a frame in four is intact, the others are damaged, or an old one again.
"""

import os
import random
import select
import struct
import subprocess
import sys
from collections import deque
from pathlib import Path

from contract import frame, messages, protocol
from contract.messages import ARMED, CHARGING, DONE, FAULT, IDLE, PROVING, READY, RUNNING, SAFE, WAITING

from .damage import KINDS, damaged
from .judge import Judge, Verdict, Whole
from .on_either import forms
from .readers import HOST_CRC, INTERPRETER, ROOT, feed
from .streams import SESSION, Sender, request

PROGRAM = Path(__file__).with_name("on_either") / "board.py"
COMMANDS = {"CPython": (sys.executable,), "MicroPython": (str(INTERPRETER), "-X", "heapsize=16m")}
WHOLE, ANSWERED = struct.Struct(forms.WHOLE), struct.Struct(forms.ANSWERED)
OTHERS = 7  # the session of another program on the same line
HANGS_S = 60
OLD = 4_000  # frames that may come again
GROUP = 4  # incidents in one exchange at the most
PAUSES_MS = (5, 20, 60, 120)
SILENCES_MS = (250, 400, 1_100)
PATIENT_MS = 200  # a step of waiting, with heartbeats, for a nonce or an arming to expire
PATIENCE = (28, 320)
SETTLE_MS = 200
BOARD_FRAMES = 20_000  # then a new board
LEAVES = 0.2  # of the BOOTSELs that come up: a reset loses the protocol


class Process:
    """A board on an interpreter: `exchange` lets it run for so long with such bytes on its wire."""

    def __init__(self, command, firmware):
        path = str(firmware)
        self._process = subprocess.Popen(
            [*command, str(PROGRAM)], bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            env={"MICROPYPATH": f"{path}:.frozen", "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
        )  # fmt: skip

    def _read(self, size):
        data = b""
        while len(data) < size:
            if not select.select([self._process.stdout], [], [], HANGS_S)[0]:
                raise RuntimeError("the board hangs")
            piece = os.read(self._process.stdout.fileno(), size - len(data))
            if not piece:
                raise RuntimeError(f"the interpreter died ({self._process.wait()})")
            data += piece
        return data

    def exchange(self, ms, wire):
        """What happened, as records. Raises RuntimeError when the interpreter died or hangs."""
        self._process.stdin.write(struct.pack("<HH", ms, len(wire)) + wire)
        return self._read(int.from_bytes(self._read(4), "little"))

    def close(self):
        self._process.kill()
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()


def images():
    """Protocols of five pulses: on the bank, by command, and by a TTL edge."""
    made = {"policy": protocol.ABORT, "channels": protocol.CHANNEL_A, "width_ticks": 12_500, "min_gap_ticks": 0}
    made["levels"] = ((5, 12_500_000, 1),)
    external = {"drive": protocol.EXTERNAL, "target_mv": 0}
    return [
        protocol.encode(protocol.Protocol(**made, **kind))
        for kind in ({"drive": protocol.BANK, "target_mv": 100_000}, external, external | {"start": protocol.START_TTL})
    ]


class Host:
    """Knows the board's state, and what would do harm in it."""

    def __init__(self, rng, judge):
        self._rng = rng
        self._judge = judge
        self._images = images()
        self.image = self._images[0]
        self.whole = Whole(SAFE, 0, 0, 0, 0, 0, 0, 0)

    def _nonce(self):
        nonces = self._judge.nonces
        if not nonces or self._rng.random() < 0.05:
            return self._rng.randbytes(8)
        return nonces[-1] if self._rng.random() < 0.7 else self._rng.choice(nonces)

    def _valid(self, kind):
        """A payload with which the request may be carried out; None when anything does."""
        if kind == messages.IDENTIFY:
            return struct.pack("<IH", messages.TABLE_HASH, SESSION)
        if kind == messages.UPLOAD_BEGIN:
            self.image = self._rng.choice(self._images)
            return struct.pack("<II", len(self.image), protocol.image_crc(self.image))
        if kind == messages.UPLOAD_DATA:
            return bytes(4) + self.image
        if kind == messages.ARM:
            return struct.pack("<I", self.whole.image)
        if kind == messages.FIRE:
            return self._nonce()
        if kind == messages.CLEAR:
            return struct.pack("<H", self.whole.fault)
        return None

    def _next(self):
        """What a host would ask for now."""
        state, rng = self.whole.state, self._rng
        if self.whole.owner != SESSION:
            return messages.IDENTIFY
        if state in (IDLE, DONE) and (not self.whole.loaded or rng.random() < 0.02):
            return rng.choice((messages.UPLOAD_BEGIN, messages.UPLOAD_DATA, messages.UPLOAD_END))
        wanted = {
            SAFE: (messages.STATUS,),
            FAULT: (messages.CLEAR,),
            PROVING: (messages.PROOF,),
            CHARGING: (messages.STATUS,),
            READY: (messages.ARM,),
            ARMED: (messages.FIRE,),
            WAITING: (messages.STAMPS, messages.PAUSE),
            RUNNING: (messages.PAUSE, messages.STAMPS, messages.STATUS),
        }
        return rng.choice(wanted.get(state, (messages.ARM, messages.CHARGE)))

    def request(self, is_steered):
        """(type, payload): what leads on, or any of the table, mostly valid."""
        rng = self._rng
        kind = self._next() if is_steered else rng.choice(messages.TABLE)[0]
        if kind == messages.BOOTSEL and rng.random() > LEAVES:
            kind = messages.ABORT if rng.random() < 0.1 else messages.HEARTBEAT
        payload = self._valid(kind) if is_steered or rng.random() < 0.8 else None
        return kind, request(rng, messages.row(kind)) if payload is None else payload


class Campaign:
    """One board, from its first boot on; `run` returns the Verdict."""

    def __init__(self, process, seed):
        self._rng = random.Random(seed)
        self._process = process
        self.judge = Judge()
        self.verdict = self.judge.verdict
        self._host = Host(self._rng, self.judge)
        self._sender = Sender(self._rng, HOST_CRC)
        self._old = deque(maxlen=OLD)
        self._fires = deque(maxlen=OLD)
        self._answers = frame.Reader(HOST_CRC)
        self._patience = 0
        self._kinds = 0
        self.transcript = 0  # CRC of all that the board did

    def _send(self, kind, payload, session=SESSION):
        one, wire = self._sender.send(kind, payload, session)
        self.judge.sent(one)
        return one, wire

    def _make(self):
        """The wire's bytes of an intact frame: steered, or anything, or another program's."""
        rng = self._rng
        kind, payload = self._host.request(rng.random() < 0.5 and not self._patience)
        wire = self._send(kind, payload, OTHERS if rng.random() < 0.1 else SESSION)[1]
        (self._fires if kind == messages.FIRE else self._old).append(wire)
        return wire

    def _incident(self):
        rng = self._rng
        if rng.random() < 0.25:
            return self._make()
        self.verdict.damaged += 1
        self._kinds += 1
        which = self._kinds % (len(KINDS) + 1)
        if which < len(KINDS):
            return damaged(rng, KINDS[which], self._make(), self._make())
        return rng.choice(self._fires if self._fires and rng.random() < 0.5 else self._old or [self._make()])

    def _pause_ms(self):
        """(how long until the next exchange, whether a heartbeat comes)."""
        rng = self._rng
        if self._patience:
            self._patience -= 1
            return PATIENT_MS, True
        chance = rng.random()
        if chance < 0.003:
            return rng.choice(SILENCES_MS), False
        if chance < 0.02 and self._host.whole.state in (ARMED, READY, WAITING):
            self._patience = rng.choices(PATIENCE, (12, 1))[0]
        return rng.choice(PAUSES_MS), True

    def _look(self, records, probe):
        """Hand on what happened."""
        at, probed = 0, probe is None
        while at < len(records):
            kind = records[at]
            at += 1
            if kind in (forms.REQUEST, forms.TICK):
                before = Whole._make(WHOLE.unpack_from(records, at))
                self._host.whole = after = Whole._make(WHOLE.unpack_from(records, at + WHOLE.size))
                at += 2 * WHOLE.size
                if kind == forms.TICK:
                    self.judge.by_itself(before, after)
                    continue
                code, sequence, session, length, answered = ANSWERED.unpack_from(records, at)
                at += ANSWERED.size
                one = (code, sequence, session, records[at : at + length])
                answers = feed(self._answers, records[at + length : at + length + answered])
                at += length + answered
                self.judge.request(one, before, after, (answers[0][0], answers[0][3]) if answers else None)
                probed = probed or one == probe
            elif kind == forms.START:
                self.judge.start()
            elif kind == forms.BOOT:
                self.judge.boot()
                self._host.whole = Whole(SAFE, 0, 0, 0, 0, 0, 0, 0)
                probed = True  # it may have been lost with the reset
            else:
                size = int.from_bytes(records[at : at + 2], "little")
                self.judge.amiss(f"an exception: {records[at + 2 : at + 2 + size].decode()}")
                at += 2 + size
        self.verdict.lost_probes += not probed

    def step(self):
        """Some incidents, mostly an intact heartbeat, and time."""
        wire = b"".join(self._incident() for _ in range(self._rng.randint(1, GROUP)))
        ms, beats = self._pause_ms()
        probe, probe_wire = self._send(messages.HEARTBEAT, b"") if beats else (None, b"")
        records = self._process.exchange(ms, wire + probe_wire)
        self.transcript = HOST_CRC(records, self.transcript)
        self._look(records, probe)

    def run(self, count):
        """Damage `count` frames or a few more."""
        try:
            self._look(self._process.exchange(SETTLE_MS, b""), None)
            while self.verdict.damaged < count and len(self.verdict.unwanted) < 10:
                self.step()
        except (RuntimeError, OSError) as error:
            self.judge.amiss(str(error))
        return self.verdict


def campaign(interpreter, count, seed, firmware=ROOT / "firmware"):
    """(Verdict, CRC of all that happened) of one board on an interpreter of COMMANDS."""
    process = Process(COMMANDS[interpreter], firmware)
    try:
        one = Campaign(process, seed)
        return one.run(count), one.transcript
    finally:
        process.close()


def board(task):
    """The same of (interpreter, count, seed)."""
    return campaign(*task)


def boards(count, seed, run=map):
    """`count` frames on each interpreter, on boards of their own; `run` maps `board` over the tasks, in order.

    Returns the Verdict of each interpreter and how many boards have done something else on MicroPython than on CPython.
    """
    shares = [min(BOARD_FRAMES, count - start) for start in range(0, count, BOARD_FRAMES)]
    tasks = [(name, share, seed + index) for index, share in enumerate(shares) for name in COMMANDS]
    total, transcripts = {name: Verdict() for name in COMMANDS}, {}
    for (name, _, number), (verdict, transcript) in zip(tasks, run(board, tasks), strict=True):
        total[name] += verdict
        transcripts.setdefault(number, set()).add(transcript)
    return total, sum(len(each) > 1 for each in transcripts.values())
