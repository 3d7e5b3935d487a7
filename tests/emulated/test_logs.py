"""A host that is killed in the middle of a train: what the board's log tells afterwards is what had left it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from contract import limits
from thetabox.capture import Capture

pytest.importorskip("pty", reason="no pseudo-terminals on this system")
pytestmark = pytest.mark.emulated
LONG = 'name = "long"\n[[pattern]]\ncount = 600\ninterval_ms = 50\n'


def start(tmp_path, *arguments, **streams):
    environment = {**os.environ, "THETABOX_RUNTIME": str(tmp_path / "run")}
    command = [sys.executable, "-m", "thetabox", *map(str, arguments)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment, **streams)


@pytest.mark.parametrize("ending", ["killed", "stopped"])
def test_logs_after_the_host_has_gone(tmp_path, ending):
    capture = tmp_path / "edges.npz"
    (tmp_path / "long.toml").write_text(LONG)
    board = start(tmp_path, "emulate", "--json", "--for", "60", "--stimulator", "--capture", capture)
    port = json.loads(board.stdout.readline())["port"]
    run = start(tmp_path, "run", tmp_path / "long.toml", "--profile", "ttl", "--port", port, "--yes", "--json",
                "--confirmed", "--out", tmp_path / "s")  # fmt: skip
    while json.loads(run.stdout.readline()).get("status", {}).get("triggered", 0) < 20:
        pass
    run.send_signal(signal.SIGKILL if ending == "killed" else signal.SIGSTOP)
    time.sleep(0.6)
    run.kill()
    run.communicate()
    logs = start(tmp_path, "logs", "--port", port, "--json")
    rows = [json.loads(row) for row in logs.communicate()[0].splitlines()]
    board.send_signal(signal.SIGINT)
    board.communicate(timeout=20)
    rises, _ = Capture.load(capture).pulses("TRIG_A")
    assert 20 <= len(rises) < 600 and rows[-1]["pulses_given"] == len(rises)
    (fault,) = [row for row in rows[:-1] if row["name"] == "fault"]
    assert fault["fault"]["name"] == "HOST_SILENT" and fault["argument"] == len(rises)
    assert (rises[-1] - rises[0]) / limits.CLOCK_SYS_HZ < 10
