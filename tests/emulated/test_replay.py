"""A recording of the wire fires nothing: not in its own session, not after any reset, not while armed anew."""

from binascii import crc32
from fractions import Fraction

import numpy as np
import pytest
from contract import faults, frame, messages
from fuzzing.readers import feed
from rig import HZ, Rig, exact, in_child, spec

pytestmark = pytest.mark.emulated
TRAIN = ((3, Fraction(1, 50)), (4, Fraction(1, 10)))
TRIGGERS = ("TRIG_A", "TRIG_B", "MARKER")
WATCHDOG_CTRL, TRIGGER = 0x40058000, 1 << 31


class Wire:
    """A board's wire, listened to: when the host has sent what, in ticks; `answers` are the board's own frames."""

    def __init__(self, rig):
        self.rig, self.sent, self.answers = rig, [], []
        self._send, self._receive = rig.board.write, rig.board.read
        self._reader = frame.Reader(crc32)
        rig.board.write = self._write

    def _write(self, data):
        self.sent.append((self.rig.chip.ticks, data))
        self._send(data)

    def _listen(self, seconds):
        end = self.rig.board.now_s() + seconds
        while (left := end - self.rig.board.now_s()) > 0:
            self.answers += feed(self._reader, self._receive(left))

    def replay(self, sent, pace, after_s=0.0):
        """Send a recording again, at its own pace or as quickly as the board answers."""
        for (at, data), (following, _) in zip(sent, [*sent[1:], sent[-1]], strict=True):
            self._send(data)
            quick = 0.2 if data[2:3] == bytes((messages.UPLOAD_END,)) else 0.01
            self._listen((following - at) * 8e-9 if pace == "paced" else quick)
        self._listen(after_s)

    def frames(self, *kinds):
        """What was sent of these kinds."""
        return [(at, data) for at, data in self.sent if feed(frame.Reader(crc32), data)[0][0] in kinds]

    def refusals(self):
        """Numbers of everything that the board has refused."""
        return [int.from_bytes(payload, "little") for kind, _, _, payload in self.answers if kind == frame.REFUSAL]

    def accepted(self, kind):
        """How many requests of a kind the board has carried out."""
        return sum(answer[0] == kind | frame.REPLY for answer in self.answers)


def rises(rig):
    """Rising edges of everything that triggers."""
    return sum(len(rig.pulses(name)[0]) for name in TRIGGERS)


@pytest.fixture(scope="module", params=["ttl", "bank"])
def recorded(request):
    """A whole session from the first frame to the last, and the wire that it went over."""
    rig = Rig(request.param)
    wire = Wire(rig)
    rig.upload(spec(*TRAIN)).charge()
    rig.board.wait(0.12)  # so that a replay, whose ticks lie otherwise, has charged by then too
    rig.arm().fire()
    assert messages.STATE_NAMES[rig.finish()["state"]] == "done" and exact(rig)
    rig.link.request(messages.ABORT)
    rig.board.wait(1)
    return wire


def watchdog(rig):
    """The processor stands still until the watchdog bites; somebody clears the fault."""
    rig.chip.on_reset(lambda: (rig.chip.thaw_cpu(), rig.chip.stop()))
    rig.chip.freeze_cpu()
    rig.board.wait(9)
    rig.link.identify()
    rig.link.request(messages.CLEAR, fault=faults.WATCHDOG_RESET)


def command(rig):
    """A reset out of nowhere that is no watchdog's: an error in the firmware; service clears it."""
    rig.chip.rp2040.write_uint32(WATCHDOG_CTRL, TRIGGER)
    rig.board.wait(0.5)
    rig.link.identify()
    rig.plant.key(1)
    rig.link.request(messages.CLEAR, fault=faults.SOFTWARE)
    rig.plant.key(0)


RESETS = {
    "none": lambda rig: None,
    "watchdog": watchdog,
    "power": lambda rig: rig.chip.power_cycle(),
    "command": command,
}


@pytest.mark.parametrize("pace", ["paced", "quick"])
@pytest.mark.parametrize("reset", RESETS)
def test_a_recording_of_the_wire_fires_nothing(recorded, reset, pace):
    """Twice the whole stream of bytes, the same session's number in it: ARM is taken, and no start follows."""

    def action():
        rig = recorded.rig
        boots = rig.link.identify()["boot_count"]
        RESETS[reset](rig)
        rig.board.wait(2)
        before, sent = rises(rig), list(recorded.sent)
        for _ in range(2):
            recorded.replay(sent, pace, after_s=2)  # and the bank is empty again
        states = [answer[3][0] for answer in recorded.answers if answer[0] == messages.STATUS | frame.REPLY]
        result = rises(rig) - before, recorded.accepted(messages.ARM), recorded.accepted(messages.FIRE)
        return (*result, recorded.refusals(), messages.RUNNING in states, rig.link.identify()["boot_count"] - boots)

    fired, armed, started, refused, ran, boots = in_child(action)
    assert (fired, started, ran) == (0, 0, False)
    assert boots == (reset != "none")
    if pace == "paced" or recorded.rig.profile.drive != "bank":
        assert armed == refused.count(faults.WRONG_NONCE) == 2  # nothing but the nonce has held it
    else:
        assert refused.count(faults.NOT_NOW) >= 2  # not charged yet


def test_an_old_start_does_not_start_a_new_arming(recorded):
    """Armed anew by its host, the board refuses the recorded ARM and FIRE; the host's own start is good."""

    def action():
        rig = recorded.rig
        old = recorded.frames(messages.ARM, messages.FIRE)
        rig.idle().charge().arm()
        before = rises(rig)
        recorded.replay(old, "quick")
        still = rig.state(), rises(rig) - before, recorded.refusals()
        rig.fire()
        rig.finish()
        return (*still, len(rig.pulses()[0]), len(rig.compiled.onset_ticks))

    state, fired, refused, pulses, scheduled = in_child(action)
    assert (state, fired) == ("armed", 0)
    assert refused == [faults.NOT_NOW, faults.WRONG_NONCE]
    assert pulses == 2 * scheduled


def test_a_start_that_comes_again_starts_once(recorded):
    """FIRE three times at once, then in the running train, then after it: the train is given once, exactly."""

    def action():
        rig = recorded.rig
        rig.idle().charge().arm()
        before = len(rig.pulses()[0])
        rig.fire()
        start = recorded.sent[-1:]
        recorded.replay(start * 3, "quick")
        rig.link.heartbeat()
        recorded.replay(start, "quick")
        rig.finish()
        recorded.replay(start, "quick")
        onsets = rig.pulses()[0][before:]
        return np.diff(onsets).tolist(), np.diff(rig.compiled.onset_ticks).tolist(), recorded.refusals()

    given, scheduled, refused = in_child(action)
    assert given == scheduled
    assert set(refused) == {faults.NOT_NOW}


def test_no_nonce_comes_twice():
    """Armed 40 times, the power cycled in between: as many nonces."""
    rig, nonces = Rig("ttl").upload(spec(*TRAIN)), []
    for index in range(40):
        if index % 10 == 9:
            rig.chip.power_cycle()
            rig.board.wait(0.5)
            rig.upload(spec(*TRAIN))
        nonces.append(rig.idle().arm().nonce)
        rig.link.request(messages.ABORT)
    assert len(set(nonces)) == 40


def test_a_replay_to_the_microsecond_fires_nothing():
    """ARM and FIRE at the very time after power-on at which they were recorded, 15 us earlier to 15 us later.

    The emulated chip's random bits are always the same: only what the board counts keeps its nonces apart.
    """
    rig = Rig("ttl").upload(spec(*TRAIN))
    rig.board.wait(2)
    wire = Wire(rig)
    rig.arm().fire()
    (at, arm), (_, fire) = wire.sent[-2:]
    rig.finish()
    rig.link.request(messages.ABORT)
    given, off = rises(rig), rig.chip.ticks
    rig.chip.power_cycle()
    rig.board.wait(0.5)
    rig.upload(spec(*TRAIN))

    def after(ticks):
        def action():
            rig.board.wait((off + at + ticks - rig.chip.ticks) / HZ)
            wire.replay([(0, arm), (0, fire)], "quick", after_s=0.1)
            return rises(rig) - given, wire.accepted(messages.ARM), wire.refusals()

        return action

    for ticks in range(-15 * 125, 15 * 125, 60):
        assert in_child(after(ticks)) == (0, 1, [faults.WRONG_NONCE])
