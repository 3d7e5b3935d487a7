"""Single pulses and a threshold search on the emulated board, driven through a pipe as a script would."""

import json
import os
import signal
import subprocess
import sys

import pytest
from command import thetabox
from contract import messages
from thetabox.capture import Capture
from thetabox.evidence import singles
from thetabox.evidence.shots import shots

pytestmark = pytest.mark.emulated
TRUE = 47.0  # the simulated subject's threshold in % MSO; it has no noise


def search(folder, *arguments, stop=None):
    """(exit code, JSON lines) of a search; `stop` is sent instead of the first answer."""
    command = ["pulse", "--search", "--subject", "m12", "--json", "--out", "s", *arguments]
    lines = []
    with subprocess.Popen(
        [sys.executable, "-m", "thetabox", *command], cwd=folder, text=True, env={**os.environ, "NO_COLOR": "1"},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        for line in process.stdout:
            lines.append(json.loads(line))
            asked = lines[-1].get("ask")
            if asked == "response" and stop:
                process.send_signal(stop)
            elif asked:
                answer = "y" if lines[-1]["percent"] >= TRUE else "n"
                process.stdin.write(" " if asked == "ready" else answer)
                process.stdin.flush()
    return process.returncode, lines


def pulses(path, name="TRIG_A"):
    capture = Capture.load(path / "capture.npz")
    return shots(capture, name) if name == "TRIG_A" else capture.pulses(name)


def seen(path, name="TRIG_A"):
    return len(pulses(path, name)[0])


@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_a_search_ends_near_the_threshold_and_run_takes_it(tmp_path, device):
    code, lines = search(tmp_path, "--count", "6", "--profile", device, "--operator", "ab")
    found = lines[-1]["threshold"]
    assert code == 0 and abs(found - TRUE) < 1.5 and lines[-1]["verdict"] == "PASS"
    rows = singles.read(tmp_path / "s" / "pulses.csv")
    assert seen(tmp_path / "s") == len(rows) == sum("pulse" in line for line in lines) <= 9
    assert all(row.outcome == "delivered" and row.response in ("yes", "no") for row in rows)
    for row in rows:
        assert row.target_v == pytest.approx(row.intensity_percent * 3.6 if device == "bank" else 0)
    [kept] = json.loads((tmp_path / "subjects" / "m12.json").read_text())["thresholds"]
    assert (kept["percent_mso"], kept["profile"], kept["operator"], kept["pulses"]) == (found, device, "ab", len(rows))
    assert thetabox("validate", str(tmp_path / "s")).returncode == 0
    (tmp_path / "short.toml").write_text('name = "short"\nonsets_ms = [0, 200]\n')
    done = thetabox(
        "run", str(tmp_path / "short.toml"), "--yes", "--intensity", "80%RMT", "--subject", "m12", "--profile", device,
        "--subjects", str(tmp_path / "subjects"), "--out", str(tmp_path / "r"),
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert f"80 % of m12's RMT of {found:g} % MSO is {0.8 * found:g} % MSO" in done.stdout
    about = json.loads((tmp_path / "r" / "session.json").read_text())
    assert about["intensity_percent"] == pytest.approx(0.8 * found) and "RMT" in about["who"]["intensity"]
    assert about["target_v"] == pytest.approx(0.8 * found * 3.6 if device == "bank" else 0, abs=0.001)


def test_an_interrupt_at_the_prompt_keeps_the_pulse_and_remembers_nothing(tmp_path):
    code, lines = search(tmp_path, stop=signal.SIGINT)
    assert code == 6 and lines[-1]["threshold"] is None and "Aborted by the operator" in lines[-1]["reasons"][0]
    assert seen(tmp_path / "s") == len(singles.read(tmp_path / "s" / "pulses.csv")) == 1
    assert not (tmp_path / "subjects").exists()


@pytest.mark.parametrize("keys", ["q", ""])
def test_ended_before_any_pulse_is_the_users_own_end(tmp_path, keys):
    done = thetabox("pulse", "--search", "--subject", "m12", "--out", str(tmp_path / "s"), keys=keys)
    assert done.returncode == 6, done.stderr
    assert "no threshold: the search was ended after 0 answers" in done.stdout
    assert seen(tmp_path / "s") == 0


def test_single_pulses_at_an_interval(tmp_path):
    out = tmp_path / "s"
    done = thetabox(
        "pulse", "--intensity", "180V", "--count", "3", "--interval", "1.5", "--yes", "--json", "--out", str(out)
    )
    assert done.returncode == 0, done.stderr
    assert json.loads((out / "session.json").read_text())["who"]["intensity"] == "180 V (50 %)"
    rows = [json.loads(line)["pulse"] for line in done.stdout.splitlines()[:-1]]
    assert [row["outcome"] for row in rows] == ["delivered"] * 3 and seen(out) == seen(out, "FIRED") == 3
    rises, falls = pulses(out)
    assert set(falls - rises) == {12_500}
    for row, rise in zip(rows, rises, strict=True):
        assert 0 < rise / 125 - row["start_us"] < 10_000 and 171 < row["bank_before_v"] < 186
    assert [round(gap / 125e6, 1) for gap in (rises[1:] - rises[:-1]).tolist()] == [1.5, 1.5]


def test_without_an_interlock_nothing_is_given(tmp_path):
    """The interlock opens when the second pulse is charged: the first is kept, the second never comes."""
    from rig import Rig
    from thetabox.evidence.folder import SessionFolder
    from thetabox.protocol import compile_protocol, profile
    from thetabox.protocol.single import single_pulse
    from thetabox.session import Unattended, Who
    from thetabox.session.singles import Counted, give_singles

    class Opened:
        given = False

        def stage(self, text):
            pass

        def update(self, status):
            self.given = self.given or status["state"] == messages.DONE
            if self.given and status["state"] == messages.CHARGING:
                rig.plant.interlock(False)

    rig = Rig()
    made = compile_protocol(single_pulse(), profile("bank"), 50)
    outcome = give_singles(
        rig.board, made, Counted(made, 3, 1.0), SessionFolder(tmp_path / "s"), Who(), Opened(), Unattended(), print
    )
    assert outcome.exit_code == 4 and outcome.ended.startswith("The interlock chain opened.")
    assert seen(tmp_path / "s") == 1 and rig.plant.bank_v < 60
    assert [row.outcome for row in singles.read(tmp_path / "s" / "pulses.csv")] == ["delivered"]
