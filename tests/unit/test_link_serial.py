"""The serial board, on a pseudo-terminal: what comes through, and what is said when it cannot."""

import os
import threading
from contextlib import closing

import pytest
import serial
from fakes import ScriptedBoard
from thetabox.board import BoardError, open_board
from thetabox.board.link import Link, LinkLost
from thetabox.runtime import registered

pty = pytest.importorskip("pty", reason="no pseudo-terminals on this system")
tty = pytest.importorskip("tty")


@pytest.fixture
def wire():
    """(our end, the port's name) of a pseudo-terminal."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    yield ours, os.ttyname(theirs)
    for end in (ours, theirs):
        try:
            os.close(end)
        except OSError:
            continue  # a test has closed it


def serve(ours, device, requests):
    """Answer so many requests."""

    def loop():
        while len(device.requests) < requests:
            device.write(os.read(ours, 1024))
            os.write(ours, device.read(0))

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    return thread


def test_requests_and_answers(wire):
    ours, name = wire
    device = ScriptedBoard({"STATUS": lambda: {"bank_mv": 7}, "STAMPS": lambda **_: {"data": bytes(504), "total": 84}})
    thread = serve(ours, device, 2)
    board = open_board(name)
    link = Link(board, 5)
    assert link.status()["bank_mv"] == 7 and link.stamps(0, 0) == (0, bytes(504))
    thread.join(1)
    assert board.name == name and not board.emulated and board.capture() is None
    board.close()


def test_a_board_that_is_served_by_this_machine_is_an_emulated_one(wire, tmp_path, monkeypatch):
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path))
    _, port = wire
    with closing(open_board(port)) as board:
        assert not board.emulated
    (tmp_path / "link").symlink_to(port)
    with registered("board", port=str(tmp_path / "link")), closing(open_board(port)) as board:
        assert board.emulated


def test_time_passes():
    ours, theirs = pty.openpty()
    board = open_board(os.ttyname(theirs))
    began = board.now_s()
    board.wait(-1)
    assert board.read(0.02) == b""
    board.wait(0.02)
    assert 0.04 <= board.now_s() - began < 1
    board.close()
    os.close(ours)
    os.close(theirs)


def test_something_that_is_no_board_does_not_answer(wire):
    board = open_board(wire[1])
    link = Link(board, 5)
    with pytest.raises(LinkLost, match="does not answer STATUS") as caught:
        link.status()
    assert "the port is a ThetaBox" in caught.value.remedy
    board.close()


def test_a_port_in_use_is_told(wire):
    board = open_board(wire[1])
    with pytest.raises(BoardError, match="is in use") as caught:
        open_board(wire[1])
    assert caught.value.exit_code == 5 and caught.value.remedy == "close the other program"
    board.close()


def test_a_port_that_goes_is_told(wire):
    ours, name = wire
    board = open_board(name)
    os.close(ours)
    with pytest.raises(BoardError, match="has gone") as caught:
        Link(board, 5).status()
    assert "the board makes itself safe" in caught.value.remedy
    board.close()


@pytest.mark.parametrize(
    ("error", "message", "remedy"),
    [
        (serial.SerialException(13, "could not open port: Permission denied"), "you may not open port p", "doctor"),
        (serial.SerialException("could not open port: PermissionError(13, 'Access is denied.', None, 5)"),
         "port p is in use", "close the other program"),
        (serial.SerialException(2, "No such file"), "port p cannot be opened", "check the cable"),
    ],
)  # fmt: skip
def test_why_a_port_does_not_open(monkeypatch, error, message, remedy):
    def refuse(*_, **__):
        raise error

    monkeypatch.setattr(serial, "Serial", refuse)
    with pytest.raises(BoardError, match=message) as caught:
        open_board("p")
    assert remedy in caught.value.remedy


def test_fewer_tries_where_a_port_may_be_something_else(wire):
    board = open_board(wire[1])
    began = board.now_s()
    with pytest.raises(LinkLost):
        Link(board, 5, tries=1).identify()
    assert 0.5 <= board.now_s() - began < 1.5
    board.close()
