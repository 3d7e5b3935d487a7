"""A session's order and its endings, on a scripted board: what is sent last, what is kept, what is told."""

import json
from fractions import Fraction
from itertools import pairwise

import pytest
from contract import faults, messages
from fakes import TrainBoard
from thetabox.board.link import BoardRefused, LinkLost
from thetabox.errors import Exit, ThetaboxError
from thetabox.evidence import folder as files
from thetabox.evidence.folder import SessionFolder
from thetabox.evidence.validate import validate_folder
from thetabox.protocol import Pattern, Spec, compile_protocol, profile
from thetabox.session import Who, run_session

LEVELS = (Pattern("pulse", 3, Fraction(1, 50)), Pattern("burst", 5, Fraction(1, 5)))
STAGES = ["IDENTIFY", "ABORT", "UPLOAD_BEGIN", "UPLOAD_DATA", "UPLOAD_END", "CHARGE", "ARM", "FIRE", "ABORT"]


class Told:
    """Keeps what it is told; `then` is called at each status."""

    def __init__(self, then=lambda status: None):
        self.stages, self.statuses, self.then = [], [], then

    def stage(self, text):
        self.stages.append(text)

    def update(self, status):
        self.statuses.append(status)
        self.then(status)


class Wants:
    """An operator whose wishes are functions."""

    def __init__(self, stop, paused):
        self._stop, self._paused, self.rests = stop, paused, 0

    stopped = property(lambda self: self._stop())
    paused = property(lambda self: self._paused())

    def rest(self):
        self.rests += 1


@pytest.fixture
def made():
    return compile_protocol(Spec("test", "", "", "", LEVELS), profile("bank"), 60)


@pytest.fixture
def board(made):
    return TrainBoard(made.onset_ticks.tolist(), made.width_ticks)


@pytest.fixture
def run(made, board, tmp_path):
    def go(progress=None, stop=lambda: False, paused=lambda: False):
        wants = Wants(stop, paused)
        return run_session(board, made, SessionFolder(tmp_path / "s"), Who("m1"), progress or Told(), wants)

    return go


def events(tmp_path, name):
    lines = (tmp_path / "s" / files.EVENTS).read_text().splitlines()
    return [entry for entry in map(json.loads, lines) if entry["event"] == name]


def interrupt(status):
    if status["triggered"] >= 6:
        raise KeyboardInterrupt


def fail(status):
    raise RuntimeError("a defect")


def test_the_order_of_a_whole_session(run, board, tmp_path):
    told = Told()
    outcome = run(told)
    assert outcome.exit_code == Exit.OK and outcome.judgement.verdict == "PASS"
    assert outcome.judgement.source == "the board's own stamps" and outcome.judgement.counts["delivered"] == 15
    assert [n for n in board.names() if n not in ("STATUS", "HEARTBEAT", "STAMPS", "LOG")] == STAGES
    assert told.stages[0] == "identifying the board" and "charging to 216.0 V" in told.stages
    assert {s["state"] for s in told.statuses} == {messages.CHARGING, messages.RUNNING, messages.DONE}
    assert validate_folder(tmp_path / "s")[1].verdict == "PASS"


def test_heartbeats_come_every_100_ms(made, board, run):
    times = []
    beat = board.heartbeat

    def noted():
        times.append(board.time)
        return beat()

    board.answers["HEARTBEAT"] = noted
    assert run().exit_code == Exit.OK
    assert max(b - a for a, b in pairwise(times)) < 0.12


def test_a_refusal_for_a_fault_that_stands_names_it(run, board):
    def refused():
        board.fault = faults.COIL_HOT
        return faults.FAULT_STANDING

    board.answers["CHARGE"] = refused
    outcome = run()
    assert outcome.exit_code == Exit.BOARD and f"(COIL_HOT {faults.COIL_HOT})" in outcome.ended


@pytest.mark.parametrize("way", ["signal", "exception"])
def test_interrupted_in_the_train(run, board, tmp_path, way):
    told = Told(interrupt) if way == "exception" else Told()
    outcome = run(told, stop=lambda: way == "signal" and board.given >= 6)
    assert outcome.exit_code == Exit.ABORTED and outcome.ended == "Aborted by the operator."
    counts = outcome.judgement.counts
    assert counts["delivered"] >= 6 and counts["aborted"] == 15 - counts["delivered"]
    after = board.names()[board.names().index("FIRE") :]
    assert after.index("ABORT") < after.index("STAMPS") and board.bank_mv == 0
    assert events(tmp_path, "dumped") and (tmp_path / "s" / files.REPORT).exists()


@pytest.mark.parametrize(
    ("seen", "never"), [("UPLOAD_DATA", "UPLOAD_END"), ("UPLOAD_END", "CHARGE"), ("CHARGE", "ARM")]
)
def test_interrupted_before_the_train_nothing_more_is_begun(run, board, seen, never):
    outcome = run(stop=lambda: seen in board.names())
    assert outcome.exit_code == Exit.ABORTED and outcome.ended == "Aborted by the operator."
    assert "ABORT" in board.names()[board.names().index(seen) :] and board.bank_mv == 0
    assert never not in board.names() and "FIRE" not in board.names()
    assert outcome.judgement.counts == {"delivered": 0, "misfired": 0, "skipped": 0, "aborted": 15, "unknown": 0}


def test_a_defect_of_the_host_aborts_first(run, board):
    with pytest.raises(RuntimeError, match="a defect"):
        run(Told(fail))
    assert board.names()[-1] == "ABORT" and board.bank_mv == 0


def test_a_fault_in_the_train_is_told_with_its_remedy(run, board, tmp_path):
    board.at[0.5] = lambda: board.trip(faults.INTERLOCK_OPEN)
    outcome = run()
    assert outcome.exit_code == Exit.BOARD
    assert outcome.ended.startswith("The interlock chain opened. Close the interlock")
    assert events(tmp_path, "ended")[0]["reason"] == outcome.ended
    assert outcome.judgement.counts["delivered"] == board.given > 0


def test_a_board_that_restarts_is_told_as_that(run, board):
    board.at[0.5] = board.restart
    outcome = run()
    assert outcome.exit_code == Exit.BOARD
    assert outcome.ended.startswith("The board has restarted. The processor stood still and the watchdog reset it.")
    assert outcome.judgement.counts["unknown"] == 15


def test_what_was_asked_for_is_in_the_folder_before_anything_is_charged(run, board, tmp_path, made):
    def charge():
        seen.update(path.name for path in (tmp_path / "s").iterdir())
        told.extend(events(tmp_path, "begun"))
        raise RuntimeError("the host dies")

    seen, told = set(), []
    board.answers["CHARGE"] = charge
    with pytest.raises(RuntimeError, match="dies"):
        run()
    assert seen == {files.EVENTS, files.PROTOCOL, files.IMAGE, files.SCHEDULE}
    assert told[0]["who"]["subject"] == "m1" and told[0]["protocol"] == made.spec.name
    assert told[0]["target_v"] == made.target_mv / 1000
    with pytest.raises(ThetaboxError, match="was not closed") as caught:
        validate_folder(tmp_path / "s")
    assert "thetabox logs" in caught.value.remedy


@pytest.mark.parametrize(("key", "value"), [("who", {"subject": "m2"}), ("verdict", "FAIL"), ("target_v", 360.0)])
def test_what_session_json_says_otherwise_than_the_events_is_found(run, tmp_path, key, value):
    run()
    path = tmp_path / "s" / files.SESSION
    about = json.loads(path.read_text())
    (about["judgement"] if key == "verdict" else about)[key] = value
    path.write_text(json.dumps(about))
    judgement = validate_folder(tmp_path / "s")[1]
    assert f"session.json has another {key} than the events." in judgement.reasons


def test_the_report_tells_of_the_session_in_words(run, board, tmp_path):
    board.at[0.5] = lambda: board.trip(faults.INTERLOCK_OPEN)
    run()
    page = (tmp_path / "s" / files.REPORT).read_text()
    for words in ("the train begins", "outputs enabled, nothing moves", "for m1", "The interlock chain opened."):
        assert words in page, words
    assert "board_id" not in page and "start_us" not in page


@pytest.mark.parametrize("request_name", ["FIRE", "HEARTBEAT"])
def test_a_link_lost_after_the_start_is_judged_by_what_was_known(run, board, request_name):
    """Also when FIRE itself is not answered: from then on pulses may have been given."""

    def cut(data):
        dead = "FIRE" in board.names() and (request_name == "FIRE" or board.names()[-1] == "HEARTBEAT")
        return b"" if dead else data

    board.spoil_out = cut
    outcome = run()
    assert outcome.exit_code == Exit.LINK and f"does not answer {request_name}" in outcome.ended
    counts = outcome.judgement.counts
    assert outcome.judgement.verdict == "FAIL" and sum(counts.values()) == 15
    untold = request_name == "FIRE"  # otherwise the stamps are had afterwards
    assert counts["unknown" if untold else "aborted"] == 15 - counts["delivered"] > 0
    assert untold == any(
        "in the record, which was not read to its end" in reason for reason in outcome.judgement.reasons
    )


def test_a_link_lost_for_a_moment_gives_its_stamps_afterwards(run, board):
    """The board disarms at its own silence rule; the record is complete all the same."""
    board.spoil_out = lambda data: b"" if 0.3 < board.time - board.since < 1.2 and board.given else data
    outcome = run()
    assert outcome.exit_code == Exit.LINK and outcome.judgement.counts["delivered"] == board.given > 0
    assert board.fault == faults.HOST_SILENT


def test_no_board_is_an_error_and_not_a_session(run, board, tmp_path):
    board.spoil_out = lambda data: b""
    with pytest.raises(LinkLost, match="does not answer IDENTIFY"):
        run()
    assert not (tmp_path / "s" / files.SESSION).exists()


def test_a_board_of_another_table_is_left_alone(run, board):
    board.table = 1
    with pytest.raises(BoardRefused, match="different message tables") as caught:
        run()
    assert caught.value.remedy.startswith("Flash") and set(board.names()) == {"IDENTIFY", "ABORT"}


def test_a_clearable_fault_from_before_is_told_and_cleared(made, run, board, tmp_path):
    board.state, board.fault = messages.FAULT, faults.COIL_HOT
    told = Told()
    assert run(told).exit_code == Exit.OK
    assert events(tmp_path, "fault found")[0]["fault"] == faults.COIL_HOT
    assert any("Let the coil cool" in stage for stage in told.stages)


def test_a_permanent_fault_is_not_touched(run, board):
    board.state, board.fault = messages.FAULT, faults.GATE_SENSE
    with pytest.raises(ThetaboxError, match="a permanent fault stands: What is read back") as caught:
        run()
    assert caught.value.exit_code == Exit.BOARD and "the output gate or its read-back is broken" in caught.value.remedy
    assert "CLEAR" not in board.names()


@pytest.mark.parametrize(("name", "number"), [("CHARGE", faults.UNSAFE), ("ARM", faults.WRONG_STRAP)])
def test_a_refusal_after_the_upload_is_kept_as_a_session(run, board, name, number):
    board.answers[name] = lambda **_: number
    outcome = run()
    assert outcome.exit_code == Exit.BOARD and faults.entry(number)[1] in outcome.ended
    assert "FIRE" not in board.names() and board.bank_mv == 0


def test_a_bank_that_does_not_become_ready(run, board):
    def stalled():
        board.tick = lambda: None
        return board.charge()

    board.answers["CHARGE"] = stalled
    outcome = run()
    assert outcome.exit_code == Exit.BOARD and outcome.ended == "The bank was not ready within 10 s."


def test_a_bank_that_stays_up_is_told(run, board):
    board.answers["ABORT"] = dict
    tick = board.tick

    def stuck():
        tick()
        if board.state == messages.DONE:
            board.bank_mv = 200_000

    board.tick = stuck
    outcome = run()
    assert outcome.exit_code == Exit.BOARD and outcome.ended == "The bank is still at 200 V: keep away from it."


def test_another_expansion_is_refused(run, board):
    board.answers["UPLOAD_END"] = lambda: {"pulses": 14, "duration_ticks": 1}
    with pytest.raises(ThetaboxError, match="the board expands the protocol to 14 pulses, the host to 15"):
        run()
    assert board.names()[-1] == "ABORT"
