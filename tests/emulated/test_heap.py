"""From ARM until the board has left armed, waiting and running its heap is locked: nothing is allocated there."""

from fractions import Fraction

import numpy as np
import pytest
from contract import faults, limits, messages
from contract.protocol import SKIP, START_TTL
from interpreter import locks
from rig import HZ, Rig, exact, in_child, spec
from thetabox.board.link import BoardRefused
from thetabox.session.collect import board_log

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)), (2, Fraction(4)))


class Looks:
    """Looks at the heap's lock at seeded random instants from now on, and counts resets."""

    def __init__(self, rig, seconds, count, seed):
        self.seen, self.resets = [], []
        self._rig = rig
        start = rig.chip.ticks
        for tick in np.random.default_rng(seed).integers(start, start + round(seconds * HZ), count):
            rig.chip.at(int(tick), self._look)
        rig.chip.on_reset(lambda: self.resets.append(rig.chip.ticks))

    def _look(self):
        self.seen.append((self._rig.chip.ticks, locks(self._rig.chip)))

    def between(self, first, last):
        """The depths that were seen between two ticks."""
        return [depth for tick, depth in self.seen if first <= tick <= last]


def ask_everything(rig):
    """What a host asks in a train, and what it has no business to ask."""
    rig.link.identify()
    rig.link.status()
    for ring in (messages.RING_TRIGGER, messages.RING_FIRED, messages.RING_BANK):
        rig.link.stamps(ring, 0)
    list(rig.link.log())
    refusals = set()
    for code, values in (
        (messages.CHARGE, {}),
        (messages.ARM, {"image_crc": rig.compiled.image_crc}),
        (messages.FIRE, {"nonce": rig.nonce}),
        (messages.UPLOAD_BEGIN, {"size": 10, "crc": 0}),
        (messages.CLEAR, {"fault": faults.ABORTED}),
        (messages.BOOTSEL, {}),
        (messages.STAMPS, {"ring": 9, "first": 0}),
    ):
        with pytest.raises(BoardRefused) as refused:
            rig.link.request(code, **values)
        refusals.add(refused.value.number)
    return refusals


@pytest.mark.parametrize("usb", [False, True], ids=["uart", "usb"])
def test_a_whole_session_runs_with_the_heap_locked(usb):
    rig = Rig(usb=usb).upload(TRAIN).charge()
    assert locks(rig.chip) == 0
    looks = Looks(rig, 7, 2_000, seed=4)
    rig.arm()
    armed = rig.chip.ticks
    rig.link.heartbeat()
    rig.fire()
    assert ask_everything(rig) == {faults.NOT_NOW, faults.BAD_PAYLOAD}
    rig.beat(2)
    assert ask_everything(rig) == {faults.NOT_NOW, faults.BAD_PAYLOAD}
    assert rig.finish()["state"] == messages.DONE
    done = rig.chip.ticks
    rig.board.wait(0.5)
    last = rig.pulses()[0][-1]
    assert set(looks.between(armed, last)) == {1} and len(looks.between(armed, last)) > 1_000
    assert locks(rig.chip) == 0 and set(looks.between(done, rig.chip.ticks)) == {0}
    assert looks.resets == [] and exact(rig)
    told = [entry["name"] for entry in board_log(rig.link)]
    assert [name for name in told if name != "identified"][-3:] == ["armed", "started", "done"]


def wrong_nonce(rig):
    rig.nonce = bytes(8)
    with pytest.raises(BoardRefused):
        rig.fire()
    rig.link.request(messages.ABORT)
    return 0


def fired_too_late(rig):
    for _ in range(limits.SESSION_FIRE_WINDOW_MS // 100 + 2):
        rig.link.heartbeat()
        rig.board.wait(0.1)
    with pytest.raises(BoardRefused):
        rig.fire()
    rig.link.request(messages.ABORT)
    return 0


def pause(rig):
    rig.fire()
    rig.link.request(messages.PAUSE)
    assert rig.beat(4)["state"] == messages.PAUSED
    return 0


def abort(rig):
    rig.fire().beat(0.3)
    rig.link.request(messages.ABORT)
    return faults.ABORTED


def interlock(rig):
    rig.fire().beat(0.3)
    rig.plant.interlock(False)
    rig.board.wait(0.2)
    return faults.INTERLOCK_OPEN


def silence(rig):
    rig.fire().board.wait(0.6)
    return faults.HOST_SILENT


def noise(rig):
    """Bytes that are no frames, and frames that are damaged, long or unknown."""
    rig.fire()
    rng = np.random.default_rng(5)
    for size in (1, 30, 255, 600, 2_000):
        rig.board.write(rng.integers(0, 256, size, np.uint8).tobytes() + b"\0")
        rig.beat(0.2)
    with pytest.raises(BoardRefused) as refused:
        rig.link.request(messages.ODOMETER)
    assert refused.value.number == faults.NOT_NOW
    rig.link.request(messages.ABORT)
    return faults.ABORTED


def skipped(rig):
    """The bank is not ready for some onsets, which the policy bears."""
    rig.fire().beat(0.2)
    rig.plant.faults.charger_factor = 0.0
    rig.plant.update()
    status = rig.beat(1.2)
    assert status["vetoed"] or status["fault"]
    rig.link.request(messages.ABORT)
    return status["fault"] or faults.ABORTED


ENDINGS = (wrong_nonce, fired_too_late, pause, abort, interlock, silence, noise, skipped)


@pytest.fixture(scope="module")
def armed():
    return Rig().upload(TRAIN, policy=SKIP).charge().arm()


@pytest.mark.parametrize("ending", ENDINGS, ids=lambda ending: ending.__name__)
def test_however_it_ends_the_heap_is_unlocked_then_and_not_before(armed, ending):
    def end():
        assert locks(armed.chip) == 1
        looks = Looks(armed, 6, 600, seed=6)
        fault = ending(armed)
        armed.board.wait(0.1)
        depths = [depth for _, depth in looks.seen]
        unlocked = depths.index(0) if 0 in depths else len(depths)
        assert set(depths[:unlocked]) <= {1} and set(depths[unlocked:]) <= {0}
        assert locks(armed.chip) == 0 and looks.resets == []
        return armed.link.status()["fault"] == fault

    assert in_child(end)


def test_the_heap_is_locked_while_the_external_start_is_waited_for():
    rig = Rig("ttl").upload(TRAIN, start=START_TTL)
    looks = Looks(rig, 3, 600, seed=7)
    rig.arm().fire()
    waiting = rig.chip.ticks
    for _ in range(10):
        assert rig.link.heartbeat()["state"] == messages.WAITING
        rig.board.wait(0.1)
    rig.plant.trig_in(True)
    started = rig.chip.ticks
    rig.board.wait(0.1)
    rig.beat(1)
    assert set(looks.between(waiting, rig.chip.ticks)) == {1} and rig.link.status()["start_us"] >= started // 125
    rig.plant.trig_in(False)
    assert rig.finish()["state"] == messages.DONE and locks(rig.chip) == 0 and looks.resets == [] and exact(rig)


@pytest.mark.parametrize("up_us", [1 << 30, (1 << 31) - (3 << 20), (1 << 32) - (3 << 20)])
def test_a_board_that_has_been_up_for_long(up_us):
    """Times beyond 2**30 us are not allocated either, and the timer may wrap in a train."""
    rig = Rig().upload(TRAIN)
    rig.chip.rp2040.timer._epoch_nanos -= (up_us & ~0xFFFF) * 1000  # the timer's phase to the system clock is kept
    rig.board.wait(0.2)
    before = rig.link.status()["time_us"]
    rig.charge().arm().fire()
    done = rig.finish()
    assert before > 0.99 * up_us and (done["state"], done["fault"]) == (messages.DONE, 0) and exact(rig)
    assert 5e6 < done["time_us"] - done["start_us"] < 8e6 and done["start_us"] > before
    assert len(rig.link.stamps(messages.RING_TRIGGER, 0)[1]) == 120 * 6
