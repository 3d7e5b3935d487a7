"""The console on the emulated board: a whole session by hand, scripts that fail, and a terminal."""

import json
import os
import pty
import select
import subprocess
import sys
from contextlib import ExitStack, suppress

import pytest
from command import thetabox
from thetabox.protocol import compile_protocol, profile
from thetabox.protocol.single import single_pulse

pytestmark = pytest.mark.emulated
MADE = compile_protocol(single_pulse(), profile("bank"), 50)
SESSION = f"""
# a pulse of 50 %, every message typed
wait 0.7
UPLOAD_BEGIN size={len(MADE.image)} crc=0x{MADE.image_crc:08x}
UPLOAD_DATA offset=0 data={MADE.image.hex()}
UPLOAD_END
CHARGE
beat 3  # the first charge is preceded by a proof
ARM image_crc={MADE.image_crc}
FIRE nonce=$nonce
beat 0.2
STATUS
STAMPS ring=1 first=0
ODOMETER
"""


def test_a_session_by_script():
    done = thetabox("console", "--json", keys=SESSION)
    assert done.returncode == 0, done.stdout + done.stderr
    records = [json.loads(line) for line in done.stdout.splitlines()]
    answers = {each["message"]: each for each in records if "message" in each}
    assert answers["UPLOAD_END"]["reply"]["pulses"] == 1
    status = answers["STATUS"]
    assert (status["words"]["state"], status["reply"]["triggered"], status["reply"]["fired"]) == ("done", 1, 1)
    assert answers["STAMPS"]["reply"]["total"] == 2 and answers["ODOMETER"]["reply"]["pulses"] == 1
    shown = thetabox("console", keys=SESSION).stdout
    assert "> CHARGE\ndone\n" in shown and "safety chain closed" in shown and "  2 edges, rising and" in shown


@pytest.mark.parametrize(
    ("line", "code", "message"),
    [
        ("ARM image_crc=1", 4, "error: the board refused: No protocol has been uploaded (NO_PROTOCOL 610) — "),
        ("STAMPS ring=0", 3, "error: STAMPS needs first — `help STAMPS` lists its fields"),
    ],
)
def test_a_script_ends_at_what_fails(line, code, message):
    done = thetabox("console", *(f"--command={each}" for each in ("ODOMETER", "wait 0.7", line, "STATUS")))
    assert done.returncode == code and done.stderr.startswith(message) and done.stderr.count("\n") == 1
    assert "uncertain_pulses=0" in done.stdout and "state=" not in done.stdout
    told = thetabox("console", "--json", "--command", line)
    assert told.returncode == code and json.loads(told.stdout)["exit"] == code


def test_who_leaves_a_charged_board_leaves_it_safe():
    lines = SESSION.partition("ARM")[0].strip().splitlines()
    done = thetabox("console", keys="\n".join([*lines, "quit", "STATUS"]))
    assert done.returncode == 0 and done.stderr == "the board was ready: aborted, it dumps\n"
    assert "state=" not in done.stdout


def test_at_a_terminal_mistakes_do_not_end_it_and_tab_completes(tmp_path):
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "XDG_STATE_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "thetabox", "console"]
    with (
        subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment) as process,
        ExitStack() as stack,
    ):
        stack.callback(process.kill)  # or it would be waited for, whatever has failed
        os.close(theirs)
        screen = b""

        def until(text):
            nonlocal screen
            while text not in screen:
                assert select.select([ours], [], [], 20)[0], screen
                screen += os.read(ours, 4096)
            seen, screen = screen, b""
            return seen

        until(b"thetabox> ")
        os.write(ours, b"STAM\n")
        assert b"there is no message 'STAM'" in until(b"thetabox> ")
        os.write(ours, b"wait 0.7\n")
        until(b"thetabox> ")
        os.write(ours, b"STAT\t\n")
        assert b"state=1" in until(b"thetabox> ")
        os.write(ours, b"quit\n")
        with suppress(OSError):  # the other end has gone
            while os.read(ours, 4096):
                pass
        assert process.wait(20) == 0
    os.close(ours)
    assert "STATUS" in (tmp_path / "thetabox" / "console_history").read_text()
