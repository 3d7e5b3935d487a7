"""Whole sessions through the command line, on the emulated board."""

import json
import os
import signal
import subprocess
import sys
import time
from fractions import Fraction

import numpy as np
import pytest
from contract import protocol as image_format
from thetabox.capture import Capture

pytestmark = pytest.mark.emulated
MINE = """
name = "mine"
intensity_percent = 60
[[pattern]]
count = 3
interval_ms = 20
[[pattern]]
count = {}
interval_ms = 200
"""


class Nobody:
    """Watches nothing."""

    def stage(self, text):
        pass

    def update(self, status):
        pass


def thetabox(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "thetabox", *arguments], capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1"},
    )  # fmt: skip


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(MINE.format(4))
    return path


def test_run_then_validate(mine, tmp_path):
    out = tmp_path / "s"
    done = thetabox("run", str(mine), "--yes", "--subject", "m12", "--operator", "ab", "--out", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "PASS  12 scheduled: 12 delivered" in done.stdout and f"report  {out}/report.html" in done.stdout
    report = (out / "report.html").read_text()
    assert "12 / 12" in report and "m12" in report and "never use it on people" in report
    assert "<script" not in report and "http" not in report.replace("http://www.w3.org", "").replace(
        "http://purl.org", "").replace("http://creativecommons.org", "")  # fmt: skip
    rows = (out / "pulses.csv").read_text().splitlines()
    assert len(rows) == 13
    first = dict(zip(rows[0].split(","), rows[1].split(","), strict=True))
    assert first["outcome"] == "delivered" and first["deviation_ticks"] == "0" and first["width_ticks"] == "12500"
    for row in rows[1:]:
        cells = dict(zip(rows[0].split(","), row.split(","), strict=True))
        assert 205 < float(cells["bank_before_v"]) < 222 and 180 < float(cells["bank_after_v"]) < 200
    again = thetabox("validate", str(out), "--json")
    assert again.returncode == 0 and json.loads(again.stdout)["verdict"] == "PASS"
    lines = (out / "events.jsonl").read_text()
    (out / "events.jsonl").write_text(lines.replace('"armed"', '"alarmed"'))
    altered = thetabox("validate", str(out))
    assert altered.returncode == 1 and "The chain of events is broken" in altered.stdout


@pytest.mark.parametrize("whose", ["the protocol's", "the command line's"])
def test_a_target_in_volts_is_kept_and_told_as_it_was_asked_for(mine, tmp_path, whose):
    out, told = tmp_path / "s", "150.125 V (41.7 %)"
    asked = ("--intensity", "150.125 V")
    if whose == "the protocol's":
        mine.write_text(mine.read_text().replace("intensity_percent = 60", "intensity_v = 150.125"))
        asked, told = (), f"{told}, the protocol says"
    done = thetabox("run", str(mine), "--yes", "--out", str(out), *asked)
    assert done.returncode == 0 and f"intensity {told}\n" in done.stdout, done.stdout + done.stderr
    about = json.loads((out / "session.json").read_text())
    assert (about["target_v"], about["who"]["intensity"]) == (150.125, told)
    assert about["intensity_asked"] == bool(asked)
    assert image_format.decode((out / "protocol.bin").read_bytes()).target_mv == 150_125
    assert told in (out / "report.html").read_text()
    assert told in (out / "events.jsonl").read_text()  # chained: not to be changed afterwards


def test_validate_finds_a_moved_edge(mine, tmp_path):
    out = tmp_path / "s"
    assert thetabox("run", str(mine), "--yes", "--quiet", "--profile", "ttl", "--out", str(out)).returncode == 0
    from thetabox.capture import Capture

    capture = Capture.load(out / "capture.npz")
    tick = capture.tick.copy()
    tick[np.flatnonzero(capture.pin == capture.names.index("TRIG_A"))[9]] += 1
    Capture(capture.names, tick, capture.pin, capture.level).save(out / "capture.npz")
    done = thetabox("validate", str(out))
    assert done.returncode == 1
    assert "capture.npz has been altered." in done.stdout and "1 tick (0.008 us)" in done.stdout


def test_json_for_scripts(mine, tmp_path):
    done = thetabox("run", str(mine), "--yes", "--json", "--out", str(tmp_path / "s"))
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert lines[-1]["verdict"] == "PASS" and lines[-1]["counts"]["delivered"] == 12
    assert any("status" in line for line in lines)


def test_status_of_a_board_without_a_session_is_of_the_same_shape(tmp_path, monkeypatch):
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path))  # where nobody else's sessions are
    shown = json.loads(thetabox("status", "--port", "emu:", "--json").stdout)
    assert shown["sessions"] == [] and shown["port"] == "emu:" and shown["status"]["fault"] == 0


def test_a_train_that_waits_for_an_outside_start_can_be_rehearsed(tmp_path):
    path, out = tmp_path / "t.toml", tmp_path / "s"
    path.write_text('start = "ttl"\n' + MINE.format(2))
    done = thetabox("run", path, "--port", "emu:ttl=2.5", "--profile", "ttl", "--confirmed", "--yes", "--out", out)
    assert done.returncode == 0, done.stdout + done.stderr
    capture = Capture.load(out / "capture.npz")
    edges, rises = capture.pulses("TRIG_IN")[0], capture.pulses("TRIG_A")[0]
    before = edges[edges < rises[0]].max()
    assert rises[0] - before == 13_501  # 108.008 us
    events = [json.loads(line)["event"] for line in (out / "events.jsonl").read_text().splitlines()]
    assert events.index("begun") < events.index("uploaded") < events.index("started")


def test_interrupt_aborts_safely_and_keeps_everything(tmp_path):
    path, out = tmp_path / "long.toml", tmp_path / "s"
    path.write_text(MINE.format(1000))
    process = subprocess.Popen(
        [sys.executable, "-m", "thetabox", "run", str(path), "--yes", "--json", "--out", str(out)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    for line in process.stdout:
        if '"status"' in line:
            break
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    rest, errors = process.communicate(timeout=60)
    assert process.returncode == 6, errors
    assert "aborting: outputs off, bank dumping" in errors
    last = json.loads(rest.splitlines()[-1])
    assert last["verdict"] == "FAIL" and "Aborted by the operator" in last["reasons"][0]
    counts = last["counts"]
    assert counts["aborted"] > 0 and sum(counts.values()) == last["scheduled"] == 3000
    assert (out / "session.json").exists() and (out / "report.html").exists()
    events = [json.loads(line) for line in (out / "events.jsonl").read_text().splitlines()]
    assert next(e for e in events if e["event"] == "dumped")["bank_mv"] < 60_000


def test_a_cut_link_loses_nothing_that_was_known(tmp_path):
    """The host's bytes stop arriving in the middle of the train: what was given until then is judged and kept."""
    from rig import HZ, Rig, spec
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session import Who, run_session

    class Cutter(Nobody):
        def update(self, status):
            if status["triggered"] >= 6:
                rig.board.write = lambda data: None

    rig = Rig()
    made = rig.compile(spec((3, Fraction(1, 50)), (40, Fraction(1, 5))))
    folder = SessionFolder(tmp_path / "s")
    outcome = run_session(rig.board, made, folder, Who("m1"), Cutter())
    assert outcome.exit_code == 5 and "does not answer HEARTBEAT" in outcome.ended
    counts = outcome.judgement.counts
    rises, _ = rig.pulses()
    assert counts["delivered"] == len(rises) >= 6 and sum(counts.values()) == 120
    assert (tmp_path / "s" / "report.html").exists()
    rig.board.wait(3)
    assert rig.plant.bank_v < 60 and len(rig.pulses()[0]) == len(rises)
    assert (rig.last_edge(("TRIG_A",)) - rises[-1]) < HZ


@pytest.mark.parametrize("up_us", [0, (1 << 31) - (1 << 20), (1 << 32) - (3 << 20), 5 << 32])
def test_a_board_that_has_been_up_for_hours_is_judged_from_its_stamps(tmp_path, monkeypatch, up_us):
    from rig import Rig, spec
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session import Who, run_session

    rig = Rig("ttl").idle()
    while up_us > 0:  # no further at once than the board looks at its clock
        rig.chip.rp2040.timer._epoch_nanos -= (min(up_us, 1 << 31) & ~0xFFFF) * 1000
        up_us -= 1 << 31
        rig.board.wait(6)
    monkeypatch.setattr(rig.board, "capture", lambda: None)  # as a real board
    made = rig.compile(spec((3, Fraction(1, 50)), (10, Fraction(1, 5))))
    outcome = run_session(rig.board, made, SessionFolder(tmp_path / "s"), Who("m1"), Nobody())
    assert outcome.judgement.source == "the board's own stamps"
    assert (outcome.judgement.verdict, outcome.judgement.counts["delivered"]) == ("PASS", 30)


def test_a_full_disk_is_told_and_the_board_is_at_rest(tmp_path, monkeypatch):
    from rig import Rig, spec
    from thetabox.errors import ThetaboxError
    from thetabox.evidence import vcd
    from thetabox.evidence.folder import SessionFolder
    from thetabox.session import Who, run_session

    def full(capture, path):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vcd, "write", full)
    rig = Rig()
    made = rig.compile(spec((3, Fraction(1, 50))))
    with pytest.raises(ThetaboxError, match="cannot be written: No space left on device — free space on the disk"):
        run_session(rig.board, made, SessionFolder(tmp_path / "s"), Who(), Nobody())
    assert (tmp_path / "s" / "events.jsonl").exists() and rig.plant.bank_v < 60
