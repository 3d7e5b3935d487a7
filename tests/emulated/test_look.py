"""What `info` and `logs` say of a board is what happened on it."""

from fractions import Fraction

import pytest
from contract import messages, records
from rig import Rig, spec
from thetabox import uf2
from thetabox.board.supplies import image_path
from thetabox.evidence.words import entry_words, pulses_given
from thetabox.session.collect import board_log
from thetabox.session.look import look

pytestmark = pytest.mark.emulated


def test_the_hash_that_the_board_tells_is_the_file_s():
    seen = look(Rig().idle().link)
    assert seen["image"]["runs"] == uf2.read(image_path()).image_hash and seen["image"]["same"] is True
    assert seen["identity"]["state"] == "idle" and seen["fault"] is None and seen["odometer"]["pulses"] == 0


def test_a_train_that_is_aborted():
    """The log's last number is what left the board, by its gate and by the capture; the odometer has counted it."""
    rig = Rig().start(spec((50, Fraction(1, 10))))
    rig.beat(2.25)
    rig.link.request(messages.ABORT)
    rig.beat(0.1)
    left = len(rig.pulses()[0])
    entries = list(board_log(rig.link))
    assert 20 <= left < 50 and pulses_given(entries) == left
    seen = look(rig.link)
    assert seen["fault"]["name"] == "ABORTED" and seen["odometer"]["pulses"] == left
    assert seen["odometer"]["trains"] == 1 and seen["odometer"]["uncertain_pulses"] == 0
    told = {entry["name"]: entry_words(entry) for entry in entries}
    charging, armed = records.EVENTS[records.CHARGING][0], records.EVENTS[records.ARMED][0]
    assert told[charging].split(maxsplit=1)[1] == "target 216.0 V" and told[armed].split(maxsplit=1)[1] == "50 pulses"
    assert "(ABORTED 403)" in told["fault"]
