"""`boards`, `info` and `logs`: what is said of each port, each board, each log; and what Tab completes."""

import json
import os
import shlex
import struct
import subprocess
import sys
import threading
from types import SimpleNamespace

import images
import pytest
import typer
from contract import faults, messages, records
from fakes import ScriptedBoard
from serial.tools import list_ports
from thetabox import runtime, uf2
from thetabox.board import find
from thetabox.cli import app, complete
from thetabox.cli.clear import agree
from thetabox.evidence.folder import WHOLE
from thetabox.flashing import drives

IDENTITY = {"table_hash": messages.TABLE_HASH, "state": messages.IDLE, "boot_count": 3, "reset_cause": 1,
            "board_id": b"12345678", "image_hash": bytes(8), "version": b"0.1.0"}  # fmt: skip
BOARD_ID = b"12345678".hex()
PROOF = {"passed": 1, "capacitance_nf": 98_760}
ODOMETER = {"pulses": 1800, "energy_mj": 840_000, "trains": 3, "uncertain_pulses": 600}
STATUS = {"state": messages.FAULT, "fault": faults.INTERLOCK_OPEN, "bank_mv": 61_500, "target_mv": 216_000,
          "coil_centi_c": 2310, "coil_model_centi_c": 2404, "time_us": 12_345_678,
          "flags": messages.FLAG_SAFE_OK}  # fmt: skip


def entries(*rows):
    packed = [struct.pack(records.ENTRY, *row) for row in rows]
    return lambda first: {"total": len(packed), "first": max(first, 0), "data": b"".join(packed[max(first, 0) :])}


class Served:
    """A scripted board on a pseudo-terminal."""

    def __init__(self, ours, answers):
        self.device, self.ours = ScriptedBoard(answers), os.dup(ours)  # the number is its own until it has ended
        threading.Thread(target=self.loop, daemon=True).start()

    def loop(self):
        while True:
            try:
                self.device.write(os.read(self.ours, 1024))
                os.write(self.ours, self.device.read(0))
            except OSError:  # the other end is closed
                os.close(self.ours)
                return


@pytest.fixture
def line():
    """Makes pseudo-terminals: (our end, the port's name)."""
    pty, tty = pytest.importorskip("pty"), pytest.importorskip("tty")
    ends = []

    def make():
        ours, theirs = pty.openpty()
        tty.setraw(theirs)
        ends.extend((theirs, ours))
        return ours, os.ttyname(theirs)

    yield make
    for end in ends:
        os.close(end)


@pytest.fixture
def board(line):
    """A port with a board that has a fault, a log and odometers."""
    ours, name = line()
    log = entries((126, records.BOOT, 0, 1), (5000, records.STARTED, 0, 215_000),
                  (7250, records.FAULT, faults.INTERLOCK_OPEN, 41))  # fmt: skip
    fault_log = ((1, faults.MISFIRE, 0, 2, 8_000, 7), (2, 0, faults.MISFIRE, 2, 9_000, 0),
                 (3, faults.INTERLOCK_OPEN, 0, 3, 7_250, 41))  # fmt: skip
    packed = [struct.pack(records.FAULT_ENTRY, *row) for row in fault_log]

    def past(first):
        return {"total": len(packed), "first": first, "data": b"".join(packed[first - 1 :])}

    served = Served(ours, {"IDENTIFY": lambda **_: IDENTITY, "STATUS": lambda: STATUS, "LOG": log,
                           "ODOMETER": lambda: ODOMETER, "PROOF": lambda: PROOF, "FAULT_LOG": past})  # fmt: skip
    served.name = name
    return served


@pytest.fixture(autouse=True)
def machine(monkeypatch, tmp_path):
    """A machine with no ports, no drives, nothing served, an image."""
    image = tmp_path / "thetabox.uf2"
    image.write_bytes(images.uf2(b"here"))
    monkeypatch.setenv("THETABOX_IMAGE", str(image))
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "run"))
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.delenv("RENODE", raising=False)
    monkeypatch.setattr(list_ports, "comports", list)
    monkeypatch.setattr(drives, "MOUNTS", tmp_path / "mounts")
    monkeypatch.setattr(drives, "BY_LABEL", tmp_path / "by-label")
    return SimpleNamespace(path=tmp_path, image=image)


def ports(monkeypatch, *rows):
    """Serial ports: (name, vendor, product number, manufacturer, product)."""
    made = [SimpleNamespace(device=name, vid=vid, pid=pid, manufacturer=maker, product=product, description="n/a")
            for name, vid, pid, maker, product in rows]  # fmt: skip
    monkeypatch.setattr(list_ports, "comports", lambda: made)


@pytest.fixture
def run(monkeypatch, capsys):
    """(exit code, stdout, stderr) of a command line."""

    def command(*arguments):
        monkeypatch.setattr("sys.argv", ["thetabox", *map(str, arguments)])
        with pytest.raises(SystemExit) as left:
            app.main()
        return left.value.code, *capsys.readouterr()

    return command


def said(run, *arguments):
    """{port: row} of `boards`."""
    code, out, _ = run("boards", "--json", *arguments)
    assert code == 0
    return {row["port"]: row for row in json.loads(out)["boards"]}


# boards


def test_serial_ports_are_told_apart(monkeypatch, run, board, line):
    silent, busy = line()[1], line()[1]
    ports(monkeypatch, (board.name, 0x2E8A, 5, "MicroPython", "Board in FS mode"), (silent, 0x2E8A, 5, None, None),
          (busy, 0x1234, 1, "Maker", "ThetaBox"), ("/dev/ttyX", 0x0403, 0x6001, "FTDI", "UART"),
          ("/dev/ttyS0", None, None, None, None))  # fmt: skip
    holder = find.open_board(busy)
    rows = said(run)
    holder.close()
    assert rows[board.name]["ready"] and rows[board.name]["identity"]["board_id"] == BOARD_ID
    assert rows[board.name]["says"] == f"ThetaBox {BOARD_ID}, firmware 0.1.0, idle"
    assert "something else than a ThetaBox" in rows[silent]["says"] and not rows[silent]["ready"]
    assert rows[busy]["says"] == "Maker ThetaBox (1234:0001): in use by another program"
    assert rows["/dev/ttyX"]["says"] == "FTDI UART (0403:6001): no Pico, not asked"
    assert rows["/dev/ttyS0"]["says"] == "n/a: no Pico, not asked"


def test_a_port_held_by_a_session(monkeypatch, run, board):
    ports(monkeypatch, (board.name, 0x2E8A, 5, None, "Pico"))
    holder = find.open_board(board.name)
    with runtime.registered("session", port=board.name, protocol="iTBS600", address=[], key=""):
        assert said(run)[board.name]["says"].endswith(f"in use by a session of iTBS600, process {os.getpid()}")
    holder.close()


def test_nobody_is_asked_without_probing(monkeypatch, run, board):
    ports(monkeypatch, (board.name, 0x2E8A, 5, None, None))
    assert "not asked" in said(run, "--no-probe")[board.name]["says"] and board.device.requests == []


def test_a_board_of_another_release(monkeypatch, run, board):
    board.device.answers["IDENTIFY"] = lambda **_: {**IDENTITY, "table_hash": 1}
    ports(monkeypatch, (board.name, 0x2E8A, 5, None, None))
    row = said(run)[board.name]
    assert "of another release: flash this one's image" in row["says"] and not row["ready"]


def test_a_port_that_may_not_be_opened(monkeypatch, run):
    ports(monkeypatch, ("/dev/none", 0x2E8A, 5, "Raspberry Pi", "Pico"))
    assert said(run)["/dev/none"]["says"].startswith("Raspberry Pi Pico (2E8A:0005): port /dev/none cannot be opened")


def test_served_boards_are_found(run, board):
    with runtime.registered("board", port=board.name, image="x", since="2026-01-31T10:00:00+00:00"):
        row = said(run)[board.name]
        assert row["kind"] == "served" and row["ready"] and f"by process {os.getpid()}" in row["says"]
        assert said(run, "--no-probe")[board.name]["says"].startswith("not asked, served since 2026-01-31")
    assert board.name not in said(run)


def test_boot_loaders_are_found(run, machine):
    drive = machine.path / "RPI-RP2"
    drive.mkdir()
    (drive / "INFO_UF2.TXT").write_text("Board-ID: RPI-RP2")
    drives.MOUNTS.write_text(f"/dev/sdb1 {drive} vfat rw 0 0\n")
    (machine.path / "by-label").mkdir()
    (machine.path / "by-label" / "RPI-RP2_1").symlink_to("/dev/sdc1")
    rows = said(run)
    assert "run `thetabox flash`" in rows[str(drive)]["says"]
    assert "udisksctl mount -b" in rows[str(machine.path / "by-label" / "RPI-RP2_1")]["says"]


def test_the_emulated_board(run, machine, monkeypatch):
    expected = uf2.read(machine.image).image_hash
    row = said(run)["emu:"]
    assert row["ready"] and expected in row["says"] and "emulator" in row["says"]
    machine.image.write_bytes(bytes(512))
    assert not said(run)["emu:"]["ready"] and "is not a UF2" in said(run)["emu:"]["says"]
    machine.image.unlink()
    assert f"no image at {machine.image}: run `make firmware`" in said(run)["emu:"]["says"]


def test_renode_is_looked_for(run, machine, monkeypatch):
    assert said(run)["renode:"]["says"].startswith("no Renode")
    program = machine.path / "renode"
    for version, ready in (("1.15.3.5", False), ("1.16.1.19223", True)):
        program.write_text(f"#!/bin/sh\necho Renode v{version}\n")
        program.chmod(0o755)
        monkeypatch.setenv("RENODE", str(program))
        assert str(program) in said(run)["renode:"]["says"] and said(run)["renode:"]["ready"] is ready


def test_boards_for_people(monkeypatch, run, board):
    ports(monkeypatch, (board.name, 0x2E8A, 5, None, None))
    code, out, _ = run("boards")
    assert code == 0 and out.count("\n") == 4
    assert out.splitlines()[1].split() == [*f"{board.name} serial ThetaBox {BOARD_ID}, firmware 0.1.0, idle".split()]


# info


def test_info_for_people(run, board, machine):
    code, out, _ = run("info", "--port", board.name)
    shown = dict(row.split(maxsplit=1) for row in out.splitlines())
    assert code == 0
    assert shown["board"].rstrip() == f"{BOARD_ID} on {board.name}"
    assert shown["firmware"].rstrip() == f"0.1.0, image {bytes(8).hex()}, another than {machine.image}"
    assert shown["reset"].rstrip() == "by watchdog, boot 3"
    assert shown["state"].rstrip() == "fault, up 12.3 s"
    assert shown["bank"].rstrip() == "61.5 V of 216.0 V, do not touch"
    assert shown["proof"].rstrip() == "passed since the last reset: the bank has 98.8 uF"
    assert shown["coil"].rstrip() == "23.1 C, by its pulses 24.0 C"
    assert "MISFIRE 304: boot 2, 8.000 s, after 7 pulses, cleared" in out
    assert "INTERLOCK_OPEN 101: boot 3, 7.250 s, after 41 pulses, not cleared" in out
    assert "safety chain closed, interlock open" in shown["inputs"]
    assert shown["fault"].rstrip() == (
        "INTERLOCK_OPEN 101 (clearable): The interlock chain opened. "
        "Close the interlock, clear the fault, charge and arm again."
    )
    assert shown["odometer"].rstrip() == (
        "1800 pulses, of them 600 uncertain (power was lost in a train), 840.0 J, 3 trains"
    )


def test_info_for_scripts(run, board, machine):
    running = bytes.fromhex(uf2.read(machine.image).image_hash)
    board.device.answers["IDENTIFY"] = lambda **_: {**IDENTITY, "image_hash": running}
    code, out, _ = run("info", "--port", board.name, "--json")
    seen = json.loads(out)
    assert code == 0 and seen["identity"]["board_id"] == BOARD_ID and seen["image"]["same"] is True
    assert seen["status"]["state"] == "fault" and seen["flags"]["safe_ok"] and not seen["flags"]["interlock"]
    assert seen["fault"]["name"] == "INTERLOCK_OPEN" and seen["odometer"] == ODOMETER
    assert [past["cleared"] for past in seen["fault_log"]] == [True, False] and seen["proof"] == PROOF


def test_info_of_another_release_asks_no_more_than_it_may(run, board, machine):
    board.device.answers["IDENTIFY"] = lambda **_: {**IDENTITY, "table_hash": 1}
    machine.image.unlink()
    code, out, _ = run("info", "--port", board.name)
    assert code == 0 and "another table than this host's" in out and "no image here to compare with" in out
    assert [name for name, _ in board.device.requests] == ["IDENTIFY"]
    seen = json.loads(run("info", "--port", board.name, "--json")[1])
    assert seen["status"] is None and seen["odometer"] is None and seen["image"]["same"] is None


def test_info_without_a_board(run):
    code, _, error = run("info", "--port", "/dev/none")
    assert code == 5 and error.startswith("error: port /dev/none cannot be opened") and error.count("\n") == 1


# clear


def fault(number):
    """IDENTIFY's answer while this fault stands."""
    return lambda **_: {**IDENTITY, "fault": number}


@pytest.fixture
def clearable(board):
    """A board on which INTERLOCK_OPEN stands, until it is cleared."""
    answers = board.device.answers
    answers["IDENTIFY"] = fault(faults.INTERLOCK_OPEN)
    answers["CLEAR"] = lambda fault: answers.update(IDENTIFY=lambda **_: IDENTITY) or {}
    return board


def test_a_fault_is_cleared(run, clearable):
    code, out, _ = run("clear", "--port", clearable.name)
    assert code == 0 and out.startswith(f"cleared on {clearable.name}: The interlock chain opened. Close the interlock")
    assert ("CLEAR", {"fault": faults.INTERLOCK_OPEN}) in clearable.device.requests
    code, out, _ = run("clear", "--port", clearable.name)
    assert code == 0 and out == f"no fault stands on {clearable.name}\n"
    assert [name for name, _ in clearable.device.requests].count("CLEAR") == 1


def test_the_fault_behind_a_cleared_one_is_told(run, clearable):
    answers = clearable.device.answers
    answers["CLEAR"] = lambda **_: answers.update(IDENTIFY=fault(faults.DUMP_FAILED)) or {}
    code, out, _ = run("clear", "--port", clearable.name)
    assert code == 4 and out.splitlines()[1].startswith("now stands: The dump did not take the bank down in its time.")
    answers["IDENTIFY"] = fault(faults.INTERLOCK_OPEN)
    told = json.loads(run("clear", "--port", clearable.name, "--json")[1])
    assert told["cleared"]["name"] == "INTERLOCK_OPEN" and told["stands"]["name"] == "DUMP_FAILED"


def test_a_fault_that_the_board_does_not_clear(run, clearable):
    clearable.device.answers["CLEAR"] = lambda **_: faults.NOT_CLEARABLE
    code, _, error = run("clear", "--port", clearable.name)
    assert code == 4 and error.startswith("error: the board refused: ") and error.count("\n") == 1


@pytest.mark.parametrize(
    ("stands", "said", "asks"),
    [(0, False, False), (faults.ABORTED, True, False), (faults.DUMP_FAILED, False, False),
     (faults.INTERLOCK_OPEN, True, True)],
)  # fmt: skip
@pytest.mark.parametrize("answer", [True, False])
@pytest.mark.parametrize("yes", [True, False])
def test_before_a_session_a_fault_is_told_and_asked_for(monkeypatch, capsys, stands, said, asks, answer, yes):
    asked = []
    monkeypatch.setattr(typer, "confirm", lambda text, err: asked.append(text) or answer)
    board = ScriptedBoard({"IDENTIFY": fault(stands)})
    if asks and not answer and not yes:
        with pytest.raises(typer.Exit) as left:
            agree(board, yes)
        assert left.value.exit_code == 6
    else:
        agree(board, yes)
    assert bool(asked) == (asks and not yes) and ("to be cleared: " in capsys.readouterr().err) == said
    assert [name for name, _ in board.requests] == ["IDENTIFY"]


# logs


def test_logs_of_a_board(run, board):
    code, out, _ = run("logs", "--port", board.name)
    assert code == 0
    assert out.splitlines() == [
        "       0.126 s  boot        cause of the reset: watchdog",
        "       5.000 s  started     bank 215.0 V",
        "       7.250 s  fault       41 pulses that left the board: The interlock chain opened. Close the "
        "interlock, clear the fault, charge and arm again. (INTERLOCK_OPEN 101)",
        "41 pulses left the board in its last train",
    ]  # fmt: skip


def test_logs_for_scripts(run, board):
    rows = [json.loads(row) for row in run("logs", "--port", board.name, "--json")[1].splitlines()]
    assert rows[2]["fault"]["remedy"].startswith("Close the interlock") and rows[2]["argument"] == 41
    assert rows[-1] == {"entries": 3, "overwritten": 0, "pulses_given": 41}


def test_logs_of_a_board_that_has_forgotten_the_oldest(run, board):
    entry = struct.pack(records.ENTRY, 9, records.BOOT, 0, 0)
    board.device.answers["LOG"] = lambda first: {"total": 31, "first": max(first, 30), "data": entry}
    out = run("logs", "--port", board.name)[1].splitlines()
    assert out[0] == "older entries, overwritten: 30" and out[-1] == "no train has ended since boot"


def session(folder, *events):
    folder.mkdir()
    (folder / "events.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    return folder


def test_logs_of_a_session(run, machine):
    kept = {"board_s": 9.0, "event": "board log", "index": 0, "time_ms": 7250, "name": "done", "fault": 0,
            "argument": 600, "meaning": "pulses that left the board", "previous": "0"}  # fmt: skip
    folder = session(machine.path / "s", {"event": "armed", "board_s": 1.0}, kept)
    code, out, _ = run("logs", folder)
    expected = [
        "       7.250 s  done        600 pulses that left the board",
        "600 pulses left the board in its last train",
    ]
    assert code == 0 and out.splitlines() == expected
    judgement = {"verdict": "PASS", "scheduled": 600, "counts": {"delivered": 600}}
    (folder / "session.json").write_text(json.dumps({**dict.fromkeys(WHOLE), "format": 1, "judgement": judgement}))
    assert run("logs", folder)[1].splitlines() == [*expected, "judged PASS: 600 of 600 delivered"]
    assert json.loads(run("logs", folder, "--json")[1].splitlines()[-1])["judgement"] == judgement


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: None, "is not a session's folder: there is no such folder"),
        (lambda folder: folder.mkdir(), "is not a session's folder: it holds no events.jsonl"),
        (lambda folder: session(folder, {"event": "armed"}), "holds no log of the board: the session ended before"),
        (lambda folder: (session(folder) / "events.jsonl").write_text("{"), "cannot be read: "),
    ],
)
def test_logs_of_what_has_none(run, machine, make, message):
    make(machine.path / "s")
    code, out, error = run("logs", machine.path / "s")
    assert code == 3 and out == "" and message in error and error.count("\n") == 1


# Tab


def names(found):
    return [name for name, _ in found]


def test_what_is_completed(monkeypatch):
    assert names(complete.protocols("i")) == ["imTBS600", "iTBS1800", "iTBS600", "iTMS"]
    assert "bank" in names(complete.profiles("")) and names(complete.profiles("tt")) == ["ttl"]
    assert len(names(complete.rehearsals(""))) > 10 and names(complete.rehearsals("nothing")) == []
    ports(monkeypatch, ("/dev/ttyACM7", 0x2E8A, 5, None, None))
    with runtime.registered("board", port="/dev/pts/99", image="", since=""):
        assert names(complete.ports("")) == ["emu:", "emu:usb", "emu:ttl=5", "renode:", "/dev/pts/99", "/dev/ttyACM7"]
        assert names(complete.serial_ports("/dev/tty")) == ["/dev/ttyACM7"]
    assert names(complete.ports("em")) == ["emu:", "emu:usb", "emu:ttl=5"] and complete.protocols("nothing") == []


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("thetabox fla", ["flash"]),
        ("thetabox run iT", ["iTBS1800", "iTBS600", "iTMS"]),
        ("thetabox show cTBS300 --profile ba", ["bank"]),
        ("thetabox emulate --fault coil_sensor_", ["coil_sensor_open", "coil_sensor_short", "coil_sensor_stuck"]),
        ("thetabox info --port emu", ["emu:", "emu:usb", "emu:ttl=5"]),
    ],
)
def test_the_shell_gets_it(line, expected):
    last = len(shlex.split(line)) - 1
    done = subprocess.run(
        [sys.executable, "-m", "thetabox"], capture_output=True, text=True, check=False,
        env={**os.environ, "_THETABOX_COMPLETE": "complete_bash", "COMP_WORDS": line, "COMP_CWORD": str(last)},
    )  # fmt: skip
    assert done.stdout.split() == expected
