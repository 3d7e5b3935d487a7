"""Flashing: where the drive is, the writing, the board before and after, and one line for every way to fail."""

import io
import os
import threading
from pathlib import Path

import images
import pytest
from contract import faults, messages
from fakes import ScriptedBoard
from thetabox import flashing, uf2
from thetabox.board import BoardError, find
from thetabox.board.link import BoardRefused
from thetabox.cli import app
from thetabox.flashing import board as boards
from thetabox.flashing import drives

INFO = "UF2 Bootloader v3.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"


class Clock:
    """Time that passes when it is waited for; `at` holds what happens then."""

    def __init__(self, at=()):
        self.time, self.at = 0.0, dict(at)

    def now_s(self):
        return self.time

    def wait(self, seconds):
        self.time += seconds
        for second in [s for s in self.at if s <= self.time]:
            self.at.pop(second)()


def boot_drive(folder, text=INFO):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "INFO_UF2.TXT").write_text(text)
    return folder


@pytest.fixture
def nothing(monkeypatch, tmp_path):
    """A machine without drives and ports."""
    monkeypatch.setattr(drives, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(drives, "BY_LABEL", tmp_path / "by-label")
    monkeypatch.setattr(boards, "candidates", tuple)
    return tmp_path


@pytest.fixture
def image(tmp_path):
    path = tmp_path / "new.uf2"
    path.write_bytes(images.uf2(b"new firmware"))
    return uf2.read(path)


# the drive


def test_the_drive_is_found_on_linux(nothing):
    pico, stick = boot_drive(nothing / "media" / "RPI RP2"), nothing / "stick"
    stick.mkdir()
    other = boot_drive(nothing / "rp2350", INFO.replace("RPI-RP2", "RP2350"))
    kinds = {pico: "vfat", stick: "vfat", other: "vfat", boot_drive(nothing / "copied"): "ext4"}
    lines = [f"/dev/sd{n} {str(folder).replace(' ', chr(92) + '040')} {kind} rw 0 0\n"
             for n, (folder, kind) in enumerate(kinds.items())]  # fmt: skip
    drives.MOUNTS.write_text("".join(lines))
    assert drives.boot_drives("linux") == [pico] and flashing.the_drive(None) == pico


def test_the_drive_is_found_on_macos_and_windows(nothing, monkeypatch):
    monkeypatch.setattr(drives, "VOLUMES", nothing / "Volumes")
    pico = boot_drive(nothing / "Volumes" / "RPI-RP2")
    (nothing / "Volumes" / "Macintosh HD").mkdir()
    assert drives.boot_drives("darwin") == [pico] and drives.not_mounted("darwin") == []
    monkeypatch.chdir(nothing)
    boot_drive(nothing / "E:")
    assert [str(drive) for drive in drives.boot_drives("win32")] == ["E:"]


def test_a_drive_that_is_not_mounted(nothing):
    (nothing / "by-label").mkdir()
    (nothing / "by-label" / "RPI-RP2").symlink_to("../sdb1")
    with pytest.raises(flashing.FlashError, match=r"its drive .*by-label/RPI-RP2 is not mounted") as caught:
        flashing.the_drive(None)
    assert f"udisksctl mount -b {nothing}/by-label/RPI-RP2" in caught.value.remedy
    drives.MOUNTS.write_text(f"{nothing}/sdb1 /mnt vfat rw 0 0\n")
    assert drives.not_mounted("linux") == []


def test_no_drive_says_what_to_do(nothing):
    with pytest.raises(flashing.FlashError, match="no Pico is in its boot loader") as caught:
        flashing.the_drive(None)
    assert "hold its BOOTSEL button" in caught.value.remedy and caught.value.exit_code == 5


def test_two_drives_are_not_chosen_between(nothing):
    pair = [boot_drive(nothing / name) for name in "ab"]
    drives.MOUNTS.write_text("".join(f"/dev/x {drive} vfat rw 0 0\n" for drive in pair))
    with pytest.raises(flashing.FlashError, match="2 Picos are in their boot loaders") as caught:
        flashing.the_drive(None)
    assert caught.value.remedy == "choose one with --drive"
    assert flashing.the_drive(None, old=(pair[0],)) == pair[1]


def test_a_folder_that_is_no_boot_drive(nothing):
    with pytest.raises(flashing.FlashError, match="is not the drive of a Pico in its boot loader: no INFO_UF2"):
        flashing.the_drive(nothing)


def test_the_drive_is_awaited(nothing):
    folder = nothing / "pico"
    clock = Clock({3: lambda: boot_drive(folder)})
    assert flashing.await_drive(folder, (), clock) == folder and 3 <= clock.time < 3.5
    clock = Clock()
    with pytest.raises(flashing.FlashError, match="no Pico"):
        flashing.await_drive(None, (), clock)
    assert 15 <= clock.time < 15.5


# the writing


def test_the_file_arrives_and_progress_is_told(image, tmp_path):
    told = []
    flashing.copy(image, boot_drive(tmp_path / "d"), told.append)
    assert (tmp_path / "d" / "new.uf2").read_bytes() == image.data
    assert told[-1] == len(image.data) and len(told) == 40 and told == sorted(told)


@pytest.mark.parametrize("good", [0, 13])
def test_writing_that_stops_is_told(image, tmp_path, monkeypatch, good):
    calls = []

    def sync(_):
        calls.append(0)
        if len(calls) > good:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", sync)
    with pytest.raises(flashing.FlashError, match=r"stopped after \d+ %: No space left") as caught:
        flashing.copy(image, boot_drive(tmp_path / "d"), lambda _: None)
    assert f"after {100 * (good + 1) // 40} %" in caught.value.message and "the Pico stays" in caught.value.remedy


def test_a_drive_of_somebody_else_is_told(image, tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(flashing.FlashError, match="you may not write to") as caught:
        flashing.copy(image, tmp_path, lambda _: None)
    assert "mount it as yourself" in caught.value.remedy


def test_a_pico_that_restarts_under_the_last_write_is_no_error(image, tmp_path, monkeypatch):
    calls = []

    def sync(_):
        calls.append(0)
        if len(calls) == 40:
            raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", sync)
    flashing.copy(image, boot_drive(tmp_path / "d"), lambda _: None)
    assert len(calls) == 40


# the board, before and after


IDENTITY = {"table_hash": messages.TABLE_HASH, "board_id": b"12345678", "image_hash": bytes(8), "version": b"0.1.0"}


def scripted(monkeypatch, answers, **identity):
    device = ScriptedBoard({"IDENTIFY": lambda **_: {**IDENTITY, **identity}, **answers})
    monkeypatch.setattr(boards, "open_board", lambda port: device)
    monkeypatch.setattr(find, "open_board", lambda port: device)
    return device


def test_a_board_is_asked_for_its_boot_loader(monkeypatch):
    device, told = scripted(monkeypatch, {"STATUS": lambda: {"bank_mv": 59_999}}), []
    assert flashing.enter_boot_loader("p", told.append)["board_id"] == b"12345678".hex()
    assert [name for name, _ in device.requests] == ["IDENTIFY", "STATUS", "BOOTSEL"] and len(told) == 1


def test_a_charged_board_is_not_asked(monkeypatch):
    device = scripted(monkeypatch, {"STATUS": lambda: {"bank_mv": 60_000}})
    charged = r"the bank is at 60\.0 V, and no board leaves its firmware at 60 V or above"
    with pytest.raises(flashing.FlashError, match=charged) as caught:
        flashing.enter_boot_loader("p", lambda who: None)
    assert caught.value.remedy == "dump it with `thetabox abort --port p`, wait 5 s, try again"
    assert "BOOTSEL" not in [name for name, _ in device.requests]


def test_a_board_that_refuses(monkeypatch):
    scripted(monkeypatch, {"BOOTSEL": lambda: faults.NOT_NOW})
    with pytest.raises(BoardRefused) as caught:
        flashing.enter_boot_loader("p", lambda who: None)
    assert caught.value.number == faults.NOT_NOW and caught.value.exit_code == 4


def test_firmware_of_another_release_is_flashed_by_hand(monkeypatch):
    device = scripted(monkeypatch, {"BOOTSEL": lambda: faults.TABLE_MISMATCH}, table_hash=1)
    with pytest.raises(flashing.FlashError, match="cannot be asked for its boot loader") as caught:
        flashing.enter_boot_loader("p", lambda who: None)
    assert "hold its BOOTSEL button" in caught.value.remedy
    assert [name for name, _ in device.requests] == ["IDENTIFY", "BOOTSEL"]


def test_an_answer_lost_with_the_port_is_no_error(monkeypatch):
    device = scripted(monkeypatch, {})
    device.spoil_out = lambda data: b"" if device.requests[-1][0] == "BOOTSEL" else data
    assert flashing.enter_boot_loader("p", lambda who: None)["version"] == "0.1.0"


def known_ports(monkeypatch, clock, table):
    """`table`: {port: (second from which it is there, board id)}."""

    def ask(name):
        if name not in table or clock.time < table[name][0]:
            raise BoardError(f"port {name} has gone", "")
        return {"board_id": table[name][1], "image_hash": ""}

    monkeypatch.setattr(boards, "ask", ask)
    monkeypatch.setattr(boards, "candidates", lambda: tuple(n for n in table if clock.time >= table[n][0]))


def test_the_board_comes_back_on_its_port_or_on_a_new_one(monkeypatch):
    clock = Clock()
    known_ports(monkeypatch, clock, {"old": (0, "x"), "new": (7, "a")})
    assert flashing.await_board(None, None, ("old",), clock)[0] == "new" and 7 <= clock.time < 7.5
    clock.time = 0
    known_ports(monkeypatch, clock, {"old": (4, "a")})
    assert flashing.await_board("old", "a", ("old",), clock)[0] == "old" and 4 <= clock.time < 4.5


def test_a_board_that_does_not_come_back(monkeypatch):
    clock = Clock()
    known_ports(monkeypatch, clock, {"new": (2, "b")})
    with pytest.raises(flashing.FlashError, match=r"within 20 s \(on new is another one, b\)") as caught:
        flashing.await_board("old", "a", (), clock)
    assert "thetabox boards" in caught.value.remedy and 20 <= clock.time < 20.5


def test_a_board_that_runs_something_else(image):
    flashing.require_image({"image_hash": image.image_hash}, image)
    with pytest.raises(flashing.FlashError, match=r"runs image 00ff, not [0-9a-f]{16} of new\.uf2"):
        flashing.require_image({"image_hash": "00ff"}, image)


# the command


class Pico:
    """A board on a pseudo-terminal whose boot loader is a folder; it runs what was last copied there."""

    def __init__(self, folder, ours):
        self.folder, self.bank_mv, self.hash, self.asked = folder, 0, bytes(8), False
        self.ours = os.dup(ours)  # the number is its own until it has ended
        self.device = ScriptedBoard({"IDENTIFY": self.identify, "STATUS": lambda: {"bank_mv": self.bank_mv},
                                     "BOOTSEL": self.bootsel})  # fmt: skip
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                self.device.write(os.read(self.ours, 1024))
                if not self.asked or (self.folder / "new.uf2").exists():
                    os.write(self.ours, self.device.read(0))
                    if self.device.requests[-1][0] == "BOOTSEL":
                        self.asked = True
                        boot_drive(self.folder)
            except OSError:  # the other end is closed
                os.close(self.ours)
                return

    def identify(self, **_):
        copied = self.folder / "new.uf2"
        running = bytes.fromhex(uf2.read(copied).image_hash) if copied.exists() else self.hash
        return {**IDENTITY, "image_hash": running, "version": b"9.9"}

    def bootsel(self):
        return {}


@pytest.fixture
def pico(tmp_path):
    pty, tty = pytest.importorskip("pty"), pytest.importorskip("tty")
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    made = Pico(tmp_path / "drive", ours)
    made.port = os.ttyname(theirs)
    yield made
    for end in (theirs, ours):
        os.close(end)


def command(monkeypatch, *arguments):
    monkeypatch.setattr("sys.argv", ["thetabox", *map(str, arguments)])
    with pytest.raises(SystemExit) as left:
        app.main()
    return left.value.code


def test_flash_by_message(pico, image, nothing, monkeypatch, capsys):
    assert command(monkeypatch, "flash", image.path, "--port", pico.port, "--drive", pico.folder, "--yes") == 0
    out = capsys.readouterr().out
    assert f"flashed and checked: board {b'12345678'.hex()} on {pico.port} runs firmware 9.9" in out
    assert f"image {image.image_hash}" in out and (pico.folder / "new.uf2").read_bytes() == image.data


def test_flash_refused_at_60_v(pico, image, nothing, monkeypatch, capsys):
    pico.bank_mv = 216_000
    assert command(monkeypatch, "flash", image.path, "--port", pico.port, "--drive", pico.folder, "--yes") == 5
    assert capsys.readouterr().err.startswith("error: the bank is at 216.0 V") and not pico.folder.exists()


def test_flash_of_a_pico_that_is_in_its_boot_loader_already(pico, image, nothing, monkeypatch, capsys):
    boot_drive(pico.folder)
    assert command(monkeypatch, "flash", image.path, "--port", pico.port, "--drive", pico.folder, "--yes") == 0
    assert "BOOTSEL" not in [name for name, _ in pico.device.requests]
    assert f"on {pico.port} runs firmware 9.9" in capsys.readouterr().out


def test_flash_asks_first(pico, image, nothing, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    assert command(monkeypatch, "flash", image.path, "--port", pico.port, "--drive", pico.folder) == 6
    assert not pico.asked and "BOOTSEL" not in [name for name, _ in pico.device.requests]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["none.uf2"], 3, "error: none.uf2 cannot be read: No such file or directory — take the release's"),
        (["half.uf2"], 3, "error: half.uf2 leaves 320 KiB of the image region as they are — take"),
        (["new.uf2"], 5, "error: no Pico is in its boot loader — unplug the Pico, hold its BOOTSEL button, plug it in"),
        (["new.uf2", "--drive", "x"], 5, "error: x is not the drive of a Pico in its boot loader"),
        (["new.uf2", "--port", "emu:"], 3, "error: port emu: has no boot loader to be asked for — it runs the image"),
        (["new.uf2", "--port", "/dev/none"], 5, "error: port /dev/none cannot be opened"),
    ],
)
def test_every_failure_is_one_line(nothing, image, monkeypatch, capsys, arguments, code, message):
    monkeypatch.chdir(nothing)
    (nothing / "half.uf2").write_bytes(images.uf2(region=images.REGION // 2))
    assert command(monkeypatch, "flash", *arguments, "--yes") == code
    error = capsys.readouterr().err
    assert error.startswith(message) and error.count("\n") == 1
