"""The external start: constant to the clock, safe while it is waited for. SYNC: its intervals, locked to the train."""

from fractions import Fraction

import numpy as np
import pytest
from contract import faults, limits, messages, sync
from contract.protocol import START_TTL
from rig import HZ, INPUT_CLOCKS, Rig, exact, in_child, spec
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1000)
PULSE = spec((1, 1))
LATENCY = 1 + 1_000 + 100 * 125 + INPUT_CLOCKS  # the machine's, its lead, and the blank window: 108.008 us


def edge_after(rig, ticks, width=HZ // 1_000):
    """TRIG_IN rises so many ticks from now, for 1 ms unless told; returns the tick."""
    at = rig.chip.ticks + ticks
    rig.chip.at(at, lambda: rig.plant.trig_in(True))
    rig.chip.at(at + width, lambda: rig.plant.trig_in(False))
    return at


@pytest.mark.parametrize("starts", [50, pytest.param(1_000, marks=pytest.mark.long)])
def test_the_latency_is_the_same_in_all_starts(starts):
    rng = np.random.default_rng(3)
    rig = Rig("ttl").upload(PULSE, start=START_TTL)
    edges = []
    for _ in range(starts):
        rig.arm().fire()
        edges.append(edge_after(rig, int(rng.integers(1, 2_000_000))))
        while rig.link.heartbeat()["state"] in (messages.WAITING, messages.RUNNING):
            rig.board.wait(0.05)
    rises, _ = rig.pulses()
    assert set((rises - np.array(edges)).tolist()) == {LATENCY}


@pytest.mark.shared
def test_a_train_that_is_started_outside_is_exact_and_the_bank_is_kept_ready():
    rig = Rig().upload(spec((3, 20 * MS), (5, 200 * MS)), start=START_TTL).charge().arm().fire()
    for _ in range(30):
        status = rig.link.heartbeat()
        assert status["state"] == messages.WAITING and status["flags"] & messages.FLAG_BANK_OK
        rig.board.wait(0.1)
    at = edge_after(rig, 12_345)
    rig.board.wait(0.1)
    rig.finish()
    assert exact(rig) and rig.pulses()[0][0] == at + LATENCY and rig.state() == "done"
    on, off = rig.pulses("CHARGE_EN")
    rises = rig.pulses()[0]
    assert not any(((on < rise + 125_000) & (off > rise - 12_500)).any() for rise in rises)


@pytest.mark.shared
def test_no_start_without_an_edge():
    rig = Rig("ttl").upload(PULSE, start=START_TTL)
    rig.plant.trig_in(True)
    rig.arm()
    with pytest.raises(BoardRefused) as refused:
        rig.fire()
    assert refused.value.number == faults.TRIGGER_IN_HIGH and not len(rig.pulses()[0])
    rig.plant.trig_in(False)
    rig.fire()
    assert rig.beat(0.3)["state"] == messages.WAITING


def test_an_edge_while_fire_is_carried_out_starts_on_time_or_not_at_all():
    """The last edge that is refused and the first that starts are looked for to the clock, and those around them."""

    def started(after):
        """Whether a train began, TRIG_IN rising so many clocks from now; FIRE is on its way meanwhile."""
        at = edge_after(rig, after, HZ // 20)
        try:
            rig.fire()
        except BoardRefused as refused:
            assert refused.number == faults.TRIGGER_IN_HIGH
            rig.board.wait(0.1)
            assert not len(rig.pulses()[0]) and not len(rig.pulses("BLANK")[0])
            return False
        rig.board.wait(0.1)
        assert (rig.pulses()[0] - at).tolist() == [LATENCY]
        return True

    rig = Rig("ttl").upload(PULSE, start=START_TTL).arm()
    refused, begun = 200_000, 2_000_000
    assert not in_child(lambda: started(refused)) and in_child(lambda: started(begun))
    while begun - refused > 1:
        middle = (refused + begun) // 2
        if in_child(lambda middle=middle: started(middle)):
            begun = middle
        else:
            refused = middle
    for after in range(begun - 40, begun + 40):
        in_child(lambda after=after: started(after))


@pytest.mark.parametrize("way", ["silence", "abort", "interlock", "time"])
def test_what_ends_the_wait_ends_the_start(way):
    def ended():
        if way == "silence":
            rig.board.wait(0.4)
        elif way == "abort":
            rig.link.request(messages.ABORT)
        elif way == "interlock":
            rig.plant.interlock(False)
        else:
            while rig.link.heartbeat()["state"] == messages.WAITING:
                rig.board.wait(0.2)
        edge_after(rig, 10)
        rig.board.wait(0.3)
        return len(rig.pulses()[0]), rig.link.status()["fault"], rig.chip.ticks / HZ

    rig = Rig("ttl").upload(PULSE, start=START_TTL).arm().fire()
    pulses, fault, second = in_child(ended)
    assert pulses == 0
    assert fault == {"silence": faults.HOST_SILENT, "abort": faults.ABORTED, "interlock": faults.INTERLOCK_OPEN,
                     "time": faults.ARM_EXPIRED}[way]  # fmt: skip
    assert second < limits.SESSION_ARM_TIMEOUT_MS / 1000 + 3


@pytest.mark.shared
def test_sync_is_as_computed_and_locked_to_the_train():
    wanted = (50, 400, 20_261_123)
    rig = Rig("ttl").start(spec((3, 20 * MS), (60, 200 * MS)), sync=wanted)
    rig.finish()
    assert exact(rig)
    rises, falls = rig.pulses("SYNC")
    intervals = list(sync.intervals(wanted, int(rig.compiled.onset_ticks[-1])))
    width = limits.SYNC_WIDTH_MS * 125_000
    blank = rig.pulses("BLANK")[0][0]
    assert rises[0] == blank + intervals[0] - width + INPUT_CLOCKS
    assert len(rises) > 40 and np.diff(rises).tolist() == intervals[1 : len(rises)]
    assert set((falls - rises)[:-1].tolist()) == {width}
    rig.board.wait(1)
    assert rig.level("SYNC") == 0


def test_sync_is_not_made_for_a_train_without_it():
    rig = Rig("ttl").start(spec((3, 20 * MS)), sync=(50, 400, 1))
    rig.finish()
    before = len(rig.pulses("SYNC")[0])
    rig.start(spec((3, 20 * MS), (10, 200 * MS)))
    rig.finish()
    assert len(rig.pulses("SYNC")[0]) == before
