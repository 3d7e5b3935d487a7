"""Ports that are not there, are something else, or are held: one line and exit code 5."""

import contextlib
import os
import random
import select
import subprocess
import threading

import pytest
from bystander import RUN, SHORT
from command import THETABOX
from thetabox.board import open_board
from thetabox.board.renode.process import REMEDY

tty = pytest.importorskip("tty", reason="no pseudo-terminals on this system")


def babble(end, answer):
    """Something else on a port: `answer` makes what it says to what it has heard."""

    end = os.dup(end)  # the number is its own until it has ended

    def loop():
        with contextlib.suppress(OSError):
            while True:
                heard = os.read(end, 4096) if select.select([end], [], [], 0.02)[0] else b""
                if said := answer(heard):
                    os.write(end, said)
        os.close(end)

    threading.Thread(target=loop, daemon=True).start()


NO_ANSWER = (
    "the board on {} does not answer IDENTIFY — check the cable and that the port is a ThetaBox; "
    "the board makes itself safe"
)
NOT_OPENED = 'port {} cannot be opened — check the cable and the name, or use "emu:"'


def test_ports_without_a_board_behind_them(tmp_path, monkeypatch):
    """Missing, silent, babbling, echoing, a modem, held by another program, and names that are no ports at all."""
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "protocol.toml").write_text(SHORT)
    (tmp_path / "file").write_text("")
    rng = random.Random(8)
    others = {
        "silent": lambda heard: b"",
        "garbage": lambda heard: rng.randbytes(40),
        "zeros": lambda heard: bytes(40),
        "echo": lambda heard: heard,
        "modem": lambda heard: heard and b"\r\nERROR\r\n",
    }
    expected, ends = {}, []
    for answer in (*others.values(), None):
        ours, theirs = os.openpty()
        tty.setraw(theirs)
        name = os.ttyname(theirs)
        ends += [ours, theirs]
        if answer is None:
            holder = open_board(name)
            expected[name] = f"port {name} is in use — close the other program"
        else:
            babble(ours, answer)
            expected[name] = NO_ANSWER.format(name)
    for name in ("/dev/none", "/dev/null", str(tmp_path), str(tmp_path / "file")):
        expected[name] = NOT_OPENED.format(name)
    monkeypatch.setenv("RENODE", str(tmp_path / "none"))
    expected["renode:"] = f"no Renode in $RENODE or the PATH — {REMEDY}"
    for name in ("emu:slow", "renode:usb"):
        expected[name] = (
            f'port {name!r} is not known — use "emu:", "emu:usb", "emu:ttl=5", "emu:image=FILE.uf2", "renode:" or the '
            "name of a serial port"
        )
    running = {
        name: subprocess.Popen(
            (*THETABOX, *RUN[:-1], f"s{index}", "--port", name),
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for index, name in enumerate(expected)
    }  # fmt: skip
    for name, process in running.items():
        _, told = process.communicate(timeout=60)
        assert (name, process.returncode, told) == (name, 5, f"error: {expected[name]}\n")
    holder.close()
    for end in ends:
        os.close(end)
    assert not list(tmp_path.glob("s*/*"))
