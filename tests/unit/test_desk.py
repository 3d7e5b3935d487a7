"""The desk of a running session: what another terminal sees and may ask."""

import json
import os
import time
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client

import pytest
from thetabox.errors import ThetaboxError
from thetabox.session.desk import ABORT, ANSWER_S, PAUSE, RESUME, STATUS, Desk, ask, attended, sessions


class Told:
    def __init__(self):
        self.heard = []

    def stage(self, text):
        self.heard.append(text)

    def update(self, status):
        self.heard.append(status)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "run"))


@pytest.fixture
def desk():
    desk = Desk(Told(), 8.0)
    with attended(desk, port="emu:", protocol="iTBS600"):
        yield desk


def test_the_news_reach_another_terminal_and_the_own_one(desk):
    desk.stage("running")
    desk.update({"triggered": 7})
    (entry,) = sessions()
    assert entry["protocol"] == "iTBS600" and entry["pid"] == os.getpid()
    answer = ask(entry, STATUS)
    assert answer == {"stage": "running", "status": {"triggered": 7}, "paused": False, "stopped": False}
    assert desk._progress.heard == ["running", {"triggered": 7}]


def test_pause_resume_abort(desk):
    (entry,) = sessions()
    assert ask(entry, PAUSE)["paused"] and desk.paused and not desk.stopped
    assert not ask(entry, RESUME)["paused"] and not desk.paused
    assert ask(entry, ABORT)["stopped"] and desk.stopped


def test_what_is_so_already_is_told(desk):
    (entry,) = sessions()
    with pytest.raises(ThetaboxError, match="no pause has been asked for"):
        ask(entry, RESUME)
    ask(entry, PAUSE)
    with pytest.raises(ThetaboxError, match="a pause has been asked for already"):
        ask(entry, PAUSE)
    assert desk.paused


def test_no_pause_without_a_gap():
    desk = Desk(Told(), 0.2)
    with attended(desk):
        with pytest.raises(ThetaboxError, match="no gap of 800 ms") as caught:
            ask(sessions()[0], PAUSE)
        assert not desk.paused and "abort" in caught.value.remedy


def test_another_release_is_told(desk):
    with pytest.raises(ThetaboxError, match="'fly' is not a request"):
        ask(sessions()[0], "fly")


def test_a_wrong_key_and_nonsense_change_nothing_and_stop_nothing(desk):
    (entry,) = sessions()
    with pytest.raises(AuthenticationError):
        Client(tuple(entry["address"]), authkey=b"x")
    with pytest.raises(ThetaboxError, match="does not answer"):
        ask({**entry, "key": "00"}, ABORT)
    with Client(tuple(entry["address"]), authkey=bytes.fromhex(entry["key"])) as connection:
        connection.send_bytes(b"{")
    with Client(tuple(entry["address"]), authkey=bytes.fromhex(entry["key"])) as connection:
        connection.send_bytes(json.dumps("x" * 2_000).encode())
    assert not desk.stopped and ask(entry, STATUS)["stopped"] is False


def test_gone_with_the_session():
    with attended(Desk(Told(), 8.0)):
        (entry,) = sessions()
    assert sessions() == []
    with pytest.raises(ThetaboxError, match="does not answer"):
        ask(entry, STATUS)


def test_a_desk_that_has_left_already_keeps_nobody(monkeypatch):
    monkeypatch.setattr("thetabox.session.desk._serve", lambda *_: None)
    began = time.monotonic()
    with attended(Desk(Told(), 8.0)):
        pass
    assert time.monotonic() - began < ANSWER_S
