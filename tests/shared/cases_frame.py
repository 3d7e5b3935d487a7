"""The stuffing and the frame to the byte: sizes, ends, what lies beyond an end, what is never looked at."""

from binascii import crc32

from contract import cobs, frame, limits


def stuffed(data, offset=0):
    target = bytearray(cobs.max_encoded(len(data)) + offset)
    end = cobs.encode_into(data, len(data), target, offset)
    return bytes(target[offset:end])


def test_no_size_is_larger_than_it_is_said():
    for length in range(1_030):
        assert len(stuffed(b"\1" * length)) == cobs.max_encoded(length), length
    assert cobs.max_encoded(0) == 1 and cobs.max_encoded(254) == 256


def test_stuffing_begins_where_it_is_told_to():
    for offset in range(9):
        target = bytearray(b"\xee" * 32)
        assert cobs.encode_into(b"\0abc\0\0d", 7, target, offset) == offset + 8
        assert bytes(target) == b"\xee" * offset + b"\1\4abc\1\2d" + b"\xee" * (24 - offset)
    target = bytearray(b"\xee" * 4)
    assert cobs.encode_into(b"ab", 2, target) == 3 and bytes(target) == b"\3ab\xee"


def test_what_lies_beyond_the_end_is_not_read():
    for code in range(2, 256):
        for length in (1, 2, 3, 7):
            if length < code:
                buffer = bytearray([code] + [7] * 300)
                assert cobs.decode_in_place(buffer, length) == -1, (code, length)
            elif length == code:
                buffer = bytearray([code] + [7] * 300)
                assert cobs.decode_in_place(buffer, length) == length - 1
    assert cobs.decode_in_place(bytearray([2, 7, 3, 7, 7, 7]), 4) == -1
    assert cobs.decode_in_place(bytearray([2, 7, 3, 7, 7, 7]), 5) == 4
    assert cobs.decode_in_place(bytearray([1, 1, 0, 7]), 3) == -1
    assert cobs.decode_in_place(bytearray([3, 7, 0, 7]), 4) == -1
    assert cobs.decode_in_place(bytearray([7]), 0) == 0


def test_every_length_comes_back():
    for length in range(520):
        for fill in (0, 1, 255):
            data = bytes([fill]) * length
            buffer = bytearray(stuffed(data)) + b"\x55" * 4
            size = len(buffer) - 4
            assert cobs.decode_in_place(buffer, size) == length and bytes(buffer[:length]) == data


def test_the_sizes_of_a_frame():
    assert (frame.HEADER_BYTES, frame.CRC_BYTES, frame.OVERHEAD_BYTES) == (4, 4, 8)
    assert frame.RAW_MAX == limits.LINK_PAYLOAD_MAX + 8
    assert cobs.max_encoded(frame.RAW_MAX) + 1 == frame.WIRE_MAX
    assert (frame.REPLY, frame.REFUSAL) == (0x80, 0x7F)


def test_a_writer_takes_the_largest_payload_and_no_more():
    writer = frame.Writer(crc32)
    assert len(writer.payload) == limits.LINK_PAYLOAD_MAX
    for size in (0, 1, limits.LINK_PAYLOAD_MAX):
        payload = b"\x33" * size
        wire = bytes(writer.frame(0xFE, 0xFD, 0xFCFB, payload))
        raw = bytearray(wire[:-1])
        length = cobs.decode_in_place(raw, len(raw))
        body = b"\xfe\xfd\xfb\xfc" + payload
        assert bytes(raw[:length]) == body + crc32(body).to_bytes(4, "little") and wire[-1] == 0
        reader = frame.Reader(crc32)
        assert reader.feed(wire, 0, len(wire)) == len(wire) and reader.ready
        assert (reader.kind, reader.sequence, reader.session) == (0xFE, 0xFD, 0xFCFB)
        assert bytes(reader.payload) == payload


def test_a_crc_of_ones():
    """CRC-32 of four bytes of ones is all ones."""
    wire = bytes(frame.Writer(crc32).frame(0xFF, 0xFF, 0xFFFF, b""))
    assert wire == b"\x09" + b"\xff" * 8 + b"\0"
    assert read(wire) == ([(0xFF, b"")], 0)


def test_a_reader_begins_with_nothing():
    reader = frame.Reader(crc32)
    assert (reader.kind, reader.sequence, reader.session, reader.bad_frames) == (0, 0, 0, 0)
    assert len(reader.payload) == reader.length == 0 and not reader.ready


def read(data, pieces=None):
    """([(kind, payload)], bad frames) of a stream, in pieces of so many bytes."""
    reader, found, at = frame.Reader(crc32), [], 0
    step = pieces or max(1, len(data))
    for begin in range(0, len(data), step):
        at, end = begin, min(len(data), begin + step)
        while at < end:
            at = reader.feed(data, at, end)
            if reader.ready:
                found.append((reader.kind, bytes(reader.payload)))
    return found, reader.bad_frames


def wire_of(body):
    """The wire bytes of a frame with this body before its CRC."""
    return stuffed(body + crc32(body).to_bytes(4, "little")) + b"\0"


def test_the_smallest_and_the_largest_frame_are_read():
    smallest, largest = b"\1\2\3\4", b"\1\2\3\4" + b"\5" * limits.LINK_PAYLOAD_MAX
    for body in (smallest, largest):
        assert read(wire_of(body)) == ([(1, body[4:])], 0)
    assert read(wire_of(smallest[:3])) == ([], 1)
    assert read(wire_of(largest + b"\5")) == ([], 1)
    zeros = b"\1\2\3\4" + bytes(limits.LINK_PAYLOAD_MAX)  # stuffed with a byte less than others
    assert read(wire_of(zeros)) == ([(1, zeros[4:])], 0)
    assert read(wire_of(zeros + b"\0")) == read(wire_of(zeros + b"\0\0")) == ([], 1)


def test_a_frame_that_is_too_long_is_one_bad_frame_however_it_comes():
    good = wire_of(b"\1\2\3\4")
    for size in (frame.WIRE_MAX - 1, frame.WIRE_MAX, frame.WIRE_MAX + 1, frame.WIRE_MAX + 2, 3 * frame.WIRE_MAX):
        for pieces in (None, 1, 64, frame.WIRE_MAX):
            assert read(b"\7" * size + b"\0" + good, pieces) == ([(1, b"")], 1), (size, pieces)


def test_zeros_alone_are_no_bad_frames():
    good = wire_of(b"\1\2\3\4")
    reader = frame.Reader(crc32)
    assert reader.feed(bytes(64), 3, 60) == 60 and not reader.ready  # at one go
    assert read(b"\0\0" + good + b"\0" + good) == ([(1, b""), (1, b"")], 0)


def test_every_part_of_a_frame_counts_for_its_crc():
    good = wire_of(b"\1\2\3\4\5\6")
    for index in range(1, len(good) - 1):
        bad = bytearray(good)
        bad[index] ^= 0x80
        assert read(bytes(bad))[0] == [], index
