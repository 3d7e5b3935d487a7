"""Every shape of protocol that the hardware can do, to 0 ticks: what a laboratory may ask for, on the image."""

from fractions import Fraction

import numpy as np
import oracle
import pytest
from contract import messages
from rig import HZ, Rig, exact, spec
from thetabox.protocol import load

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1000)
LAG = 1_500 * 125


@pytest.mark.long
def test_itbs1800_to_its_last_pulse():
    rig = Rig().start(load("iTBS1800"))
    status = rig.finish()
    rises, _ = rig.pulses()
    assert exact(rig) and status["state"] == messages.DONE
    assert len(rises) == 1_800 and rises[-1] - rises[0] == 591.84 * HZ


@pytest.mark.parametrize(
    "levels",
    [
        ((3, Fraction(1, 30)), (10, Fraction(1, 5)), (3, Fraction(10))),
        ((3, Fraction(1, 30)), (10, Fraction(1, 6)), (3, Fraction(10))),
        ((36, Fraction(1, 18)), (2, Fraction(22))),
        ((4, MS * 3 / 2), (40, Fraction(1, 5))),
        ((2, MS * 3 / 2), (4, Fraction(5))),
        ((4, MS * 5), (8, Fraction(5))),
        ((40, Fraction(1)),),
        ((2, 20 * MS), (2, Fraction(60))),
    ],
    ids=["30 Hz TBS", "30 Hz at 6 Hz", "18 Hz", "qTBS", "I-wave pairs", "QPS5", "1 Hz", "a gap of 60 s"],
)
def test_shapes_towards_an_external_stimulator(levels):
    rig = Rig("ttl").start(spec(*levels))
    status = rig.finish()
    assert exact(rig) and status["state"] == messages.DONE
    true = oracle.onsets([(count, interval) for count, interval in levels])
    assert rig.compiled.onset_ticks.tolist() == true


@pytest.mark.parametrize("lag", [LAG, -LAG, 10 * LAG])
def test_paired_pulses_on_two_channels(lag):
    levels = ((2, 100 * MS), (5, Fraction(2)))
    rig = Rig("ttl").start(spec(*levels), channels=3, lag_ticks=lag)
    rig.finish()
    (a, a_falls), (b, b_falls) = rig.pulses("TRIG_A"), rig.pulses("TRIG_B")
    assert exact(rig) and len(b) == 10
    assert set((b - a).tolist()) == {lag}
    assert set((a_falls - a).tolist()) == set((b_falls - b).tolist()) == {rig.compiled.width_ticks}


@pytest.mark.parametrize("pulses", [2_000, pytest.param(20_000, marks=pytest.mark.long)])
def test_irregular_onsets_in_one_train(pulses):
    """Two hundred pulses a second, no gap like another: from flash, by DMA and PIO alone."""
    rng = np.random.default_rng(11)
    onsets = np.cumsum(rng.integers(2_000, 8_000, pulses))
    rig = Rig("ttl").start(spec(onsets=[Fraction(int(onset), 1_000_000) for onset in onsets]))
    status = rig.finish()
    assert exact(rig) and status["triggered"] == len(rig.pulses()[0]) == pulses
    assert np.array_equal(rig.compiled.onset_ticks, onsets * 125)
