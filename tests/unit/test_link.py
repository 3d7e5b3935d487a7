"""The host's end of the link: lost, repeated, spoilt and foreign frames."""

import struct

import numpy as np
import pytest
from contract import faults, messages
from contract import protocol as image_format
from fakes import ScriptedBoard
from thetabox.board.link import ATTEMPTS, BoardRefused, Link, LinkLost
from thetabox.session.collect import Collector


def test_a_lost_answer_is_asked_for_again_and_done_once():
    board = ScriptedBoard()
    lost = iter([b"", b""])
    board.spoil_out = lambda data: next(lost, data)
    Link(board, 5).request(messages.ABORT)
    assert [name for name, _ in board.requests] == ["ABORT"]


def test_a_spoilt_request_is_asked_again():
    board = ScriptedBoard()
    spoilt = iter([1])
    board.spoil_in = lambda data: data[:3] + b"\x55" + data[4:] if next(spoilt, 0) else data
    Link(board, 5).request(messages.ABORT)
    assert len(board.requests) == 1


def test_silence_is_told_after_all_attempts():
    board = ScriptedBoard()
    sent = []
    board.spoil_in = lambda data: sent.append(data) or b""
    with pytest.raises(LinkLost, match="does not answer ABORT"):
        Link(board, 5).request(messages.ABORT)
    assert len(sent) == ATTEMPTS and len(set(sent)) == 1  # the same frame, so that it is done once


def test_noise_and_old_answers_are_passed_over():
    board = ScriptedBoard({"STATUS": lambda: {"bank_mv": 7}})
    link = Link(board, 5)
    link.request(messages.ABORT)
    old = board._cached
    board.spoil_out = lambda data: b"\x01\x02garbage\x00" + old + data
    assert link.status()["bank_mv"] == 7


def test_noise_before_a_request_does_not_cost_it():
    """What a line leaves in front of a frame is closed by the zero that the host sends first."""
    board = ScriptedBoard()
    board.spoil_in = lambda data: b"\x07noise" + data
    Link(board, 5, tries=1).request(messages.ABORT)
    assert [name for name, _ in board.requests] == ["ABORT"]


def test_a_refusal_carries_the_tables_words():
    board = ScriptedBoard({"CHARGE": lambda: faults.UNSAFE})
    with pytest.raises(BoardRefused) as caught:
        Link(board, 5).request(messages.CHARGE)
    assert caught.value.number == faults.UNSAFE and caught.value.exit_code == 4
    assert "The interlock is open or the over-voltage latch is set (UNSAFE 619)" in caught.value.message


def test_an_answer_of_the_wrong_size_is_told():
    board = ScriptedBoard()
    board.answers["CHARGE"] = dict
    link = Link(board, 5)
    row = messages.row(messages.STATUS)
    board._handle_plain = board._handle

    def short():
        board._handle_plain()
        board.to_host.clear()
        reader = board._reader
        board.to_host += bytes(board._writer.frame(reader.kind | 0x80, reader.sequence, reader.session, b"x"))

    board._handle = short
    with pytest.raises(LinkLost, match="of another kind"):
        link.request(row[0])


def test_upload_goes_in_pieces_in_order():
    board = ScriptedBoard()
    gaps = tuple(range(1_000_000, 1_000_300))
    image = image_format.encode(image_format.Protocol(0, 0, 1, 0, 125_000, 0, (), gaps))
    Link(board, 5).upload(image)
    begin, *pieces, end = board.requests
    assert begin == ("UPLOAD_BEGIN", {"size": len(image), "crc": image_format.image_crc(image)})
    assert b"".join(values["data"] for _, values in pieces) == image
    assert [values["offset"] for _, values in pieces] == [384 * i for i in range(len(pieces))]
    assert end[0] == "UPLOAD_END"


def test_stamps_are_fetched_to_the_end():
    held = bytes(range(240)) * 5  # 200 edges of 6 bytes

    def answer(ring, first):
        return {"total": 200, "first": first, "data": held[6 * first : 6 * first + 480]}

    first, data = Link(ScriptedBoard({"STAMPS": answer}), 5).stamps(0, 0)
    assert first == 0 and data == held


def test_identify_tells_another_table():
    board = ScriptedBoard({"IDENTIFY": lambda **_: {
        "table_hash": 1, "board_id": b"12345678", "image_hash": b"abcdefgh", "version": b"0.1.0",
    }})  # fmt: skip
    who = Link(board, 5).identify()
    assert not who["compatible"] and who["version"] == "0.1.0" and who["reset_cause"] == "power"


def test_stamps_overwritten_in_between_leave_no_hole():
    """The answer after the first one begins later than was asked for: what follows is for the next call."""
    held = bytes(range(240)) * 5

    def answer(ring, first):
        first = max(first, 120) if first else 0
        return {"total": 200, "first": first, "data": held[6 * first : 6 * first + 480]}

    link = Link(ScriptedBoard({"STAMPS": answer}), 5)
    assert link.stamps(0, 0) == (0, held[:480])
    assert link.stamps(0, 80) == (120, held[720:])


@pytest.mark.parametrize("lost", [30, 31])
def test_edges_stay_in_pairs_where_some_were_lost(lost):
    edges = [tick for pulse in range(100) for tick in (250_000 * pulse, 250_000 * pulse + 12_500)]
    held = b"".join(struct.pack(messages.STAMP, tick // 125, tick & 0xFFFF) for tick in edges)
    total = [41]

    def answer(ring, first):
        first = max(first, 41 + lost) if total[0] > 41 else first
        if ring == messages.RING_BANK:
            return {"total": total[0], "first": first, "data": b"\x01\x00" * (total[0] - first)}
        return {"total": total[0], "first": first, "data": held[6 * first : min(6 * first + 480, 6 * total[0])]}

    collector = Collector(Link(ScriptedBoard({"STAMPS": answer}), 5))
    collector.fetch()
    total[0] = 200
    collector.fetch()
    collector.fetch()
    rises, falls = collector.edges(messages.RING_TRIGGER)
    assert collector.lost == 3 * lost and len(rises) == len(falls)
    assert set(falls - rises) == {12_500} and set((rises - rises[0]) % 250_000) == {0}
    assert collector.bank_v.shape == (100, 2) and np.isnan(collector.bank_v).sum() == lost


def test_the_pulses_before_a_pause_count_once():
    collector = Collector(Link(ScriptedBoard(), 5))
    status = {"time_us": 0, "start_us": 0, "bank_mv": 0, "coil_centi_c": 0, "vetoed": 0}
    for state, first, triggered, pulses in (
        (messages.RUNNING, 0, 9, 9), (messages.PAUSED, 9, 9, 9), (messages.RUNNING, 9, 2, 11),
    ):  # fmt: skip
        collector.note(status | {"state": state, "first": first, "triggered": triggered})
        assert collector.given == pulses


def test_a_frame_cut_short_by_an_interrupt_spoils_nothing_after_it():
    board = ScriptedBoard()
    link = Link(board, 5)
    written = []
    board.spoil_in = lambda data: written.append(data) or data[:4]
    board.read = lambda timeout_s: (_ for _ in ()).throw(KeyboardInterrupt)
    with pytest.raises(KeyboardInterrupt):
        link.status()
    board.spoil_in = lambda data: data
    del board.read
    link.request(messages.ABORT)
    assert [name for name, _ in board.requests] == ["ABORT"]
