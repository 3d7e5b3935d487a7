"""`thetabox emulate`: a board on a PTY, for programs that know nothing of this one."""

import binascii
import json
import os
import signal
import struct
import subprocess
import time
from pathlib import Path

import pytest
import serial
from command import THETABOX, served
from contract import faults, frame, messages
from images import uf2
from thetabox.board.served.server import Pace
from thetabox.board.supplies import image_path
from thetabox.capture import Capture
from thetabox.evidence.shots import shots
from thetabox.uf2 import read

pytestmark = [
    pytest.mark.emulated,
    pytest.mark.skipif(os.name == "nt", reason="Windows has no PTYs"),
]
SHORT = """
name = "short"

[[pattern]]
unit = "pulse"
count = 3
interval_ms = 20

[[pattern]]
unit = "burst"
count = 3
interval_ms = 100
"""


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder of its own for the run's files."""
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "runtime"))
    return tmp_path


LONG = 'name = "long"\n[[pattern]]\nunit = "pulse"\ncount = 100\ninterval_s = 1\n'


def said(process):
    """What the server says next."""
    return json.loads(process.stdout.readline())["says"]


class Client:
    """Somebody else's program: frames made and read without a line of ours."""

    def __init__(self, port):
        self.serial = serial.Serial(port, 460800, timeout=1)
        self.sequence = 0
        self.begun = b""  # of a frame that a slow machine has not sent whole

    def ask(self, kind, payload=b""):
        """(type, payload) of the answer to one request of session 7; asked again where a board that boots is deaf."""
        self.sequence += 1
        raw = struct.pack("<BBH", kind, self.sequence, 7) + payload
        raw += struct.pack("<I", binascii.crc32(raw))
        for _ in range(10):
            self.serial.write(b"".join(bytes([len(part) + 1]) + part for part in raw.split(b"\0")) + b"\0")
            while came := self.serial.read_until(b"\0"):
                self.begun += came
                if not came.endswith(b"\0"):
                    break
                wire, self.begun = self.begun, b""
                head, body = self.opened(wire)
                if head[1:] == (self.sequence, 7):
                    return head[0], body
        raise AssertionError("no answer")

    def opened(self, wire):
        """((type, sequence, session), payload) of a frame."""
        out, at = b"", 0
        while at < len(wire) - 1:
            out += wire[at + 1 : at + wire[at]] + b"\0"
            at += wire[at]
        assert struct.unpack("<I", out[-5:-1])[0] == binascii.crc32(out[:-5])
        return struct.unpack_from("<BBH", out), out[4:-5]

    def identify(self):
        """The answer to IDENTIFY as its bytes."""
        kind, body = self.ask(0x01, struct.pack("<IH", messages.TABLE_HASH, 7))
        assert kind == 0x81
        return body


def thetabox(*arguments):
    return subprocess.run((*THETABOX, *map(str, arguments)), capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("options", [(), ("--usb",)], ids=["uart", "usb"])
def test_a_program_of_somebody_else(home, options):
    """It comes, asks, goes and comes again; the board is listed while it is served, and not afterwards."""
    with served(*options) as (_, port):
        for _ in range(2):
            client = Client(port)
            assert struct.unpack_from("<I", client.identify())[0] == messages.TABLE_HASH
            began = time.monotonic()
            for _ in range(20):
                assert client.ask(0x02)[0] == 0x82
            assert time.monotonic() - began < 2
            client.serial.close()
        rows = json.loads(thetabox("boards", "--json", "--no-probe").stdout)
        assert any(port in str(row.values()) for row in (rows if isinstance(rows, list) else rows["boards"]))
    assert not list((home / "runtime").glob("board-*"))


def test_a_whole_session_over_usb(home):
    """`thetabox run` on the port; the capture that the server writes has the same pulses as the record."""
    protocol, link, edges = home / "short.toml", home / "port", home / "edges.npz"
    protocol.write_text(SHORT)
    with served("--usb", "--link", link, "--capture", edges) as _:
        done = thetabox("run", protocol, "--port", link, "--intensity", "60%", "--yes", "--json", "--out", home / "out")
        assert done.returncode == 0, done.stdout + done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["verdict"] == "PASS"
    assert not link.is_symlink()
    rises, _ = shots(Capture.load(edges))
    assert len(rises) == 9 and set((rises - rises[0]) % 2_500_000) == {0}


def test_a_fault_that_is_rehearsed(home):
    protocol = home / "short.toml"
    protocol.write_text(SHORT)
    with served("--fault", "coil_open@0.5") as (_, port):
        done = thetabox("run", protocol, "--port", port, "--intensity", "60%", "--yes", "--json", "--out", home / "out")
    assert done.returncode == 4 and faults.entry(faults.MISFIRE)[1] in done.stdout


def test_boot_loader_takes_an_image_and_flash_is_kept(home):
    """BOOTSEL over the link; half a file is waited for, a wrong one is told; the board starts on the same port."""
    drive, flash = home / "drive", home / "flash"
    image = image_path().read_bytes()
    with served("--bootsel", drive, "--flash", flash) as (process, port):
        client = Client(port)
        boots = struct.unpack_from("<I", client.identify(), 7)[0]
        while (answer := client.ask(0x40)) != (0xC0, b""):  # not until its bank has had the time to dump
            assert answer == (frame.REFUSAL, struct.pack("<H", faults.BANK_CHARGED))
            time.sleep(0.1)
        assert "boot loader" in said(process)
        assert "Board-ID: RPI-RP2" in (drive / "INFO_UF2.TXT").read_text()
        (drive / "wrong.uf2").write_bytes(uf2(family=0xE48BFF59))
        assert "is for the RP2350" in said(process)
        with (drive / "firmware.uf2").open("wb") as file:
            file.write(image[: len(image) // 2])
            file.flush()
            time.sleep(0.3)
            assert (drive / "INFO_UF2.TXT").exists()
            file.write(image[len(image) // 2 :])
        assert "programmed" in said(process)
        assert not list(drive.iterdir())
        who = client.identify()
        assert struct.unpack_from("<I", who, 7)[0] == boots + 1
        assert who[20:28].hex() == read(image_path()).image_hash
        client.serial.close()
    with served("--flash", flash) as (_, port):
        assert struct.unpack_from("<I", Client(port).identify(), 7)[0] == boots + 2


def test_a_board_with_nothing_in_flash_waits_in_its_boot_loader(home):
    with served("--blank", "--bootsel", home / "drive") as (process, port):
        assert "boot loader" in said(process)
        (home / "drive" / "firmware.uf2").write_bytes(image_path().read_bytes())
        assert "programmed" in said(process)
        Client(port).identify()


def test_lag_is_forgiven_and_never_made_up_for():
    now = [0.0]
    pace = Pace(lambda: now[0])
    board_s = 0.0
    for lag_s in (0.002, 0.003, 1.0, 0.002, 0.002, 0.5, 0.001):
        now[0] += lag_s
        step_s = pace.step_s()
        assert step_s <= min(lag_s + 1e-9, 0.010)
        board_s += step_s
    assert board_s == pytest.approx(0.002 + 0.003 + 0.010 + 0.002 + 0.002 + 0.010 + 0.001)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--fault", "coil_opne"), "there is no fault 'coil_opne'"),
        (("--fault", "coil_open@soon"), "has no time after the @"),
        (("--capture", "edges.csv"), "neither .npz nor .vcd"),
        (("--bootsel", Path(__file__).parent), "is not empty"),
        (("--flash", __file__), "is no flash"),
        (("--link", __file__), "is there already"),
    ],
)
def test_what_cannot_be_served_is_one_line(home, options, says):
    done = thetabox("emulate", "--for", "0", *options)
    assert done.returncode == 3 and says in done.stderr and done.stderr.count("\n") == 1


def test_a_fault_is_told_when_it_strikes_and_a_port_in_use_is_told_with_its_session(home):
    with served("--fault", "coil_hot@1.5") as (process, port):
        assert said(process).endswith("s: coil_hot: The coil's sensor says 41 C.")
        (home / "long.toml").write_text(LONG)
        run = subprocess.Popen(
            (*THETABOX, "run", str(home / "long.toml"), "--profile", "ttl", "--confirmed", "--yes", "--json",
             "--port", port, "--out", str(home / "s")), stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        while '"running"' not in run.stdout.readline():
            assert run.poll() is None
        done = thetabox("info", "--port", port)
        assert done.returncode == 5
        assert f"port {port} is in use by a session of long, process {run.pid}" in done.stderr
        assert thetabox("abort").returncode == 0
        run.communicate(timeout=20)
        about = json.loads((home / "s" / "session.json").read_text())
        assert run.returncode == 6 and about["emulated"] is True


def test_faults_are_listed_and_time_ends_it(home):
    assert "coil_open" in json.loads(thetabox("emulate", "--fault", "list", "--json").stdout)
    process = subprocess.Popen((*THETABOX, "emulate", "--for", "60"), stdout=subprocess.PIPE, text=True)
    assert "an emulated board is on /dev/" in process.stdout.readline()
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 0
    process.stdout.close()
    assert thetabox("emulate", "--for", "0.2").returncode == 0
