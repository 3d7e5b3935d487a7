"""What runs on this machine is found by other terminals, and forgotten when it is gone."""

import json
import subprocess
import sys

import pytest
from thetabox.runtime import registered, registrations, runtime_folder


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "run"))


def test_found_as_long_as_it_lasts():
    with registered("board", port="/dev/x") as path:
        assert path.stat().st_mode & 0o077 == 0
        (entry,) = registrations("board")
        assert entry["port"] == "/dev/x" and registrations("session") == []
    assert registrations("board") == []


def test_found_from_another_process():
    code = "from thetabox.runtime import registrations; print(registrations('board')[0]['port'])"
    with registered("board", port="/dev/x"):
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "/dev/x\n"


def test_what_a_dead_process_left_is_removed():
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    dead = runtime_folder() / "board-1.json"
    dead.write_text(json.dumps({"pid": int(done.stdout)}))
    broken = runtime_folder() / "board-2.json"
    broken.write_text("{")
    assert registrations("board") == [] and not dead.exists() and not broken.exists()
