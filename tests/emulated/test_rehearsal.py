"""What `thetabox emulate --fault` rehearses beside the plant: interlock, processor, registers, clock, power, link."""

from fractions import Fraction

import pytest
from contract import faults, limits, messages
from rig import OUTPUTS, Rig, exact, in_child, spec
from thetabox.board.emulated.faults import NAMED
from thetabox.board.emulated.rehearsal import REHEARSED
from thetabox.board.link import Link
from thetabox.errors import ThetaboxError

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)))
EXPECTED = {
    "interlock_open": faults.INTERLOCK_OPEN,
    "processor_stops": faults.WATCHDOG_RESET,
    "register_changes": faults.REGISTERS,
    "clock_fast": faults.CLOCK,
    "power_cut": faults.NONE,
    "link_cut": faults.HOST_SILENT,
    "link_slow": faults.HOST_SILENT,
}


@pytest.fixture(scope="module")
def running():
    rig = Rig().start(TRAIN)
    rig.beat(0.3)
    return rig


def struck(rig, name):
    """The fault that stands afterwards, with the cable sound again."""
    cable = rig.board.inbound, rig.board.outbound
    REHEARSED[name].strike(rig.board)
    end = rig.board.now_s() + 1.2
    while rig.board.now_s() < end:
        try:
            rig.link.heartbeat()
            rig.board.wait(0.1)
        except ThetaboxError:  # the link, or a board that has forgotten its session
            rig.board.wait(0.05)
    rig.board.inbound, rig.board.outbound = cable
    off = all(rig.level(output) in (0, 2) for output in (*OUTPUTS, "DUMP_INHIBIT"))
    assert off and rig.plant.bank_v < limits.BANK_TOUCH_SAFE_MV / 1000
    host = Link(rig.board, session=1)
    host.identify()
    return host.request(messages.STATUS)["fault"]


@pytest.mark.parametrize("name", EXPECTED)
def test_what_is_rehearsed_ends_the_train_and_is_told(running, name):
    assert in_child(lambda: struck(running, name)) == EXPECTED[name]


def test_a_noisy_link_costs_no_pulse():
    rig = Rig().start(TRAIN)
    REHEARSED["link_noisy"].strike(rig.board)
    assert rig.finish()["state"] == messages.DONE and exact(rig)


def test_everything_of_the_plant_can_be_rehearsed():
    assert set(REHEARSED) == {*EXPECTED, "link_noisy", *NAMED}
