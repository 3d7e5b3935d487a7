"""Whole sessions of unusual shape, from the file to the judgement: pauses, two channels, channel B alone, SYNC."""

import csv
import json

import pytest
from rig import Rig
from thetabox.errors import Exit
from thetabox.evidence import folder as files
from thetabox.evidence.folder import SessionFolder
from thetabox.evidence.validate import validate_folder
from thetabox.protocol import compile_protocol, load, profile
from thetabox.session import Who, run_session

pytestmark = pytest.mark.emulated
PATTERN = """
[[pattern]]
unit = "pulse"
count = 3
interval_ms = 50
[[pattern]]
unit = "train"
count = 4
interval_s = 2
"""


class Wants:
    """An operator who pauses once, at the given pulse, for `looks` looks."""

    stopped = False

    def __init__(self, at=-1, looks=0):
        self.at, self.left, self.given = at, looks, 0

    @property
    def paused(self):
        return self.left > 0 and 0 <= self.at <= self.given

    def rest(self):
        self.left -= 1

    def stage(self, text):
        pass

    def update(self, status):
        self.given = status["first"] + status["triggered"]


@pytest.fixture
def session(tmp_path):
    def session(lines, device="ttl", wants=None):
        path = tmp_path / "mine.toml"
        path.write_text(f'name = "mine"\nintensity_percent = 60\n{lines}\n{PATTERN}')
        wants = wants or Wants()
        rig = Rig(device)
        compiled = compile_protocol(load(path), profile(device))
        outcome = run_session(rig.board, compiled, SessionFolder(tmp_path / "s"), Who("m1"), wants, wants)
        about, again = validate_folder(tmp_path / "s")
        assert again.as_dict() == outcome.judgement.as_dict()
        return outcome, about, tmp_path / "s"

    return session


@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_a_session_with_a_pause_passes_and_tells_of_it(session, device):
    outcome, about, folder = session("", device, Wants(at=4, looks=40))
    assert (outcome.exit_code, outcome.judgement.verdict) == (Exit.OK, "PASS")
    (pause,) = outcome.judgement.pauses
    assert pause.after == 6 and pause.scheduled_s == pytest.approx(1.9) and pause.gap_s > 4
    assert [each["first"] for each in about["segments"]] == [0, 6]
    assert outcome.judgement.counts["delivered"] == 12 and outcome.judgement.worst_onset_ticks == 0
    with (folder / files.PULSES).open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["segment"] for row in rows] == ["0"] * 6 + ["1"] * 6
    assert "Pauses" in (folder / files.REPORT).read_text()
    events = [json.loads(line)["event"] for line in (folder / files.EVENTS).read_text().splitlines()]
    assert events.index("pause asked") < events.index("paused") < events.index("resumed")


def test_two_channels_and_sync(session):
    lines = 'channels = "AB"\nlag_ms = -8\nsync = { interval_min_ms = 50, interval_max_ms = 500, seed = 3 }'
    outcome, _, _ = session(lines)
    assert outcome.judgement.reasons == [] and outcome.judgement.counts["delivered"] == 12


def test_channel_b_alone(session):
    outcome, _, folder = session('channels = "B"')
    assert outcome.judgement.reasons == [] and outcome.judgement.counts["delivered"] == 12
    for name in (files.CAPTURE, files.VCD):  # as on a real board
        (folder / name).unlink()
    about = json.loads((folder / files.SESSION).read_text())
    for name in (files.CAPTURE, files.VCD):
        del about["files"][name]
    (folder / files.SESSION).write_text(json.dumps(about))
    _, blind = validate_folder(folder)
    assert any("read back by no sensor" in reason for reason in blind.reasons)
