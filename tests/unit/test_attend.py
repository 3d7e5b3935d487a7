"""Several sessions at once, seen and steered from another terminal; errors for scripts; options that mean nothing."""

import json
from contextlib import contextmanager

import pytest
from command import thetabox
from contract import messages
from thetabox.session.desk import Desk, attended

STATUS = {"state": messages.RUNNING, "scheduled": 600, "first": 0, "triggered": 12, "bank_mv": 215_900, "fault": 0,
          "coil_centi_c": 2310, "target_mv": 216_000, "flags": 0}  # fmt: skip


class Told:
    def stage(self, text):
        pass

    def update(self, status):
        pass


@contextmanager
def session(port, protocol="iTBS600", subject=""):
    desk = Desk(Told(), 8.0)
    desk.stage("running")
    desk.update(STATUS)
    with attended(desk, port=port, protocol=protocol, subject=subject, folder="s"):
        yield desk


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "run"))


def test_a_running_session_is_told_once():
    with session("emu:", subject="m12"):
        done = thetabox("status")
        assert done.stdout.count("running") == 1 and "emu::" not in done.stdout
        assert done.stdout.startswith("iTBS600 m12 on emu: (process ")
        assert done.stdout.endswith("running, 12 of 600 pulses, bank 215.9 V, coil 23.1 C\n")
        (one,) = json.loads(thetabox("status", "--json").stdout)["sessions"]
    assert one["status"]["triggered"] == 12 and "key" not in one and one["stage"] == "running"
    assert json.loads(thetabox("status", "--json").stdout) == {"sessions": []}


def test_pausing_twice_and_going_on_without_a_pause_are_errors():
    with session("emu:") as desk:
        done = thetabox("resume")
        assert done.returncode == 3 and "no pause has been asked for" in done.stderr
        assert thetabox("pause").returncode == 0 and desk.paused
        done = thetabox("pause", "--json")
        assert done.returncode == 3 and json.loads(done.stdout) == {
            "error": "a pause has been asked for already", "remedy": "see `thetabox status`", "exit": 3,
        }  # fmt: skip
        done = thetabox("abort", "--pid", "1")
        assert done.returncode == 3 and "no session runs in process 1" in done.stderr and not desk.stopped


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("pulse", "--intensity", "50", "--maximum", "60"), "--maximum is for a search alone"),
        (("pulse", "--search", "--subject", "m1", "--interval", "3"), "--interval is not for a search"),
        (("run", "iTBS600", "--yes", "--out", ""), "--out names no folder"),
        (("run", "iTBS600", "--yes", "--port", "emu:ttl=0"), "port 'emu:ttl=0' is not known"),
        (("run", "iTBS600", "--yes", "--port", "emu:ttl=soon"), "port 'emu:ttl=soon' is not known"),
    ],
)
def test_what_means_nothing_is_refused(tmp_path, monkeypatch, arguments, wrong):
    monkeypatch.chdir(tmp_path)
    done = thetabox(*arguments)
    assert done.returncode in (3, 5) and done.stderr.startswith("error: ") and wrong in done.stderr
    assert not (tmp_path / "sessions").exists()


def test_the_version_is_an_option_too():
    assert thetabox("--version").stdout == thetabox("version").stdout != ""
