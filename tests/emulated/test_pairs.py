"""Pulses of two channels that overlap, whose data comes late or not at all: whole and on time, or not there."""

from fractions import Fraction

import numpy as np
import pytest
from contract import faults, messages
from rig import HZ, Rig, in_child, spec

pytestmark = pytest.mark.emulated
GAP = Fraction(1, 20)
WIDTH_US = 1_000
ALONE, AT_ONCE = 0x50003010, 0x50002010  # control of the channel that feeds, to clear and to set bits [2.1.2]
ABORT_ALL = 0x50000444


@pytest.mark.parametrize("lag_us", [50, -400, 999, 1_000, 1_500])
def test_a_pair_is_whole_or_not_there(lag_us):
    rig = Rig("ttl").upload(spec((40, GAP)), channels=3, lag_ticks=lag_us * 125, width_ticks=WIDTH_US * 125)
    rig.arm().fire()
    rig.beat(0.3)
    write = rig.chip.rp2040.write_uint32

    def starved(at_us, away_us):
        at = rig.chip.ticks + at_us * 125
        rig.chip.at(at, (lambda: write(ALONE, 1)) if away_us else (lambda: write(ABORT_ALL, 1)))
        if away_us:
            rig.chip.at(at + away_us * 125, lambda: write(AT_ONCE, 1))
        status = rig.finish()
        late, widths = [], set()
        for name in ("TRIG_A", "TRIG_B"):
            rises, falls = rig.board.capture().pulses(name)
            expected = rig.compiled.onset_ticks - rig.compiled.onset_ticks[0] + rises[0]
            late.append(int(np.abs(rises - expected[: len(rises)]).max()))
            widths |= set((falls - rises).tolist())
        return status["fault"], status["state"], late, widths

    whole = {WIDTH_US * 125}
    assert in_child(lambda: starved(5_000_000, 1)) == (0, messages.DONE, [0, 0], whole)
    for at_us in range(0, 50_000, 4_100):
        for away_us in (0, 150_000):
            fault, _, late, widths = in_child(lambda at_us=at_us, away_us=away_us: starved(at_us, away_us))
            assert (fault, late, widths) == (faults.UNDERRUN, [0, 0], whole), (at_us, away_us)


def test_a_pause_finds_its_place_in_a_train_of_pairs():
    rig = Rig("ttl").upload(
        spec((3, GAP), (4, Fraction(2))), channels=3, lag_ticks=50 * 125, width_ticks=WIDTH_US * 125
    )
    rig.arm().fire()
    rig.beat(0.1)
    rig.link.request(messages.PAUSE)
    status = rig.beat(3)
    assert (status["state"], status["first"], status["fault"]) == (messages.PAUSED, 3, 0)
    assert len(rig.pulses()[0]) == len(rig.pulses("TRIG_B")[0]) == 3
    rig.board.wait(2)
    rig.arm().fire()
    assert rig.beat(2 * HZ)["state"] == messages.DONE
    assert len(rig.pulses()[0]) == len(rig.pulses("TRIG_B")[0]) == 12
    assert rig.link.request(messages.ODOMETER) | {"energy_mj": 0} == {
        "pulses": 12, "energy_mj": 0, "trains": 2, "uncertain_pulses": 0
    }  # fmt: skip
