"""A train that rests in a gap and goes on; the odometers over pauses, faults and cuts of power."""

from fractions import Fraction

import numpy as np
import pytest
from contract import faults, limits, messages, records
from rig import Rig, in_child, spec
from thetabox.board.link import BoardRefused, Link

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1000)
TRAINS = spec((3, 20 * MS), (3, 200 * MS), (4, Fraction(3)))
TRAIN = 9  # pulses


def paused(rig):
    rig.link.request(messages.PAUSE)
    return rig.beat(rig.compiled.duration_s)


@pytest.mark.shared
@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_pulses_before_and_after_a_pause_are_each_exact(device):
    rig = Rig(device).start(TRAINS)
    rig.beat(0.2)
    status = paused(rig)
    assert (status["state"], status["first"]) == (messages.PAUSED, TRAIN)
    assert rig.level("CHARGE_EN") != 1 and len(rig.pulses()[0]) == TRAIN
    rig.board.wait(5)
    assert rig.link.status()["bank_mv"] < limits.BANK_TOUCH_SAFE_MV and rig.state() == "paused"
    rig.charge().arm().fire()
    rig.beat(0.2)
    assert paused(rig)["first"] == 2 * TRAIN
    rig.board.wait(3)
    rig.charge().arm().fire()
    status = rig.finish()
    assert (status["state"], status["first"], status["triggered"]) == (messages.DONE, 2 * TRAIN, 2 * TRAIN)
    rises, falls = rig.pulses()
    onsets = rig.compiled.onset_ticks
    for first, end in ((0, TRAIN), (TRAIN, 2 * TRAIN), (2 * TRAIN, 4 * TRAIN)):
        assert np.array_equal(rises[first:end] - rises[first], onsets[first:end] - onsets[first])
        if first:
            assert rises[first] - rises[first - 1] >= onsets[first] - onsets[first - 1]
    assert len(rises) == 4 * TRAIN and set(falls - rises) == {rig.compiled.width_ticks}
    meter = rig.link.request(messages.ODOMETER)
    assert (meter["pulses"], meter["trains"], meter["uncertain_pulses"]) == (4 * TRAIN, 3, 0)


@pytest.mark.shared
def test_a_train_does_not_go_on_too_early():
    rig = Rig("ttl").start(TRAINS)
    rig.beat(0.2)
    assert paused(rig)["state"] == messages.PAUSED
    rig.arm()
    with pytest.raises(BoardRefused) as refused:
        rig.fire()
    assert refused.value.number == faults.TOO_EARLY and len(rig.pulses()[0]) == TRAIN


def test_a_stranger_does_not_take_a_board_whose_host_waits_to_go_on():
    rig = Rig("ttl").start(TRAINS)
    rig.beat(0.2)
    assert paused(rig)["state"] == messages.PAUSED
    stranger = Link(rig.board, session=7)
    stranger.identify()
    with pytest.raises(BoardRefused) as refused:
        stranger.request(messages.STATUS)
    assert refused.value.number == faults.WRONG_SESSION
    rig.board.wait(limits.SESSION_SILENCE_MS / 1000 - 0.1)
    stranger.identify()
    assert rig.link.heartbeat()["state"] == messages.PAUSED
    rig.board.wait(limits.SESSION_SILENCE_MS / 1000 + 0.01)  # a host that is gone leaves it to the next
    stranger.identify()
    assert stranger.request(messages.STATUS)["state"] == messages.PAUSED


@pytest.mark.parametrize(("gap_ms", "pauses"), [(limits.SESSION_PAUSE_GAP_MS, True), (500, False)])
def test_which_gap_is_long_enough(gap_ms, pauses):
    rig = Rig("ttl").start(spec((8, gap_ms * MS)))
    rig.link.request(messages.PAUSE)
    status = rig.finish()
    assert status["state"] == (messages.PAUSED if pauses else messages.DONE)
    assert len(rig.pulses()[0]) == (status["first"] if pauses else 8)
    assert not pauses or status["first"] <= 2


def test_both_channels_count_as_one_pulse():
    rig = Rig("ttl").start(spec((2, 50 * MS), (3, Fraction(2))), channels=3, lag_ticks=1_000_000)
    status = paused(rig)
    assert status["first"] == 2
    rig.board.wait(2)
    rig.arm().fire()
    rig.finish()
    assert len(rig.pulses("TRIG_A")[0]) == len(rig.pulses("TRIG_B")[0]) == 6
    assert set(rig.pulses("TRIG_B")[0] - rig.pulses("TRIG_A")[0]) == {1_000_000}


def test_what_was_given_is_in_the_log_and_on_the_odometer():
    """A fault, an abort, a cut of power: the log tells what the capture shows, and the odometers never too few."""
    rig = Rig().start(TRAINS)
    rig.beat(0.333)

    def logged():
        return [records.unpack(entry)[1:] for _, entry in rig.link.log()][-3:]

    def ended(way):
        if way == "abort":
            rig.link.request(messages.ABORT)
        elif way == "interlock":
            rig.plant.interlock(False)
        elif way == "silence":
            rig.board.wait(0.5)
        else:
            rig.chip.power_cycle()
        rig.board.wait(0.4)
        rig.link.identify()
        return len(rig.pulses()[0]), logged(), rig.link.request(messages.ODOMETER)

    for way, fault in (
        ("abort", faults.ABORTED),
        ("interlock", faults.INTERLOCK_OPEN),
        ("silence", faults.HOST_SILENT),
    ):
        given, log, meter = in_child(lambda way=way: ended(way))
        assert (records.FAULT, fault, given) in log and 3 <= given <= TRAIN
        assert (meter["pulses"], meter["uncertain_pulses"]) == (given, 0)
        assert meter["energy_mj"] == given * 466
    given, _, meter = in_child(lambda: ended("power"))
    assert given < rig.compiled.pulses == meter["pulses"] == meter["uncertain_pulses"]
