"""Damaged frames into the firmware image: no reset, no transition, no edge, and the next intact frame is answered."""

import random
from fractions import Fraction

import pytest
from contract import faults, limits, messages
from fuzzing.image import STATES, Campaign
from rig import HZ, Rig, spec

pytestmark = pytest.mark.emulated
FRAMES = 1_000  # in each state


@pytest.mark.parametrize("state", STATES)
def test_damaged_frames_change_nothing(state):
    """FIRE, ARM, CHARGE, ABORT and all others, with the very values that would make them valid, damaged."""
    campaign = Campaign(state, seed=1).run(FRAMES)
    assert campaign.wrong == []
    tally = campaign.tally
    assert tally.frames >= FRAMES and tally.refused > FRAMES // 2
    assert (tally.lost_probes, tally.collisions) == (0, 0)


def test_a_whole_frame_among_them_is_seen():
    """The campaign is not blind: one ABORT that comes through is told."""
    campaign = Campaign("armed", seed=2)
    batch = campaign._batch
    abort, wire = campaign._sender.send(messages.ABORT, b"")
    campaign._batch = lambda size: (wire + batch(size)[0], {abort})
    assert any("'state'" in line for line in campaign.run(1).wrong)


@pytest.mark.parametrize(
    "babble",
    [
        lambda rng, size: bytes(size),
        lambda rng, size: rng.randbytes(size),
        lambda rng, size: b"\x09abcdefgh\0" * (size // 10),
        lambda rng, size: bytes(rng.choice((0, 1, 2)) for _ in range(size)),
    ],
    ids=["zeros", "noise", "bad frames", "stuffing"],
)
def test_a_babbling_line_is_a_silent_host(babble):
    """A second of garbage without a pause in the middle of a train: no reset, and the silence rule holds."""
    rig = Rig("ttl").start(spec((200, Fraction(1, 100))))
    resets = []
    rig.chip.on_reset(lambda: resets.append(rig.chip.ticks))
    rig.beat(0.2)
    heard = rig.chip.ticks
    rig.board.write(babble(random.Random(7), limits.LINK_BAUD // 10))
    rig.board.wait(1.2)
    rises, _ = rig.pulses()
    assert len(rises) > 20 and (rises.max() - heard) * 1000 / HZ < limits.SESSION_SILENCE_MS
    assert rig.link.status()["fault"] == faults.HOST_SILENT and not resets
