"""Frames between the two implementations of CRC-32, over a wire that cuts, adds, loses and flips."""

from binascii import crc32
from itertools import pairwise

import crcmod.predefined
import pytest
from contract import cobs, frame, limits
from hypothesis import given, settings
from hypothesis import strategies as st

CRCS = {"board": crc32, "host": crcmod.predefined.mkCrcFun("crc-32")}
QUICK = settings(max_examples=300, derandomize=True, deadline=None, database=None)

payloads = st.one_of(
    st.binary(max_size=limits.LINK_PAYLOAD_MAX),
    st.lists(st.sampled_from([0, 0xFF]), max_size=limits.LINK_PAYLOAD_MAX).map(bytes),
)
frames = st.tuples(st.integers(0, 255), st.integers(0, 255), st.integers(0, 65_535), payloads)


def wire(kind, sequence, session, payload, end="host"):
    return bytes(frame.Writer(CRCS[end]).frame(kind, sequence, session, payload))


def read(reader, data, cuts=()):
    """The good frames in `data`, handed over in pieces that end at `cuts`."""
    found = []
    edges = [0, *sorted(cut % (len(data) + 1) for cut in cuts), len(data)]
    for begin, end in pairwise(edges):
        at = begin
        while at < end:
            at = reader.feed(data, at, end)
            if reader.ready:
                found.append((reader.kind, reader.sequence, reader.session, bytes(reader.payload)))
    return found


@QUICK
@given(st.lists(frames, min_size=1, max_size=3), st.lists(st.integers(0, 5_000), max_size=8), st.booleans())
def test_frames_arrive_whole_in_any_pieces(sent, cuts, from_host):
    here, there = ("host", "board") if from_host else ("board", "host")
    reader = frame.Reader(CRCS[there])
    data = b"".join(wire(*one, end=here) for one in sent)
    assert data.count(0) == len(sent)
    assert read(reader, data, cuts) == sent
    assert reader.bad_frames == 0


@QUICK
@given(st.binary(max_size=3 * frame.WIRE_MAX), frames)
def test_after_any_garbage_it_is_in_step_within_one_frame(garbage, sent):
    """What was before is closed by a zero at the latest; the frame behind that zero is read."""
    last = read(frame.Reader(crc32), garbage + b"\0" + wire(*sent))[-1:]
    assert last == [sent]
    assert read(frame.Reader(crc32), garbage + wire(*sent) + wire(*sent))[-1:] == [sent]


@QUICK
@given(frames, st.data())
def test_bursts_of_up_to_32_bits_do_not_pass(sent, data):
    """A burst may also make a zero, which cuts the frame in two, or move the stuffing: no part passes."""
    whole = bytearray(wire(*sent))
    first = data.draw(st.integers(0, 8 * (len(whole) - 1) - 1))
    length = min(data.draw(st.integers(1, 32)), 8 * (len(whole) - 1) - first)
    pattern = data.draw(st.integers(0, 2**length - 1)) | 1
    flipped = int.from_bytes(whole, "little") ^ (pattern << first)
    reader = frame.Reader(crc32)
    assert read(reader, flipped.to_bytes(len(whole), "little")) == []
    assert reader.bad_frames >= 1
    assert read(reader, wire(*sent)) == [sent]


@pytest.mark.parametrize("end", CRCS)
def test_both_ends_make_the_same_bytes(end):
    """Written out by hand: stuffed header, stuffed payload, CRC-32 with its low byte first, the closing zero."""
    made = wire(0x21, 7, 0x1234, b"\x00thetabox", end)
    assert made.hex(" ") == "05 21 07 34 12 0d 74 68 65 74 61 62 6f 78 76 10 b6 1e 00"


def test_the_crcs_agree_on_the_check_value():
    assert {crc(b"123456789") for crc in CRCS.values()} == {0xCBF43926}  # CRC-32/ISO-HDLC


def test_the_largest_payload_fits_and_one_more_does_not():
    largest = b"\x01" * limits.LINK_PAYLOAD_MAX
    assert len(wire(1, 1, 1, largest)) <= frame.WIRE_MAX
    assert read(frame.Reader(crc32), wire(1, 1, 1, largest)) == [(1, 1, 1, largest)]
    raw = b"\x01\x01\x01\x00" + largest + b"\x01"
    raw += crc32(raw).to_bytes(4, "little")
    coded = bytearray(cobs.max_encoded(len(raw)))
    coded = coded[: cobs.encode_into(raw, len(raw), coded)]
    reader = frame.Reader(crc32)
    assert read(reader, bytes(coded) + b"\0") == []
    assert reader.bad_frames == 1
