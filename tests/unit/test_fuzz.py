"""100,000 damaged frames into the reader of CPython; and the campaign itself sees a reader that is broken."""

import random
from binascii import crc32

from contract import frame
from fuzzing.damage import KINDS, damaged
from fuzzing.readers import Tally, campaign, on_cpython
from fuzzing.streams import incidents

FRAMES = 100_000


def run(made, reader):
    tally = Tally()
    for _ in on_cpython(made, tally, random.Random(1), reader):
        pass
    return tally


def test_100_000_damaged_frames():
    """The first intact frame after the damage is always read, and never one that was not sent."""
    tally, _ = campaign(FRAMES, seed=1)
    assert tally.frames == FRAMES and set(tally.kinds) == {kind.__name__ for kind in KINDS}
    assert min(tally.kinds.values()) == FRAMES // len(KINDS)
    assert (tally.lost_probes, tally.collisions) == (0, 0)
    assert tally.refused > FRAMES // 2


def test_a_collision_of_the_crc_is_counted():
    """With 8 bits left of the CRC, some damaged frames are taken for others, and told."""

    def weak(data, crc=0):
        return crc32(data, crc) & 0xFF

    tally = run(incidents(20_000, 2, weak), frame.Reader(weak))
    assert 0 < tally.collisions < tally.refused


def test_a_reader_that_does_not_come_back_is_seen():
    class Deaf(frame.Reader):
        def _open(self, length):
            return self.bad_frames % 2 == 0 and super()._open(length)

    assert run(incidents(200, 3), Deaf(crc32)).lost_probes > 0


def test_damage_is_damage_and_comes_again():
    rng = random.Random(4)
    wire = [one.wire for one in incidents(400, 5)]
    assert wire == [one.wire for one in incidents(400, 5)] != [one.wire for one in incidents(400, 6)]
    for kind in KINDS:
        assert all(damaged(rng, kind, b"\0\2\1\0", b"\0\3\1\2\0") != b"\0\2\1\0" for _ in range(50))
