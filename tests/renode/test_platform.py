"""Renode takes the platform wherever it lies; what it does not take, or does not model, is said."""

import shutil
from contextlib import closing

import pytest
import thetabox.board.renode.board
from thetabox.board import BoardError, open_board
from thetabox.board.link import Link
from thetabox.board.supplies import renode_platform


def test_a_folder_with_a_space_in_its_name(tmp_path, monkeypatch):
    place = tmp_path / "a folder"
    shutil.copytree(renode_platform(), place)
    monkeypatch.setattr(thetabox.board.renode.board, "renode_platform", lambda: place)
    with closing(open_board("renode:")) as board:
        assert Link(board).identify()["compatible"]


def test_a_platform_that_renode_does_not_take_is_one_line(tmp_path, monkeypatch):
    place = tmp_path / "broken"
    shutil.copytree(renode_platform(), place)
    (place / "Adc.cs").write_text("nonsense")
    monkeypatch.setattr(thetabox.board.renode.board, "renode_platform", lambda: place)
    with pytest.raises(BoardError, match=r"does not take the platform: Adc.cs\(1,\d\): error CS\d+: \w") as refused:
        open_board("renode:")
    assert "\n" not in str(refused.value)


def test_what_is_not_modelled_is_no_silence():
    from thetabox.board.renode import wire

    with closing(open_board("renode:")) as board:
        board.wait(0.1)
        board.chip._line.put(wire.READ, 0x50200000 + 0xFFC, 4)
        board.chip._line.take(4)
        with pytest.raises(BoardError, match=r"Renode complains: .*PIO0: register 0xFFC is not modelled"):
            board.wait(0.1)
