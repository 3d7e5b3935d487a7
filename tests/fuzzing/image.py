"""Damaged frames into the firmware image on the emulated board, in a state in which one whole frame would do harm.

Requests that change something are sent damaged only, with the values that would make them valid (FIRE with the nonce
that holds). Between them a heartbeat must be answered, with the state that there was. What the line lets through whole
is worked out by the host's reader beforehand: the board must answer exactly those frames.
"""

import random
from fractions import Fraction

from contract import frame, messages
from rig import HZ, Rig, spec

from .damage import KINDS, LONG_NOISE, damaged
from .readers import HOST_CRC, Tally, feed
from .streams import Sender, request

BATCH = 12  # damaged frames at the most, then a heartbeat
ANSWER_S = 1.0
NONCE_S = 4.0  # a nonce is good for 5 s: armed anew before
TRAIN = ((2_000, Fraction(1, 100)),)  # 20 s: some 10,000 frames
STATES = ("idle", "armed", "running", "ready", "armed over USB")
HARMLESS = (messages.STATUS, messages.HEARTBEAT)  # and answered in every state
BATCH_BYTES = 900  # the board's buffer takes 1,024: a host has one request in flight and never fills it
KEPT = ("state", "fault", "scheduled", "first", "target_mv", "vetoed")  # what no damaged frame may change


class Board:
    """A board in one of STATES, and what it must still be."""

    def __init__(self, state):
        self.rig = Rig("bank" if state == "ready" else "ttl", usb=state.endswith("USB"))
        self.state = state = state.partition(" ")[0]
        self.resets = []
        made = spec((100, Fraction(1, 10))) if state == "ready" else spec(*TRAIN)
        self.rig.upload(made)
        if state == "ready":
            self.rig.charge()
        elif state != "idle":
            self.rig.arm()
        if state == "running":
            self.rig.fire()
        self._armed_s = self.rig.board.now_s()
        self.nonce = getattr(self.rig, "nonce", bytes(8))
        self.rig.chip.on_reset(lambda: self.resets.append(self.rig.chip.ticks))

    def keep(self):
        """Arm anew while the nonce still holds."""
        if self.state == "armed" and self.rig.board.now_s() - self._armed_s > NONCE_S:
            self.rig.link.request(messages.ABORT)
            self.nonce = self.rig.idle().arm().nonce
            self._armed_s = self.rig.board.now_s()


class Campaign:
    """Batches of damaged frames into one board; `wrong` has a line for everything that should not be."""

    def __init__(self, state, seed):
        self._rng = random.Random(f"{seed} {state}")
        self.board = Board(state)
        self._sender = Sender(self._rng, HOST_CRC)
        self._host, self._echo = frame.Reader(HOST_CRC), frame.Reader(HOST_CRC)
        self._before = self.board.rig.link.heartbeat()
        self.tally, self.wrong = Tally(), []

    def _request(self, harmless):
        """A request with the values that make it valid: (frame, wire)."""
        board, rng = self.board, self._rng
        row = rng.choice([each for each in messages.TABLE if not harmless or each[0] in HARMLESS])
        if row[0] == messages.FIRE:
            payload = board.nonce
        elif row[0] == messages.ARM:
            payload = board.rig.compiled.image_crc.to_bytes(4, "little")
        else:
            payload = request(rng, row)
        return self._sender.send(row[0], payload)

    def _batch(self, size):
        """(bytes, frames sent in them): damage that lets nothing harmful through."""
        wire, sent = b"", set()
        while size and len(wire) < BATCH_BYTES - LONG_NOISE:
            size -= 1
            kind = self._rng.choice(KINDS)
            is_whole = kind.__name__ in ("duplicate", "reordering", "noise")  # it may leave frames as they are
            (hit, hit_wire), (other, other_wire) = self._request(is_whole), self._request(True)
            while True:
                piece = damaged(self._rng, kind, hit_wire, other_wire)
                through = feed(frame.Reader(HOST_CRC), piece + b"\0")
                if all(one[0] in HARMLESS for one in through if one in (hit, other)):
                    break
            wire += piece
            sent |= {hit, other}
            self.tally.frames += 1
            self.tally.kinds[kind.__name__] += 1
        return wire, sent

    def _answers(self, probe):
        """(type, sequence) of everything that the board answers, up to the probe's answer; None when it is silent."""
        board, found = self.board.rig.board, []
        end = board.now_s() + ANSWER_S
        while board.now_s() < end:
            for kind, sequence, _, payload in feed(self._echo, board.read(end - board.now_s())):
                found.append((kind, sequence))
                if kind == messages.HEARTBEAT | frame.REPLY and sequence == probe[1]:
                    return found, dict(messages.unpack(messages.row(messages.HEARTBEAT)[3], payload))
        return found, None

    def step(self):
        """One batch, one heartbeat."""
        self.board.keep()
        rig = self.board.rig
        wire, sent = self._batch(self._rng.randint(1, BATCH))
        probe, probe_wire = self._sender.send(messages.HEARTBEAT, b"")
        wire += probe_wire
        expected = feed(self._host, wire)
        tally = self.tally
        tally.whole += sum(one in sent for one in expected)
        tally.collisions += sum(one not in sent and one != probe for one in expected)
        rig.board.write(wire)
        answers, status = self._answers(probe)
        if status is None:
            tally.lost_probes += 1
            return
        if answers != [(kind | frame.REPLY, sequence) for kind, sequence, _, _ in expected]:
            self.wrong.append(f"{tally.frames}: answers {answers} to {expected}")
        changed = [name for name in KEPT if status[name] != self._before[name]]
        if changed:
            self.wrong.append(f"{tally.frames}: {changed} changed: {status}")
            self._before = status

    def run(self, count):
        """Damage `count` frames or a few more; returns the campaign."""
        while self.tally.frames < count and len(self.wrong) < 10 and self.tally.lost_probes < 10:
            self.step()
        self.tally.refused = self._host.bad_frames
        self._end()
        return self

    def _end(self):
        """What the pins have seen."""
        rig, state = self.board.rig, self.board.state
        rises, falls = rig.pulses()
        if state == "running":
            late = (rises - rig.expected()[: len(rises)]).tolist()
            if any(late) or set((falls - rises)[: len(falls)].tolist()) != {rig.compiled.width_ticks}:
                self.wrong.append("the train was disturbed")
            elapsed = (rig.chip.ticks - rises[0]) * 100 // HZ
            if abs(len(rises) - 1 - elapsed) > 1:
                self.wrong.append(f"{len(rises)} pulses in {elapsed + 1} intervals")
        elif len(rises):
            self.wrong.append(f"{len(rises)} pulses")
        if self.board.resets:
            self.wrong.append(f"resets at {self.board.resets}")
        overruns = rig.chip._parts.uart.overruns
        if overruns:
            self.wrong.append(f"{overruns} bytes lost by the UART")
