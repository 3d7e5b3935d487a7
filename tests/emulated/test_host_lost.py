"""The host is killed, stopped or unplugged in the middle of a train: real processes, a cable between them."""

import json
import os
import re
import select
import signal
import subprocess
import threading
import time
import tty
from binascii import crc32

import pytest
from bystander import protocol
from command import THETABOX, served
from contract import faults, frame, limits, messages
from fuzzing.readers import feed
from thetabox.capture import Capture
from thetabox.evidence.shots import shots

pytestmark = [pytest.mark.emulated, pytest.mark.skipif(os.name == "nt", reason="Windows has no PTYs")]
RUN = ("run", "protocol.toml", "--intensity", "60%", "--yes", "--json", "--out", "s")
SENT_S = 30.0
SEEN = 12  # pulses before it happens
TICK_MS = 1000 / limits.CLOCK_SYS_HZ


class Cable:
    """Carries bytes between a served board and a port of its own, `port`, and reads what the board answers.

    `heartbeats` are the answers to HEARTBEAT; the last one's `time_us` is when the board has last heard of its host.
    """

    def __init__(self, board_port):
        self._board = os.open(board_port, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._board)
        self._host, self._theirs = os.openpty()
        tty.setraw(self._theirs)
        self.port = os.ttyname(self._theirs)
        self.heartbeats = []
        self._reader = frame.Reader(crc32)
        self._cut = threading.Event()
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def _carry(self):
        layout = messages.row(messages.HEARTBEAT)[3]
        while not self._cut.is_set():
            for end in select.select([self._board, self._host], [], [], 0.02)[0]:
                data = os.read(end, 4096)
                os.write(self._host if end == self._board else self._board, data)
                if end == self._board:
                    for kind, _, _, payload in feed(self._reader, data):
                        if kind == messages.HEARTBEAT | frame.REPLY:
                            self.heartbeats.append(messages.unpack(layout, payload))

    def wait_for(self, pulses):
        """Until the board says that so many have been triggered."""
        end = time.monotonic() + SENT_S
        while not self.heartbeats or self.heartbeats[-1]["triggered"] < pulses:
            assert time.monotonic() < end, self.heartbeats[-1:]
            time.sleep(0.01)

    def cut(self):
        """Unplug both ends."""
        if not self._cut.is_set():
            self._cut.set()
            self._thread.join()
            for end in (self._theirs, self._host, self._board):
                os.close(end)


def killed(run, cable):
    run.send_signal(signal.SIGKILL)
    run.wait(10)
    return -signal.SIGKILL


def stopped(run, cable):
    """And goes on when all is over."""
    run.send_signal(signal.SIGSTOP)
    time.sleep(1.5)
    run.send_signal(signal.SIGCONT)
    return 4


def unplugged(run, cable):
    cable.cut()
    return 5


def logged(port):
    """What `thetabox logs` says: its entries, its summary."""
    done = subprocess.run((*THETABOX, "logs", "--port", port, "--json"), capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    *entries, summary = map(json.loads, done.stdout.splitlines())
    return entries, summary


@pytest.mark.parametrize("options", [(), ("--usb",)], ids=["uart", "usb"])
@pytest.mark.parametrize("lose", [killed, stopped, unplugged])
def test_a_host_that_is_lost_in_the_middle_of_a_train(home, lose, options):
    """No onset later than 300 ms of board time after the last heartbeat, then dumping; the log has the right number."""
    (home / "protocol.toml").write_text(protocol(600, 50))
    with served("--capture", home / "edges.npz", *options) as (_, port):
        cable = Cable(port)
        run = subprocess.Popen(
            (*THETABOX, *RUN, "--port", cable.port),
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        try:
            cable.wait_for(SEEN)
            code = lose(run, cable)
            _, told = run.communicate(timeout=30)
            time.sleep(1.0)
        finally:
            run.kill()
            cable.cut()
        assert run.returncode == code, told
        entries, summary = logged(port)
    capture = Capture.load(home / "edges.npz")
    rises, _ = shots(capture)
    heard_ms = [beat for beat in cable.heartbeats if beat["state"] == messages.RUNNING][-1]["time_us"] / 1000
    assert SEEN <= len(rises) == summary["pulses_given"] < 600
    assert rises[-1] * TICK_MS - heard_ms <= limits.SESSION_SILENCE_MS
    for name in ("CHARGE_EN", "DUMP_INHIBIT"):  # neither charging nor holding the bank
        ticks, levels = capture.edges(name)
        assert levels[-1] != 1 and ticks[-1] * TICK_MS - heard_ms <= limits.SESSION_SILENCE_MS
    names = [entry["name"] for entry in entries]
    fault = entries[names.index("fault")]
    assert (fault["fault"]["number"], fault["argument"]) == (faults.HOST_SILENT, len(rises))
    told_of_host(lose, home / "s", len(rises))


def told_of_host(lose, folder, given):
    """What the host's own folder says: not closed after a kill, whole after a stop, what was known after a cut."""
    if lose is killed:
        assert not (folder / "session.json").exists() and (folder / "events.jsonl").exists()
        return
    about = json.loads((folder / "session.json").read_text())
    assert about["judgement"]["verdict"] == "FAIL"
    if lose is stopped:
        assert about["ended"].startswith("The host fell silent") and about["judgement"]["counts"]["delivered"] == given
    else:
        known = re.fullmatch(
            r"port \S+ has gone; the board makes itself safe; it had given (\d+) pulses or more, "
            "`thetabox logs` has the number",
            about["ended"],
        )
        assert SEEN <= int(known[1]) <= given
