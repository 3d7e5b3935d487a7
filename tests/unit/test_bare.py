"""A logic analyser's file against a protocol, without a session."""

import json

import numpy as np
import pytest
from command import thetabox
from thetabox.capture import Capture
from thetabox.errors import ThetaboxError
from thetabox.evidence import csvfile, vcd
from thetabox.evidence.bare import judge_file
from thetabox.protocol import compile_protocol, load

ITBS = compile_protocol(load("iTBS600"), None, 60)
START = 1_000_003
SCHEDULE = (ITBS.onset_ticks, ITBS.indices, ITBS.width_ticks)


def capture(onsets=ITBS.onset_ticks, names=("TRIG_A", "MARKER"), rate=1.0):
    rises = np.rint(START + onsets * rate).astype(np.int64)
    tick = np.sort(np.concatenate((rises, rises + ITBS.width_ticks)))
    level = np.tile(np.array([1, 0], np.uint8), len(rises))
    return Capture(names, tick, np.zeros(len(tick), np.uint8), level)


def as_csv(path, made, digits=9):
    rows = [f"{tick / 125e6:.{digits}f},{level},0" for tick, level in zip(made.tick, made.level, strict=True)]
    path.write_text("Time [s],TRIG_A,MARKER\n0.0,0,0\n" + "\n".join(rows) + "\n")
    return path


def judged(path, signal=None, tolerance_us=0.0, other_clock=False):
    return judge_file(path, *SCHEDULE, signal, tolerance_us, other_clock=other_clock)


@pytest.mark.parametrize("kind", ["npz", "vcd", "csv"])
def test_every_kind_of_file_is_exact(tmp_path, kind):
    path = tmp_path / f"c.{kind}"
    {"npz": lambda: capture().save(path), "vcd": lambda: vcd.write(capture(), path),
     "csv": lambda: as_csv(path, capture())}[kind]()  # fmt: skip
    judgement = judged(path)
    assert judgement.verdict == "PASS" and judgement.worst_onset_ticks == 0 == judgement.worst_width_ticks
    assert judgement.source == f"TRIG_A of c.{kind}"


@pytest.mark.parametrize("recorded", [True, False])
def test_the_trigger_that_proves_the_gate_is_told_by_the_dump(tmp_path, recorded):
    """On the bank it comes before a charge, while the bank is dumping."""
    made = capture(names=("TRIG_A", "MARKER", "DUMP_INHIBIT"))
    proof = [(1_000, 0, 1), (13_000, 0, 0), *[(500_000, 2, 1)] * recorded]  # tick, pin, level
    tick, pin, level = (np.append(row, rest) for row, rest in
                        zip(np.array(proof).T, (made.tick, made.pin, made.level), strict=True))  # fmt: skip
    names = made.names if recorded else made.names[:2]
    Capture(names, tick, pin.astype(np.uint8), level.astype(np.uint8)).save(tmp_path / "c.npz")
    judgement = judged(tmp_path / "c.npz")
    assert judgement.verdict == ("PASS" if recorded else "FAIL")
    assert recorded or "1 trigger without a scheduled pulse." in judgement.reasons


def test_samples_instead_of_changes(tmp_path):
    path = tmp_path / "s.csv"
    path.write_text("; sigrok\nTime,A\n0,0\n1e-6,1\n2e-6,1\n3e-6,0\n4e-6,0\n5e-6,1\n")
    made = csvfile.read(path)
    assert made.names == ("A",) and [int(tick) for tick in made.tick] == [0, 125, 375, 625]
    assert [list(edges) for edges in made.pulses("A")] == [[125], [375]]


def test_what_is_wrong_is_told(tmp_path):
    moved = ITBS.onset_ticks.copy()
    moved[7] += 40
    capture(moved).save(tmp_path / "m.npz")
    reasons = judged(tmp_path / "m.npz").reasons
    assert reasons == ["An onset is 40 ticks (0.320 us) from its schedule; allowed: 0."]
    assert judged(tmp_path / "m.npz", tolerance_us=0.4).verdict == "PASS"
    capture(np.delete(ITBS.onset_ticks, 5)).save(tmp_path / "d.npz")
    assert "599 of 600 pulses delivered." in judged(tmp_path / "d.npz").reasons


def test_the_drift_of_another_clock_is_told_and_taken_out(tmp_path):
    capture(rate=1 + 80e-6).save(tmp_path / "d.npz")  # 15 ms at the end, more than half a pulse interval
    assert judged(tmp_path / "d.npz", tolerance_us=1).verdict == "FAIL"
    judgement = judged(tmp_path / "d.npz", tolerance_us=0.1, other_clock=True)
    assert judgement.verdict == "PASS" and judgement.drift_ppm == pytest.approx(80, rel=1e-3)


@pytest.mark.parametrize(
    ("text", "wrong"),
    [("", "is not a capture"), ("Time,A\n0,2\n", "is not a capture"), ("Time,A\n0,high\n", "is not a capture"),
     ("Time\n0\n", "is not a capture")],
)  # fmt: skip
def test_a_csv_that_is_none(tmp_path, text, wrong):
    path = tmp_path / "c.csv"
    path.write_text(text)
    with pytest.raises(ThetaboxError, match=wrong):
        csvfile.read(path)


def test_signals_are_named(tmp_path):
    capture(names=("D0", "D1")).save(tmp_path / "c.npz")
    with pytest.raises(ThetaboxError, match="has several signals — name one of D0, D1 with --signal"):
        judged(tmp_path / "c.npz")
    with pytest.raises(ThetaboxError, match="has no signal D7"):
        judged(tmp_path / "c.npz", "D7")
    assert judged(tmp_path / "c.npz", "D0").verdict == "PASS"


def test_from_the_command_line(tmp_path):
    path = as_csv(tmp_path / "c.csv", capture())
    done = thetabox("validate", path, "--protocol", "iTBS600", "--json")
    assert done.returncode == 0 and json.loads(done.stdout)["verdict"] == "PASS"
    for options, wrong in (
        ((path,), "no protocol is named"), ((path, "--protocol", "iTBS1800"), "FAIL"),
        ((tmp_path, "--protocol", "iTBS600"), "is not a capture's file"),
        ((path, "--protocol", "iTBS600", "--tolerance", "-1"), "--tolerance is -1"),
    ):  # fmt: skip
        done = thetabox("validate", *options)
        assert done.returncode and wrong in done.stdout + done.stderr
    (tmp_path / "c.txt").write_text("")
    done = thetabox("validate", tmp_path / "c.txt", "--protocol", "iTBS600")
    assert done.returncode and "is no capture" in done.stderr
