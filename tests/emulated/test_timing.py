"""Exactness of trains: the firmware image on the emulated board, to 0 ticks of 8 ns."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from contract import limits, messages
from rig import Rig, exact, spec
from thetabox.protocol import load
from windows import charging, charging_near

pytestmark = [pytest.mark.emulated, pytest.mark.shared]
MS = Fraction(1, 1000)
SHORT = ((3, 20 * MS), (10, 200 * MS), (2, Fraction(10)))


@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_train_is_exact_while_the_link_is_busy(device):
    rig = Rig(device).start(spec(*SHORT))
    while rig.link.heartbeat()["state"] == messages.RUNNING:
        for _ in range(3):
            list(rig.link.log())
        rig.board.wait(0.03)
    assert exact(rig)
    assert rig.state() == "done"
    marker, blank = rig.pulses("MARKER"), rig.pulses("BLANK")
    rises, falls = rig.pulses()
    assert np.array_equal(marker[0], rises) and np.array_equal(marker[1], falls)
    assert np.array_equal(blank[0], rises - limits.BLANK_BEFORE_US * 125)


def test_whole_itbs600_on_the_bank():
    """All 600 pulses, with the interpreter collecting garbage and answering the link meanwhile."""
    rig = Rig().start(load("iTBS600"), percent=100)
    status = rig.finish()
    assert messages.STATE_NAMES[status["state"]] == "done"
    assert (status["triggered"], status["fired"], status["vetoed"]) == (600, 600, 0)
    assert exact(rig)
    rises, _falls = rig.pulses()
    assert rises[-1] - rises[0] == 191.84 * 125_000_000
    assert charging_near(rig, rises) == 0
    starts, _ = charging(rig)
    assert all(((starts > one) & (starts < other)).any() for one, other in pairwise(rises))  # in every gap
    assert rig.plant.pulses_fired == 600


def test_long_gaps_and_irregular_onsets():
    rng = np.random.default_rng(7)
    onsets = np.cumsum(rng.integers(1_500, 40_000, 400))
    listed = [Fraction(int(onset), 1_000_000) for onset in onsets]
    rig = Rig("ttl").start(spec((2, Fraction(16)), onsets=listed))
    rig.finish()
    assert exact(rig)


def test_thirty_hertz_is_rounded_from_the_start():
    rig = Rig("ttl").start(spec((3, Fraction(1, 30)), (12, Fraction(1, 6)), (1, Fraction(10))))
    rig.finish()
    assert exact(rig)
    true = [float(Fraction(i, 30) + Fraction(j, 6)) * 125e6 for j in range(12) for i in range(3)]
    assert np.abs(rig.compiled.onset_ticks - true).max() <= 0.5 + 1e-6


def test_triplets_at_1500_us_towards_an_external_stimulator():
    rig = Rig("ttl").start(spec((3, Fraction(3, 2000)), (20, 200 * MS)))
    rig.finish()
    assert exact(rig)


def test_stamps_of_the_board_agree_with_the_capture():
    from thetabox.evidence.stamps import edge_ticks

    rig = Rig().start(spec((3, 20 * MS), (10, 200 * MS)))
    rig.finish()
    for ring, name in ((messages.RING_TRIGGER, "TRIG_SENSE"), (messages.RING_FIRED, "FIRED")):
        first, data = rig.link.stamps(ring, 0)
        ticks = edge_ticks(data)
        rises, falls = rig.pulses(name)
        assert first == 0 and len(ticks) == 60
        assert np.abs((ticks[::2] - ticks[0]) - (rises - rises[0])).max() <= 16
        assert np.abs((ticks[1::2] - ticks[1]) - (falls - falls[0])).max() <= 16
