"""Cases of the contract that run on CPython and on MicroPython: plain functions with plain asserts."""

from binascii import crc32

from contract import cobs, faults, frame, limits, messages, protocol, records

# from Cheshire and Baker's paper and its well-known examples
COBS = (
    (b"", b"\x01"),
    (b"\x00", b"\x01\x01"),
    (b"\x00\x00", b"\x01\x01\x01"),
    (b"\x11\x22\x00\x33", b"\x03\x11\x22\x02\x33"),
    (b"\x11\x22\x33\x44", b"\x05\x11\x22\x33\x44"),
    (b"\x11\x00\x00\x00", b"\x02\x11\x01\x01\x01"),
    (bytes(range(1, 255)), b"\xff" + bytes(range(1, 255)) + b"\x01"),
    (bytes(range(255)), b"\x01\xff" + bytes(range(1, 255)) + b"\x01"),
)


def noise(count, seed=1):
    state = seed
    out = bytearray()
    for _ in range(count):
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(0 if state & 0x30000 == 0 else state >> 16 & 0xFF)
    return bytes(out)


def test_cobs_vectors():
    for plain, coded in COBS:
        target = bytearray(600)
        size = cobs.encode_into(plain, len(plain), target, 0)
        assert bytes(target[:size]) == coded, plain
        length = cobs.decode_in_place(target, size)
        assert bytes(target[:length]) == plain


def test_cobs_round_trip():
    for length in range(0, 520, 13):
        plain = noise(length, length + 1)
        target = bytearray(cobs.max_encoded(length))
        size = cobs.encode_into(plain, length, target, 0)
        assert 0 not in bytes(target[:size])
        assert cobs.decode_in_place(target, size) == length
        assert bytes(target[:length]) == plain


def test_cobs_refuses_nonsense():
    for bad in (b"\x00", b"\x05\x01", b"\x03\x01\x00"):
        assert cobs.decode_in_place(bytearray(bad), len(bad)) == -1


def feed(reader, data):
    """Payloads of the good frames in data."""
    found = []
    at = 0
    while at < len(data):
        at = reader.feed(data, at, len(data))
        if reader.ready:
            found.append((reader.kind, reader.sequence, reader.session, bytes(reader.payload)))
    return found


def test_frame_round_trip_in_any_pieces():
    writer, reader = frame.Writer(crc32), frame.Reader(crc32)
    for length in (0, 1, 57, limits.LINK_PAYLOAD_MAX):
        payload = noise(length, 7)
        wire = bytes(writer.frame(3, 200, 54321, payload))
        assert wire[-1] == 0 and 0 not in wire[:-1]
        assert feed(reader, wire) == [(3, 200, 54321, payload)]
        found = []
        for byte in wire:
            found += feed(reader, bytes([byte]))
        assert found == [(3, 200, 54321, payload)]


def test_every_flipped_bit_is_refused_and_the_next_frame_is_read():
    writer, reader = frame.Writer(crc32), frame.Reader(crc32)
    payload = noise(20, 3)
    wire = bytes(writer.frame(3, 1, 2, payload))
    for bit in range(8 * (len(wire) - 1)):
        broken = bytearray(wire)
        broken[bit // 8] ^= 1 << bit % 8
        found = feed(reader, bytes(broken) + wire)
        assert found == [(3, 1, 2, payload)], bit
    assert reader.bad_frames >= 8 * (len(wire) - 1)


def test_a_frame_that_is_too_long_is_dropped_whole():
    writer, reader = frame.Writer(crc32), frame.Reader(crc32)
    wire = bytes(writer.frame(3, 1, 2, b"x"))
    assert feed(reader, b"\x07" * (frame.WIRE_MAX + 40) + b"\0" + wire) == [(3, 1, 2, b"x")]
    assert reader.bad_frames == 1
    assert feed(reader, b"\0\0\0" + wire) == [(3, 1, 2, b"x")]
    assert feed(reader, b"\x02\x01\0" + wire) == [(3, 1, 2, b"x")]


def test_message_table():
    codes = [row[0] for row in messages.TABLE]
    assert len(set(codes)) == len(codes) and max(codes) < frame.REFUSAL
    assert messages.row(0x7E) is None
    for code, _, request, reply in messages.TABLE:
        for fields in (request, reply):
            values = {}
            for name, kind in fields:
                values[name] = b"12" if kind == "bytes" else b"1" * int(kind[:-1]) if kind[-1] == "s" else 1
            packed = messages.pack(fields, values)
            assert messages.unpack(fields, packed) == values
            if fields and fields[-1][1] != "bytes":
                for wrong in (packed[:-1], packed + b"x"):
                    try:
                        messages.unpack(fields, wrong)
                    except ValueError:
                        continue
                    raise AssertionError((code, "took a payload of the wrong size"))


def test_message_table_has_changed_on_purpose_only():
    """Hosts and boards of different tables do not talk: a change of this number wants a line in the changelog."""
    assert messages.TABLE_HASH == 0x528FFED8


def test_fault_table():
    numbers = [row[0] for row in faults.TABLE]
    names = [row[1] for row in faults.TABLE]
    assert len(set(numbers)) == len(numbers) and len(set(names)) == len(names)
    for number, name, kind, sentence, remedy in faults.TABLE:
        assert kind in (faults.PERMANENT, faults.CLEARABLE, faults.REFUSAL)
        assert (kind == faults.REFUSAL) == (number >= 600)
        assert getattr(faults, name) == number
        assert sentence[-1] == "." and remedy[-1] == "."
    assert faults.entry(101)[1] == "INTERLOCK_OPEN" and faults.entry(1) is None
    assert faults.Refused(605).number == 605


def test_record_entries():
    assert records.unpack(b"\x01\0\0\0\x02\0\x03\0\xff\xff\xff\xff") == (1, 2, 3, -1)


def itbs(**changes):
    """iTBS600 on the bank at 216 V, with changes."""
    values = {
        "drive": protocol.BANK,
        "policy": protocol.ABORT,
        "channels": protocol.CHANNEL_A,
        "target_mv": 216_000,
        "width_ticks": 12_500,
        "min_gap_ticks": 0,
        "levels": ((3, 2_500_000, 1), (10, 25_000_000, 1), (20, 1_250_000_000, 1)),
    }
    values.update(changes)
    return protocol.Protocol(**values)


def refusal(action, *arguments):
    """Number of the refusal, 0 when there is none."""
    try:
        action(*arguments)
    except faults.Refused as refused:
        return refused.number
    return 0


def test_image_round_trip():
    original = itbs(
        gaps=(5, protocol.GAP_ON, 7), lag_ticks=-4, drive=protocol.EXTERNAL, start=1, sync=(50, 60_000, 4_000_000_000)
    )
    image = protocol.encode(original)
    back = protocol.decode(image)
    for name in ("drive", "policy", "channels", "target_mv", "width_ticks", "min_gap_ticks", "levels", "lag_ticks",
                 "silence_ms", "coil_stop_c", "start", "inverted", "sync"):  # fmt: skip
        assert getattr(back, name) == getattr(original, name), name
    assert [back.gaps[i] for i in range(len(back.gaps))] == [5, protocol.GAP_ON, 7]
    try:
        back.gaps[3]
        raise AssertionError("read beyond the list")
    except IndexError:
        pass
    assert protocol.image_crc(image) == int.from_bytes(image[-4:], "little")


def test_damaged_images_are_refused():
    image = protocol.encode(itbs())
    for bit in range(8 * len(image)):
        broken = bytearray(image)
        broken[bit // 8] ^= 1 << bit % 8
        assert refusal(protocol.decode, bytes(broken)) == faults.IMAGE_DAMAGED
    for size in range(len(image)):
        assert refusal(protocol.decode, image[:size]) == faults.IMAGE_DAMAGED


def with_crc(body):
    return body + (crc32(body) & 0xFFFFFFFF).to_bytes(4, "little")


def test_images_of_another_kind_are_refused():
    body = protocol.encode(itbs())[:-4]
    assert refusal(protocol.decode, with_crc(b"TBX2" + body[4:])) == faults.IMAGE_UNKNOWN
    assert refusal(protocol.decode, with_crc(body[:4] + b"\x63" + body[5:])) == faults.IMAGE_UNKNOWN
    assert refusal(protocol.decode, with_crc(body + b"\0")) == faults.IMAGE_DAMAGED


def test_span():
    assert protocol.span(itbs()) == (600, 23_980_000_000, 2_500_000)
    assert protocol.span(itbs(levels=())) == (1, 0, None)
    assert protocol.span(itbs(levels=((2, 12_500_001, 3),)))[2] == 4_166_666
    listed = itbs(levels=((2, 1_000, 1),), gaps=(10, 20, protocol.GAP_ON, 5))
    assert protocol.span(listed)[0] == 6


def test_limits_of_a_protocol():
    ticks = protocol.TICKS_PER_US
    pair = {"drive": protocol.EXTERNAL, "levels": ((2, 125_000_000, 1),)}
    for changes, number in (
        ({}, 0),
        ({"drive": 2}, faults.OPTION_OUT_OF_RANGE),
        ({"policy": 2}, faults.OPTION_OUT_OF_RANGE),
        ({"channels": 0}, faults.OPTION_OUT_OF_RANGE),
        ({"channels": 4}, faults.OPTION_OUT_OF_RANGE),
        ({"start": 1}, 0),
        ({"start": 2}, faults.OPTION_OUT_OF_RANGE),
        ({"inverted": 2}, faults.OPTION_OUT_OF_RANGE),
        ({"inverted": 1}, faults.OPTION_OUT_OF_RANGE),
        ({"channels": 3}, faults.OPTION_OUT_OF_RANGE),
        ({"coil_stop_c": 41}, faults.OPTION_OUT_OF_RANGE),
        ({"silence_ms": 1_001}, faults.OPTION_OUT_OF_RANGE),
        ({"silence_ms": 100}, faults.OPTION_OUT_OF_RANGE),
        ({"levels": ((1, 1, 1),) * 5}, faults.IMAGE_UNKNOWN),
        ({"levels": ((0, 2_500_000, 1),)}, faults.COUNT_OUT_OF_RANGE),
        ({"levels": ((2, 5, 0),)}, faults.COUNT_OUT_OF_RANGE),
        ({"levels": ((2, 1, 2),)}, faults.COUNT_OUT_OF_RANGE),
        ({"levels": ((20_001, 2_500_000, 1),)}, faults.COUNT_OUT_OF_RANGE),
        ({"levels": ((2, 7_201 * 125_000_000, 1),)}, faults.TOO_LONG),
        ({"levels": ((3, 2_500_000, 1), (2, 5_000_000, 1))}, faults.GAP_TOO_SHORT),
        ({"min_gap_ticks": 2_500_001}, faults.GAP_TOO_SHORT),
        ({"width_ticks": 9 * ticks}, faults.WIDTH_OUT_OF_RANGE),
        ({"width_ticks": 5_001 * ticks}, faults.WIDTH_OUT_OF_RANGE),
        ({"width_ticks": 501 * ticks}, faults.WIDTH_OUT_OF_RANGE),
        (
            {"width_ticks": 5_000 * ticks, "levels": ((2, 5_000 * ticks, 1),), "drive": protocol.EXTERNAL},
            faults.WIDTH_OUT_OF_RANGE,
        ),
        ({"target_mv": 19_999}, faults.TARGET_OUT_OF_RANGE),
        ({"target_mv": 360_001}, faults.TARGET_OUT_OF_RANGE),
        ({"target_mv": 360_000}, 0),
        ({"levels": ((4, 187_500, 1),)}, faults.NOT_RECHARGEABLE),
        ({"levels": ((4, 187_500, 1),), "drive": protocol.EXTERNAL}, 0),
        ({"levels": ()}, 0),
        (dict(pair, channels=3, lag_ticks=60_000 * ticks), 0),
        (dict(pair, channels=3, lag_ticks=-60_000 * ticks), 0),
        (dict(pair, channels=3, lag_ticks=60_000 * ticks + 1), faults.OPTION_OUT_OF_RANGE),
        (dict(pair, channels=3, lag_ticks=0), 0),
        (dict(pair, channels=3, lag_ticks=31), faults.GAP_TOO_SHORT),
        (dict(pair, channels=3, lag_ticks=12_500), 0),
        (dict(pair, channels=3, lag_ticks=-12_469), faults.GAP_TOO_SHORT),
        ({"channels": 3, "lag_ticks": 187_500, "drive": protocol.EXTERNAL, "levels": ((2, 200_032, 1),)}, 0),
        (
            {"channels": 3, "lag_ticks": 187_500, "drive": protocol.EXTERNAL, "levels": ((2, 200_031, 1),)},
            faults.GAP_TOO_SHORT,
        ),
        (dict(pair, channels=2, lag_ticks=31), 0),
        ({"channels": 3, "lag_ticks": 31, "levels": (), "drive": protocol.EXTERNAL}, faults.GAP_TOO_SHORT),
        ({"sync": (50, 60_000, 1)}, 0),
        ({"sync": (49, 100, 1)}, faults.SYNC_OUT_OF_RANGE),
        ({"sync": (100, 99, 1)}, faults.SYNC_OUT_OF_RANGE),
        ({"sync": (50, 60_001, 1)}, faults.SYNC_OUT_OF_RANGE),
        ({"sync": (50, 100, 0)}, faults.SYNC_OUT_OF_RANGE),
        ({"sync": (146, 200, 1), "levels": ((2, 7_200 * 125_000_000, 1),)}, faults.SYNC_OUT_OF_RANGE),
        ({"sync": (147, 200, 1), "levels": ((2, 7_200 * 125_000_000, 1),)}, 0),
    ):
        assert refusal(protocol.check, itbs(**changes)) == number, changes
