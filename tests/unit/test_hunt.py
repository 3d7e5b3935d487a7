"""The keys of a threshold search, and what single pulses leave, without an emulator."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import replace
from itertools import pairwise

import pytest
from command import thetabox
from contract import faults
from fakes import TrainBoard
from thetabox.cli.hunt import READY, RESPONSE, Hunt
from thetabox.cli.signals import interruptible, stop_on_signal
from thetabox.errors import Exit
from thetabox.evidence import folder as files
from thetabox.evidence import singles
from thetabox.evidence.folder import SessionFolder
from thetabox.evidence.validate import validate_folder
from thetabox.protocol import compile_protocol, profile
from thetabox.protocol.single import single_pulse
from thetabox.protocol.threshold import MaximumLikelihood
from thetabox.session import Unattended, Who
from thetabox.session.desk import Desk
from thetabox.session.singles import Counted, give_singles

PULSE = compile_protocol(single_pulse(), profile("bank"), 60)
ROW = singles.Single(0, "", 40.0, 144.0, 1, 12500, 143.0, 128.0, 22.0, "delivered")


class Played:
    """A hunt whose keys are written down; its pulses are given at once."""

    def __init__(self, keys, outcome="delivered"):
        self.asked, self.left, self.outcome = [], list(keys), outcome
        method = MaximumLikelihood(40, 6, 100, 4)
        self.hunt = Hunt(method, self.make, self.ask, 6, 100)
        self.given, row = [], None
        while self.hunt.following(row) is not None:
            index = len(self.given) - 1
            row = replace(ROW, index=index, intensity_percent=float(self.given[-1]), outcome=self.outcome)

    def make(self, percent):
        self.given.append(percent)
        return PULSE

    def ask(self, *asked):
        self.asked.append(asked)
        return self.left.pop(0) if self.left else ""


def test_a_search_to_its_end():
    played = Played(" n n y y n y n")
    assert played.asked[:4] == [(READY, 40), (RESPONSE, 40), (READY, 45), (RESPONSE, 45)]
    assert played.given[:3] == [40, 45, 50] and len(played.hunt.trials) == len(played.given)
    found = played.hunt.found()["search"]
    assert found["done"] and 40 < found["threshold_percent"] < 50 and not played.hunt.quit


@pytest.mark.parametrize(
    ("keys", "trials", "given"),
    [
        (" nq", [(40, False)], [40]),
        (" n", [(40, False)], [40]),  # the pipe has ended
        ("+++ nq", [(43, False)], [43]),
        ("-+-- nq", [(38, False)], [38]),
        ("-" * 50 + " yq", [(6, True)], [6]),
        ("xyn?\t nq", [(40, False)], [40]),  # keys that mean nothing here
        (" xnq", [(40, False)], [40]),
        (" nuyq", [(40, True)], [40]),  # answered again
        (" nuuq", [], [40]),  # taken back, then discarded
        (" u nq", [(40, False)], [40, 40]),  # discarded, then once more
        (" nuuuq", [], [40]),  # nothing left to take back
        (" n n uuyq", [(40, False), (45, True)], [40, 45, 50]),
        (" q", [], [40]),
        ("q", [], []),
    ],
)
def test_keys(keys, trials, given):
    played = Played(keys)
    assert (played.hunt.trials, played.given) == (trials, given)
    found = played.hunt.found()["search"]
    assert played.hunt.quit and not found["done"] and found["threshold_percent"] is None


def test_a_pulse_that_was_not_delivered_is_not_asked_about():
    played = Played("  q", outcome="misfired")
    assert played.hunt.trials == [] and played.given == [40, 40]
    assert {what for what, _ in played.asked} == {READY}


@pytest.mark.parametrize(("typed", "shown"), [(b"y", "'y'"), (b"\x03", "interrupted"), (b"\x04", "''")])
def test_keys_of_a_terminal_need_no_enter(typed, shown):
    code = (
        "from thetabox.cli.keys import read_key\nprint('ready', flush=True)\n"
        "try: print(repr(read_key()))\nexcept KeyboardInterrupt: print('interrupted')"
    )
    ours, theirs = pty.openpty()
    command = [sys.executable, "-c", code]
    with subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout.readline() == "ready\n"
        for _ in range(100):  # what is typed ahead of the prompt is dropped
            os.write(ours, typed)
            with suppress(subprocess.TimeoutExpired):
                child.wait(0.1)
                break
        else:
            child.kill()
        assert child.stdout.read().splitlines()[-1] == shown
    os.close(ours)
    os.close(theirs)


@pytest.mark.parametrize("early", [True, False])
def test_no_signal_is_lost_before_a_prompt(early):
    """One that comes before the prompt waits for keys ends it as one that comes later does."""
    desk = Desk(Told(), 0.0)
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    try:
        stop_on_signal(desk)
        if early:
            os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(KeyboardInterrupt), interruptible():
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(1)
        assert desk.stopped == early and signal.getsignal(signal.SIGTERM) is not before[signal.SIGTERM]
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


class Told:
    """Watches nothing."""

    def stage(self, text):
        pass

    def update(self, status):
        pass


@pytest.fixture
def board():
    return TrainBoard(PULSE.onset_ticks.tolist(), PULSE.width_ticks)


@pytest.fixture
def give(board, tmp_path):
    def go(plan):
        rows = []
        folder = SessionFolder(tmp_path / "s")
        return give_singles(board, PULSE, plan, folder, Who("m1"), Told(), Unattended(), rows.append), rows

    return go


def events(tmp_path, name):
    lines = (tmp_path / "s" / files.EVENTS).read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if entry["event"] == name]


def test_each_pulse_is_charged_armed_and_fired_by_itself_and_in_time(give, board, tmp_path):
    outcome, rows = give(Counted(PULSE, 3, 2.5))
    assert outcome.exit_code == Exit.OK and outcome.judgement.counts["delivered"] == 3
    kept = [name for name in board.names() if name in ("UPLOAD_END", "CHARGE", "ARM", "FIRE")]
    assert kept == ["UPLOAD_END", *["CHARGE", "ARM", "FIRE"] * 3]
    starts = [row.start_us / 1e6 for row in rows]
    assert [b - a for a, b in pairwise(starts)] == pytest.approx([2.5, 2.5], abs=0.02)
    assert singles.read(tmp_path / "s" / files.PULSES)[2].outcome == "delivered"
    assert validate_folder(tmp_path / "s")[1].verdict == "PASS"
    assert [entry["outcome"] for entry in events(tmp_path, "pulse")] == ["delivered"] * 3


def test_between_pulses_nothing_is_charged(give, board):
    charged = []

    class Waiting(Counted):
        def following(self, last):
            board.wait(600)  # a person thinks
            charged.append(board.bank_mv)
            return super().following(last)

    assert give(Waiting(PULSE, 2, 1.0))[0].exit_code == Exit.OK
    assert charged == [0, 0, 0]


def test_what_was_given_before_a_fault_is_kept(give, board, tmp_path):
    plan = Counted(PULSE, 5, 1.0)

    def second(last):
        if last is not None:
            board.at[0.0] = lambda: board.trip(faults.INTERLOCK_OPEN)
        return Counted.following(plan, last)

    plan.following = second
    outcome, rows = give(plan)
    assert outcome.exit_code == Exit.BOARD and outcome.ended.startswith("The interlock chain opened.")
    assert [row.outcome for row in rows] == ["delivered", "aborted"]
    assert [row.outcome for row in singles.read(tmp_path / "s" / files.PULSES)] == ["delivered", "aborted"]
    assert validate_folder(tmp_path / "s")[1].verdict == "FAIL"


def test_interrupted_at_a_prompt(give, board):
    class Interrupted(Counted):
        def following(self, last):
            if last is not None:
                raise KeyboardInterrupt
            return super().following(last)

    outcome, _ = give(Interrupted(PULSE, 2, 1.0))
    assert outcome.exit_code == Exit.ABORTED and outcome.ended == "Aborted by the operator."
    assert outcome.judgement.counts["delivered"] == 1 and board.names().count("FIRE") == 1


def test_rows_that_do_not_tell_what_was_seen_fail(give, tmp_path):
    give(Counted(PULSE, 2, 1.0))
    path = tmp_path / "s" / files.PULSES
    rows = singles.read(path)
    singles.write(path, [rows[0], replace(rows[1], outcome="aborted")])
    reasons = validate_folder(tmp_path / "s")[1].reasons
    assert "pulses.csv has been altered." in reasons and "The rows tell of 1 trigger; seen: 2." in reasons


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("--yes",), 3, "error: a pulse needs an intensity — give one with --intensity, or find a threshold"),
        (("--search",), 3, "error: a search needs to know whose threshold it is — say it with --subject"),
        (("--search", "--subject", "m", "--intensity", "50"), 3, "error: a search has no --intensity — begin it with"),
        (
            ("--search", "--subject", "m", "--method", "guess"),
            3,
            "error: --method 'guess' is not known — choose one of",
        ),
        (("--search", "--subject", "m", "--start", "much"), 3, "error: --start 'much' is not an intensity — write"),
        (
            ("--search", "--subject", "m", "--start", "5"),
            3,
            "error: a search cannot begin at 5 %: it stays within 6 to 100 %",
        ),
        (
            ("--search", "--subject", "m", "--maximum", "30"),
            3,
            "error: a search cannot begin at 40 %: it stays within 6 to 30 %",
        ),
        (("--search", "--subject", "m", "--method", "frequency", "--count", "9"), 3, "error: --count is not for a"),
        (("--intensity", "3%", "--yes"), 3, "error: pulse on bank: The target voltage is outside the bank"),
        (
            ("--intensity", "50%", "--count", "1000", "--interval", "10", "--yes"),
            3,
            "error: pulse on bank: The protocol",
        ),
        (("--intensity", "50%", "--count", "0"), 2, "error: Invalid value for '--count'"),
        (("--intensity", "50%", "--yes", "--port", "/dev/none"), 5, "error: port /dev/none cannot be opened"),
    ],
)
def test_errors_are_one_line_with_a_remedy(arguments, code, message, tmp_path):
    done = thetabox("pulse", *arguments, "--out", str(tmp_path / "s"))
    assert (done.returncode, done.stderr.count("\n")) == (code, 1), done.stderr
    assert done.stderr.startswith(message) and " — " in done.stderr and not (tmp_path / "s").exists()


def test_a_no_is_a_no(tmp_path):
    done = thetabox("pulse", "--intensity", "50%", "--out", str(tmp_path / "s"), keys="n\n")
    assert done.returncode == 6 and not (tmp_path / "s").exists() and "never for use on people" in done.stdout
