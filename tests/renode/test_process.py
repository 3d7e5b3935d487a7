"""Renode's process ends with whoever started it, however that ends."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from thetabox.board import open_board

CHILD = """
import os, signal, sys, time
from pathlib import Path
from thetabox.board import open_board
board = open_board("renode:")
print(board.process.pid, flush=True)
if sys.argv[1] == "running":
    board.chip.at(board.chip.ticks + 1_000_000, lambda: os.kill(os.getpid(), signal.SIGKILL))
    board.wait(3600)
time.sleep(60)
"""


def gone(pid, within_s=10.0):
    """Whether a process has ended; a dead one that nobody has asked after yet counts."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        with contextlib.suppress(OSError), Path(f"/proc/{pid}/stat").open(encoding="ascii") as stat:
            if stat.read().rpartition(") ")[2][0] == "Z":
                return True
        time.sleep(0.05)
    return False


@pytest.mark.skipif(os.name == "nt", reason="there is no SIGKILL on Windows")
@pytest.mark.parametrize("when", ["held", "running"])
def test_renode_ends_when_its_host_is_killed(when):
    with subprocess.Popen([sys.executable, "-c", CHILD, when], stdout=subprocess.PIPE, text=True) as host:
        pid = int(host.stdout.readline())
        if when == "held":
            assert not gone(pid, 0.5)
            host.send_signal(signal.SIGKILL)
        assert host.wait(30) == -signal.SIGKILL
    assert gone(pid)


def test_renode_ends_with_its_board():
    board = open_board("renode:")
    pid = board.process.pid
    board.close()
    assert gone(pid)
