"""Messages as text, both ways, for every row of the table; and the console's commands on a scripted board."""

import pytest
from command import thetabox
from contract import faults, messages, records
from fakes import TrainBoard
from hypothesis import given, settings
from hypothesis import strategies as st
from thetabox.board.link import BoardRefused, Link
from thetabox.cli.shell import Shell, completions
from thetabox.session.reply import lines, meaning
from thetabox.session.text import Mistake, read, read_fields, say, span

QUICK = settings(max_examples=40, derandomize=True, deadline=None, database=None)
ROWS = [pytest.param(row, id=row[1]) for row in messages.TABLE]


def values(fields, room=480):
    """Any values that the fields can hold."""
    kinds = {}
    for name, code in fields:
        if code == "bytes":
            kinds[name] = st.binary(max_size=room)
        elif code.endswith("s"):
            kinds[name] = st.binary(min_size=int(code[:-1]), max_size=int(code[:-1]))
        else:
            kinds[name] = st.integers(*span(code))
    return st.fixed_dictionaries(kinds)


@pytest.mark.parametrize("row", ROWS)
def test_what_is_said_is_read(row):
    @QUICK
    @given(values(row[2]), st.randoms(use_true_random=False))
    def holds(declared, order):
        text = say(row, declared)
        assert read(text) == (row, declared) and "\n" not in text
        name, *words = text.split()
        order.shuffle(words)
        assert read(" ".join([name.lower(), *words])) == (row, declared)
        assert messages.unpack(row[2], messages.pack(row[2], read(text)[1])) == declared

    holds()


@pytest.mark.parametrize("row", ROWS)
def test_an_answer_is_printed_as_it_would_be_typed(row):
    @QUICK
    @given(values(row[2]), values(row[3]))
    def holds(request, reply):
        if row[0] in (messages.LOG, messages.STAMPS):
            entry = records.ENTRY_BYTES  # whole entries, whichever ring
            reply["data"] = reply["data"][: len(reply["data"]) // entry * entry]
        printed = lines(row, request, reply)
        words = [line.split()[0] for line in printed[: len(row[3])]]
        assert [word.partition("=")[0] for word in words] == [name for name, _ in row[3]]
        assert read_fields(row[1], row[3], words) == reply

    holds()


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("STATE", "there is no message 'STATE' — did you mean STATUS?"),
        ("FLY", "there is no message 'FLY' — `help` lists them"),
        ("STAMPS", "STAMPS needs ring and first — `help STAMPS` lists its fields"),
        ("STAMPS ring=0", "STAMPS needs first — `help STAMPS` lists its fields"),
        ("STAMPS ring=0 first=0 last=1", "STAMPS has no field 'last' — `help STAMPS` lists its fields"),
        ("STATUS now", "'now' is not field=value — `help STATUS` lists its fields"),
        ("STAMPS ring=0 ring=1 first=0", "ring is given twice — give it once"),
        ("STAMPS ring=256 first=0", "ring=256 is outside its range — write a number from 0 to 255"),
        ("STAMPS ring=-1 first=0", "ring=-1 is outside its range — write a number from 0 to 255"),
        ("STAMPS ring=one first=0", "ring=one is not a whole number — write one from 0 to 255, as 12 or 0xc"),
        (
            "ARM image_crc=0x100000000",
            "image_crc=0x100000000 is outside its range — write a number from 0 to 429",
        ),
        ("ARM image_crc=", "image_crc= is not a whole number — write one from 0 to 4294967295, as 12 or 0xc"),
        ("FIRE nonce=00112233445566", "nonce has 7 bytes — give 8"),
        ("FIRE nonce=0011223344556", "nonce=0011223344556 is not bytes — write two hexadecimal digits a byte"),
        ("UPLOAD_DATA offset=0 data=" + "00" * 509, "data has 509 bytes — give up to 508"),
        ("FIRE nonce=$nonce", "no answer had a field 'nonce' yet — ask for it first"),
        ("beat", "beat needs a number of seconds — write it as `beat 2.5`"),
        ("wait -1", "wait needs a number of seconds — write it as `wait 2.5`"),
        ("help FLY", "there is no message 'FLY' — `help` lists them"),
    ],
)
def test_a_mistake_is_one_line_and_nothing_is_sent(line, error):
    board = TrainBoard([0], 12_500)
    with pytest.raises(Mistake) as caught:
        Shell(Link(board)).carry_out(line)
    assert str(caught.value).startswith(error) and board.requests == []


def test_states_flags_and_faults_are_also_in_words():
    assert meaning("state", messages.ARMED) == "armed" and meaning("state", 200) == "200"
    told = meaning("fault", faults.COIL_HOT)
    assert told.startswith("The coil is at or above") and told.endswith(f"(COIL_HOT {faults.COIL_HOT})")
    assert meaning("fault", 0) == "none"
    assert meaning("reset_cause", messages.RESET_WATCHDOG) == "watchdog" and meaning("reset_cause", 99) == "99"
    assert "interlock open" in meaning("flags", 0) and "interlock closed" in meaning("flags", messages.FLAG_INTERLOCK)
    assert meaning("bank_mv", 180_250) == "180.25 V" and meaning("coil_centi_c", -150) == "-1.5 C"
    assert meaning("duration_ticks", 125_000_000) == "1.000000 s" and meaning("triggered", 3) == ""
    assert meaning("version", b"0.1.0\0\0\0") == "0.1.0"


def test_log_and_bank_are_spelled_out():
    board = TrainBoard([0], 12_500)
    shell = Shell(Link(board))
    shell.greet()
    assert shell.carry_out("LOG first=0").lines[-1] == "  0: 0.005 s  boot        cause of the reset: power"
    board.given = 1
    assert shell.carry_out("STAMPS ring=2 first=0").lines[-1] == "  window 0: 210.1 V before, 206.6 V after"
    assert shell.carry_out("stamps first=0 ring=0").lines[-1] == "  2 edges, rising and falling in turn"


def test_a_session_by_hand():
    board = TrainBoard([0], 12_500)
    shell = Shell(Link(board))
    shell.greet()
    for line in ("CHARGE  # now", "beat 0.5", "", "# nothing", "ARM image_crc=1", "FIRE nonce=$nonce", "beat 0.3"):
        shell.carry_out(line)
    assert board.state == messages.DONE
    assert [each for each in board.requests if each[0] == "FIRE"] == [("FIRE", {"nonce": b"12345678"})]
    beats = sum(name == "HEARTBEAT" for name, _ in board.requests)
    assert 8 <= beats <= 10
    board.answers["ARM"] = lambda **_: faults.NOT_NOW
    with pytest.raises(BoardRefused, match="NOT_NOW"):
        shell.carry_out("ARM image_crc=1")


def test_leaving_a_charged_board_aborts_and_another_is_left_alone():
    board = TrainBoard([0], 12_500)
    shell = Shell(Link(board))
    shell.greet()
    assert shell.leave() == [] and "ABORT" not in board.names()
    shell.carry_out("CHARGE")
    shell.carry_out("beat 0.5")
    assert shell.leave() == ["the board was ready: aborted, it dumps"] and board.bank_mv == 0


def test_identify_by_hand_takes_its_session():
    board = TrainBoard([0], 12_500)
    shell = Shell(Link(board, 5))
    shell.greet()
    shell.carry_out(f"IDENTIFY table_hash=0x{messages.TABLE_HASH:08x} session=9")
    assert shell.carry_out("STATUS").lines[0].startswith("state=1") and board.known == 9


@pytest.mark.parametrize(
    ("line", "word", "found"),
    [
        ("ST", "ST", ["STATUS ", "STAMPS "]),
        ("st", "st", ["STATUS ", "STAMPS "]),
        ("STAMPS ", "", ["ring=", "first="]),
        ("STAMPS ring=0 f", "f", ["first="]),
        ("help AR", "AR", ["ARM"]),
        ("be", "be", ["beat "]),
        ("FLY ", "", []),
    ],
)
def test_completion(line, word, found):
    assert completions(line, word) == found


def test_no_board_is_one_line():
    done = thetabox("console", "--port", "/dev/none", "--command", "STATUS")
    assert done.returncode == 5 and done.stderr.startswith("error: port /dev/none cannot be opened — ")
    assert done.stderr.count("\n") == 1
