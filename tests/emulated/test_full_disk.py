"""No room for the session's files or for what is printed: one line, and the board at rest whenever it happens."""

import json
import os
import resource
import subprocess
from pathlib import Path

import pytest
from bystander import PULSE, RUN, command, protocol
from command import THETABOX
from contract import faults, messages

pytestmark = pytest.mark.emulated
LONG = 'name = "x"\n' + PULSE.format(count=20, unit="ms", interval=50)
FULL = "error: {} cannot be written: File too large — {}\n"
FREE = "free space on the disk; what is there is kept"


@pytest.fixture(scope="module")
def events(rig, tmp_path_factory):
    """Where in events.jsonl each event of a whole session begins, in bytes."""
    folder = tmp_path_factory.mktemp("whole")
    (folder / "protocol.toml").write_text(LONG)
    os.environ["THETABOX_RUNTIME"] = str(folder)
    code = command(rig, "run", folder / "protocol.toml", *RUN[2:-1], folder / "s")[0]
    del os.environ["THETABOX_RUNTIME"]
    assert code == 0
    at, found = 0, {}
    for line in (folder / "s" / "events.jsonl").read_text().splitlines(keepends=True):
        found[json.loads(line)["event"]] = at
        at += len(line)
    return found


def on_full_disk(rig, room):
    return command(rig, *RUN, before=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room)))


@pytest.mark.parametrize("event", ["identified", "uploaded", "armed", "started", "ended", "dumped"])
def test_a_full_disk_ends_the_session_at_any_event(rig, home, events, event):
    """Full from the first byte of an event on: told, the train not begun or aborted, the board at rest."""
    (home / "protocol.toml").write_text(LONG)
    code, told, before, after, _ = on_full_disk(rig, max(events[event] + 20, 310))
    assert (code, told) == (3, FULL.format("s/events.jsonl", FREE))
    assert after["fault"] in (0, faults.ABORTED) and after["state"] in (messages.IDLE, messages.FAULT)
    given = after["pulses"]
    assert given == 20 if event in ("ended", "dumped") else given < 3
    if event == "identified":
        assert after == before


def test_a_full_disk_when_the_evidence_is_written(rig, home, events):
    (home / "protocol.toml").write_text(LONG)
    code, told, _, after, _ = on_full_disk(rig, events["board log"] + 5_000)
    assert code == 3 and told == FULL.format(
        "s", "free space on the disk and run again; what was written is kept, the board is at rest"
    )
    assert after["pulses"] == 20 and after["state"] == messages.IDLE


def test_a_disk_without_any_room(rig, home):
    (home / "protocol.toml").write_text(LONG)
    code, told, before, after, _ = on_full_disk(rig, 0)
    assert (
        code == 3
        and told.startswith(f"error: {home}/runtime/session-")
        and told.endswith(
            ".json cannot be written: File too large — free space there, or name another folder in THETABOX_RUNTIME\n"
        )
    )
    assert after == before


@pytest.mark.parametrize("arguments", [("protocols",), ("show", "iTBS600", "--json"), RUN, (*RUN, "--json")])
def test_standard_output_on_a_full_disk(home, arguments):
    (home / "protocol.toml").write_text(LONG)
    with Path("/dev/full").open("w") as full:
        done = subprocess.run((*THETABOX, *arguments), stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    line = "error: No space left on device — check the path and the space on the disk\n"
    assert (done.returncode, done.stderr) == (3, line)


def test_whoever_reads_the_output_goes(home):
    """As a closed terminal: the train is aborted in order, and its record is complete."""
    (home / "protocol.toml").write_text(protocol(1_000, 50))
    process = subprocess.Popen(
        (*THETABOX, *RUN, "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )  # fmt: skip
    while '"triggered": 0' in (line := process.stdout.readline()) or '"status"' not in line:
        assert line
    process.stdout.close()
    assert process.wait(30) == 1 and process.stderr.read() == ""
    process.stderr.close()
    about = json.loads((home / "s" / "session.json").read_text())
    counts = about["judgement"]["counts"]
    assert about["ended"] == "Aborted by the operator." and counts["delivered"] > 0 < counts["aborted"]
