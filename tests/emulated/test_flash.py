"""`thetabox flash`, end to end: a served board, its boot loader a folder, another image on it afterwards."""

import json
import os
import signal
import subprocess
import sys

import images
import pytest
from contract import limits
from thetabox import uf2
from thetabox.board.supplies import image_path

pytest.importorskip("pty", reason="no pseudo-terminals on this system")
pytestmark = pytest.mark.emulated


def environment(tmp_path):
    return {**os.environ, "COLUMNS": "250", "NO_COLOR": "1", "THETABOX_RUNTIME": str(tmp_path / "run")}


def thetabox(tmp_path, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "thetabox", *map(str, arguments)], capture_output=True, text=True, check=False,
        env=environment(tmp_path),
    )  # fmt: skip


class Served:
    """A board that `thetabox emulate` serves; `folder` is its boot loader's drive."""

    def __init__(self, tmp_path, *options):
        self.folder = tmp_path / "RPI-RP2"
        command = ["emulate", "--json", "--bootsel", str(self.folder), "--for", "60", *options]
        self._process = subprocess.Popen(
            [sys.executable, "-m", "thetabox", *command], stdout=subprocess.PIPE, text=True, env=environment(tmp_path)
        )
        self.port = json.loads(self._process.stdout.readline())["port"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.send_signal(signal.SIGINT)
        self._process.communicate(timeout=10)


@pytest.fixture
def other(tmp_path):
    """The same firmware in another image: the last byte of its region differs."""
    region = uf2.read(image_path()).region[:-1] + b"\x00"
    path = tmp_path / "other.uf2"
    path.write_bytes(images.uf2(region))
    return uf2.read(path)


def info(tmp_path, port):
    return json.loads(thetabox(tmp_path, "info", "--port", port, "--json").stdout)


def test_a_running_board_is_flashed_by_message(tmp_path, other):
    with Served(tmp_path) as served:
        before = info(tmp_path, served.port)
        assert before["image"]["same"] is True
        done = thetabox(tmp_path, "flash", other.path, "--port", served.port, "--drive", served.folder, "--yes")
        assert done.returncode == 0, done.stderr
        assert f"on {served.port} runs firmware" in done.stdout and f"image {other.image_hash}" in done.stdout
        after = info(tmp_path, served.port)
        assert after["image"]["runs"] == other.image_hash and after["image"]["same"] is False
        assert after["identity"]["boot_count"] == before["identity"]["boot_count"] + 1
        assert not list(served.folder.iterdir())  # the drive went with the boot loader
        listed = json.loads(thetabox(tmp_path, "boards", "--json").stdout)["boards"]
        assert [row["port"] for row in listed if row["kind"] == "served" and row["ready"]] == [served.port]


def test_a_blank_pico_is_flashed_where_it_is(tmp_path, other):
    with Served(tmp_path, "--blank") as served:
        arguments = ("flash", other.path, "--port", served.port, "--drive", served.folder, "--yes", "--json")
        done = thetabox(tmp_path, *arguments)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert told["image_hash"] == other.image_hash and told["port"] == served.port
        assert info(tmp_path, served.port)["identity"]["boot_count"] == 1


def test_an_image_that_is_not_ours_is_told(tmp_path):
    """A whole image that starts nothing: copied, but no board comes back, and `flash` says so."""
    path = tmp_path / "empty.uf2"
    path.write_bytes(images.uf2(b"", region=limits.FLASH_IMAGE_MAX))
    with Served(tmp_path, "--blank") as served:
        code = (
            "import sys; from thetabox.flashing import board; board.BACK_S = 2.0; "
            f"sys.argv = ['thetabox', 'flash', {str(path)!r}, '--port', {served.port!r}, '--drive', "
            f"{str(served.folder)!r}, '--yes']; from thetabox.cli.app import main; main()"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=environment(tmp_path)
        )
    assert done.returncode == 5 and "no board has come back within 2 s" in done.stderr
    assert done.stderr.count("\n") == 1 and "BOOTSEL" in done.stderr
