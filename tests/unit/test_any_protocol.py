"""Random protocols and mutated images against the oracle's own limits; and the campaign sees a board that is looser."""

import pytest
from contract import limits
from contract import protocol as image
from fuzzing.verdicts import campaign
from hypothesis import Phase
from kernel import expand

COUNT = 400
LOOSE = 400  # enough for any looseness below to be met
REFUSALS = {"GAP_TOO_SHORT", "NOT_RECHARGEABLE", "WIDTH_OUT_OF_RANGE", "TOO_LONG", "not read"}


def test_whatever_is_accepted_keeps_every_limit():
    verdicts = campaign(COUNT, 1)
    assert verdicts.host.keys() > REFUSALS and verdicts.board.keys() > {"OPTION_OUT_OF_RANGE", "accepted"}
    assert verdicts.host["accepted"] > COUNT // 4 and verdicts.pulses > COUNT


def off(*_):
    """A check that is not there."""


LOOSENESS = {
    "bank unchecked": (image, "_check_bank", off),
    "pair unchecked": (image, "_check_pair", off),
    "recharge in no time": (image, "recharge_ticks", lambda target_mv: 137_500),
    "recharge a little short": (image, "recharge_ticks", lambda target_mv: true_recharge(target_mv) - 250),
    "span a tick longer": (
        image,
        "span",
        lambda protocol: (lambda a, b, gap: (a, b, gap and gap + 1))(*true_span(protocol)),
    ),
    "edges too near": (limits, "TRIGGER_EDGE_GAP_MIN_TICKS", 31),
    "blank late": (expand, "BLANK_BEFORE_TICKS", 12_499),
    "blank short": (expand, "BLANK_AFTER_TICKS", 124_999),
}
true_recharge, true_span = image.recharge_ticks, image.span


@pytest.mark.parametrize("name", LOOSENESS)
def test_a_looser_board_is_seen(name, monkeypatch):
    module, attribute, loose = LOOSENESS[name]
    monkeypatch.setattr(module, attribute, loose)
    with pytest.raises(AssertionError):
        campaign(LOOSE, 1, (Phase.generate,))
