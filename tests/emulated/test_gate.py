"""The trigger that proves the output gate: only while the interlock is closed, and never for longer than it may."""

from fractions import Fraction

import pytest
from contract import faults, limits, messages
from rig import HZ, Rig, in_child, spec
from thetabox.errors import ThetaboxError

pytestmark = pytest.mark.emulated
US = HZ // 1_000_000
TEST_US = 20


@pytest.fixture(scope="module")
def resting():
    """(a board at rest, the tick at which its gate is tried when it is told to CHARGE now)."""
    rig = Rig().upload(spec((3, Fraction(1, 50))))
    rig.board.wait(1.5)

    def tried():
        rig.link.request(messages.CHARGE)
        rig.board.wait(0.3)
        return int(rig.board.capture().pulses("TRIG_A")[0][-1])

    return rig, in_child(tried)


@pytest.mark.parametrize("before_us", [-15, -5, 5, 15, 25, 50, 100, 400, 1_000, 5_000])
@pytest.mark.parametrize("blinks", [False, True])
def test_no_trigger_leaves_after_the_interlock_has_opened(resting, before_us, blinks):
    rig, tried = resting

    def opened():
        at = tried - before_us * US
        rig.chip.at(at, lambda: rig.plant.interlock(False))
        if blinks:
            rig.chip.at(at + 200 * US, lambda: rig.plant.interlock(True))
        rig.link.request(messages.CHARGE)
        rig.board.wait(0.3)
        capture = rig.board.capture()
        ticks, levels = capture.edges("SAFE_OK")
        fell = int(ticks[(ticks >= at) & (levels == 0)][0])
        rises, falls = capture.pulses("TRIG_A")
        return rig.link.status()["fault"], int((rises > fell).sum()), int((falls - fell).max(initial=0))

    fault, later, outlives = in_child(opened)
    assert fault in (faults.INTERLOCK_OPEN, faults.GATE_TRIPPED if blinks else 0)
    assert later == 0 and outlives <= 10  # clocks


def test_a_processor_that_stops_in_it_is_reset_and_the_interlock_ends_it(resting):
    rig, tried = resting

    def stopped(opens):
        resets = []
        rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu()))
        rig.chip.at(tried + 5 * US, rig.chip.freeze_cpu)
        if opens:
            rig.chip.at(tried + HZ // 10, lambda: rig.plant.interlock(False))
        with pytest.raises(ThetaboxError):
            rig.link.request(messages.CHARGE)
        rig.board.wait(1)
        _, falls = rig.board.capture().pulses("TRIG_A")
        return (int(falls[-1]) - tried) / HZ, (resets[0] - tried) / HZ

    high_s, reset_s = in_child(lambda: stopped(True))
    assert 0.1 <= high_s < 0.1 + 15e-6 and reset_s <= limits.SESSION_WATCHDOG_ARMED_MS / 1_000  # behind a 10 us filter
    high_s, reset_s = in_child(lambda: stopped(False))
    assert high_s <= reset_s + 1e-6 and reset_s <= limits.SESSION_WATCHDOG_ARMED_MS / 1_000


def test_it_lasts_as_long_as_it_may(resting):
    rig, _ = resting

    def tried():
        rig.link.request(messages.CHARGE)
        rig.board.wait(0.3)
        rises, falls = rig.board.capture().pulses("TRIG_A")
        return len(rises), int(falls[-1] - rises[-1])

    pulses, width = in_child(tried)
    assert pulses == 1 and TEST_US * US <= width < 10 * TEST_US * US
