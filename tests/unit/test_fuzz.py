"""100,000 damaged frames into the reader of CPython, and what is let through into the kernel; and the campaigns
themselves see a reader, a session or a controller that is broken.
"""

import random
import shutil
from binascii import crc32

import pytest
from contract import frame
from fuzzing import kernels
from fuzzing.damage import KINDS, damaged
from fuzzing.readers import ROOT, Tally, campaign, on_cpython
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


BROKEN = {
    "no nonce is looked at": ("kernel/session.py", "nonce != self.nonce", "not nonce", "train 2 with the nonce"),
    "a nonce comes again": ("device/requests.py", "_arms += 1", "_arms = 1", "issued twice"),
    "no CRC is looked at": ("contract/raw.py", "return crc32(", "return True or crc32(", "that nobody has sent"),
    "anybody is heard": ("device/requests.py", "!= self.session and", "!= self.session and not", "of session 7 heard"),
    "a request raises": ("kernel/session.py", "self.pausing = True", "self.pausing = 1 // 0", "ZeroDivisionError"),
}


@pytest.mark.parametrize("breakage", BROKEN)
def test_a_broken_board_is_seen(breakage, tmp_path):
    """The campaign into the kernel is not blind: a firmware of which one line is wrong is told."""
    name, right, wrong, told = BROKEN[breakage]
    firmware = shutil.copytree(ROOT / "firmware", tmp_path / "firmware", ignore=shutil.ignore_patterns("__pycache__"))
    source = (firmware / name).read_text()
    assert source.count(right) == 1
    (firmware / name).write_text(source.replace(right, wrong))
    verdict, _ = kernels.campaign("CPython", 6_000, seed=1, firmware=firmware)
    assert any(told in line for line in verdict.unwanted)
