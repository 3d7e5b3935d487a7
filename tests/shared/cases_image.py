"""The protocol image to the byte, and every limit of it from both sides."""

from binascii import crc32

from cases_contract import itbs, refusal
from contract import faults, limits, protocol, sync

US = 125
MS = 125_000
HOUR_2 = 7_200 * 125_000_000


def external(**changes):
    """Towards an external stimulator, 1 ms wide, a burst of three 20 ms apart."""
    values = {"drive": protocol.EXTERNAL, "width_ticks": MS, "levels": ((3, 20 * MS, 1),)}
    values.update(changes)
    return itbs(**values)


def test_the_layout():
    made = protocol.Protocol(
        1, 0, 3, 0x11121314, 0x21222324, 0x31323334, ((5, 0x4142434445464748, 9),), (7, protocol.GAP_ON),
        lag_ticks=-2, silence_ms=0x5152, coil_stop_c=33, start=1, inverted=1, sync=(0x6162, 0x7172, 0x81828384),
    )  # fmt: skip
    body = (
        b"TBX1\x01\x01\x00\x03\x14\x13\x12\x11\x24\x23\x22\x21\x34\x33\x32\x31\xfe\xff\xff\xff\x52\x51\x21\x01\x01\x01"
        b"\x00\x00\x62\x61\x72\x71\x84\x83\x82\x81\x02\x00\x00\x00"
        b"\x05\x00\x00\x00\x48\x47\x46\x45\x44\x43\x42\x41\x09\x00"
        b"\x07\x00\x00\x00\xff\xff\xff\xff"
    )
    assert protocol.encode(made) == body + (crc32(body) & 0xFFFFFFFF).to_bytes(4, "little")
    assert (protocol.EXTERNAL, protocol.BANK, protocol.ABORT, protocol.SKIP) == (0, 1, 0, 1)
    assert (protocol.CHANNEL_A, protocol.CHANNEL_B, protocol.START_COMMAND, protocol.START_TTL) == (1, 2, 0, 1)


def test_what_is_not_said_is_as_usual():
    made = protocol.Protocol(0, 0, 1, 0, 1, 2, ())
    assert (len(made.gaps), made.lag_ticks, made.start, made.inverted, made.sync) == (0, 0, 0, 0, sync.NONE)
    assert (made.silence_ms, made.coil_stop_c) == (limits.SESSION_SILENCE_MS, limits.COIL_STOP_C)


def test_the_smallest_image():
    for size in (0, 4, protocol.HEADER_BYTES - 1, protocol.HEADER_BYTES):
        body = bytes(size)
        sealed = body + (crc32(body) & 0xFFFFFFFF).to_bytes(4, "little")
        expected = faults.IMAGE_UNKNOWN if size == protocol.HEADER_BYTES else faults.IMAGE_DAMAGED
        assert refusal(protocol.decode, sealed) == expected, size


def spans(gaps, levels=()):
    return protocol.list_span_ticks(external(gaps=gaps, levels=levels))


def test_spans_of_lists():
    away = protocol.GAP_ON
    assert spans(()) == (1, 0, 0, None)
    assert spans((away,)) == spans((away, away)) == (0, 0, 0, None)
    assert spans((5,)) == (1, 5, 5, None)
    assert spans((0, 9, 3, 8)) == (4, 0, 20, 3)
    assert spans((2, 5, 1)) == (3, 2, 8, 1)
    assert spans((4, 3, 9)) == (3, 4, 16, 3)
    assert spans((away, 1, away, 2)) == (2, away + 1, 2 * away + 3, away + 2)
    assert spans((0, 0)) == (2, 0, 0, 0)


def test_spans_of_levels():
    for levels, gaps, expected in (
        (((1, 7, 1),), (), (1, 0, None)),
        (((2, 7, 2),), (), (2, 4, 3)),  # 3.5 is rounded up, and a gap of it may be 3
        (((3, 7, 2),), (), (3, 7, 3)),
        (((2, 8, 1), (2, 8, 1)), (), (4, 16, 0)),
        (((2, 8, 1), (3, 100, 1)), (), (6, 208, 8)),
        (((2, 80, 1), (3, 100, 1)), (), (6, 280, 20)),
        (((2, 80, 1), (1, 3, 1), (2, 300, 1)), (), (4, 380, 80)),
        (((2, 50, 1),), (5, 10, 30), (6, 95, 10)),
        (((3, 25, 2), (2, 101, 2)), (), (6, 76, 12)),
        (((2, 5, 3), (2, 10, 7)), (), (4, 3, -1)),
    ):
        found = protocol.span(external(levels=levels, gaps=gaps))
        assert found == expected and not [each for each in found if isinstance(each, float)], levels


def pair(lag_ticks, gap_ticks=20 * MS, **changes):
    return external(channels=3, lag_ticks=lag_ticks, levels=((2, gap_ticks, 1),), **changes)


def bank(**changes):
    return itbs(target_mv=360_000, **changes)


OPTION, GAP, WIDTH = faults.OPTION_OUT_OF_RANGE, faults.GAP_TOO_SHORT, faults.WIDTH_OUT_OF_RANGE
COUNT, TARGET = faults.COUNT_OUT_OF_RANGE, faults.TARGET_OUT_OF_RANGE
NEED = 2_276_000  # at 360 V
SIDES = (  # (just allowed, just not, the refusal)
    (external(drive=0), external(drive=2), OPTION),
    (external(policy=1), external(policy=2), OPTION),
    (external(channels=1), external(channels=0), OPTION),
    (external(channels=3), external(channels=4), OPTION),
    (external(channels=2), external(channels=5), OPTION),
    (external(start=1), external(start=2), OPTION),
    (external(inverted=1), external(inverted=2), OPTION),
    (external(coil_stop_c=40), external(coil_stop_c=41), OPTION),
    (external(coil_stop_c=0), external(coil_stop_c=255), OPTION),
    (external(silence_ms=101), external(silence_ms=100), OPTION),
    (external(silence_ms=102), external(silence_ms=99), OPTION),
    (external(silence_ms=300), external(silence_ms=0), OPTION),
    (external(silence_ms=1_000), external(silence_ms=1_001), OPTION),
    (bank(), bank(channels=2), OPTION),
    (bank(), bank(channels=3), OPTION),
    (bank(), bank(inverted=1), OPTION),
    (external(levels=((1, 1, 1),) * 4), external(levels=((1, 1, 1),) * 5), faults.IMAGE_UNKNOWN),
    (external(levels=((1, 1, 1),)), external(levels=((0, 1, 1),)), COUNT),
    (external(levels=((1, 1, 1),)), external(levels=((1, 0, 1),)), COUNT),
    (external(levels=((1, 3, 3),)), external(levels=((1, 2, 3),)), COUNT),
    (external(levels=((1, 3, 1),)), external(levels=((1, 3, 0),)), COUNT),
    (external(levels=((2, 10**12, 65_535),)), external(levels=((2, 10**12, 65_536),)), COUNT),
    (external(levels=((20_000, 2 * MS, 1),)), external(levels=((20_001, 2 * MS, 1),)), COUNT),
    (external(levels=(), gaps=(0,)), external(levels=(), gaps=(protocol.GAP_ON,)), COUNT),
    (external(levels=((2, HOUR_2, 1),)), external(levels=((2, HOUR_2 + 1, 1),)), faults.TOO_LONG),
    (external(width_ticks=10 * US), external(width_ticks=10 * US - 1), WIDTH),
    (external(width_ticks=5 * MS), external(width_ticks=5 * MS + 1), WIDTH),
    (external(levels=((2, MS + 32, 1),)), external(levels=((2, MS + 31, 1),)), WIDTH),
    (external(levels=((2, MS + 33, 1),)), external(levels=((2, 1, 1),)), WIDTH),
    (external(min_gap_ticks=20 * MS), external(min_gap_ticks=20 * MS + 1), GAP),
    (external(levels=((3, 20 * MS, 1), (2, 42 * MS, 1))), external(levels=((3, 20 * MS, 1), (2, 40 * MS, 1))), GAP),
    (external(levels=(), gaps=(0, 2 * MS)), external(levels=(), gaps=(0, 0)), GAP),
    (pair(7_500_000, 80 * MS), pair(7_500_001, 80 * MS), OPTION),
    (pair(-7_500_000, 80 * MS), pair(-7_500_001, 80 * MS), OPTION),
    (pair(32), pair(31), GAP),
    (pair(0), pair(1), GAP),
    (pair(-32), pair(-31), GAP),
    (pair(MS), pair(MS - 1), GAP),
    (pair(MS), pair(MS + 1), GAP),
    (pair(MS + 32), pair(MS + 31), GAP),
    (pair(32 - MS), pair(31 - MS), GAP),
    (pair(MS - 32), pair(MS - 31), GAP),
    (pair(5 * MS, 6 * MS + 32), pair(5 * MS, 6 * MS + 31), GAP),
    (pair(-5 * MS, 6 * MS + 32), pair(-5 * MS, 6 * MS + 31), GAP),
    (external(channels=2, lag_ticks=31), pair(31), GAP),
    (bank(width_ticks=500 * US), bank(width_ticks=500 * US + 1), WIDTH),
    (itbs(target_mv=20_000), itbs(target_mv=19_999), TARGET),
    (itbs(target_mv=360_000), itbs(target_mv=360_001), TARGET),
    (bank(levels=((2, NEED, 1),)), bank(levels=((2, NEED - 1, 1),)), faults.NOT_RECHARGEABLE),
    (external(sync=(50, 50, 1)), external(sync=(49, 50, 1)), faults.SYNC_OUT_OF_RANGE),
    (external(sync=(0, 0, 0)), external(sync=(0, 0, 1)), faults.SYNC_OUT_OF_RANGE),
)  # fmt: skip


def test_every_limit_from_both_sides():
    for index in range(len(SIDES)):
        allowed, refused, number = SIDES[index]
        assert refusal(protocol.check, allowed) == 0, index
        assert refusal(protocol.check, refused) == number, index


def test_a_single_pulse_has_no_gap():
    for changes in ({"min_gap_ticks": 1_000_000}, {"channels": 3, "lag_ticks": 7_500_000}):
        assert refusal(protocol.check, external(levels=(), **changes)) == 0
    assert refusal(protocol.check, bank(levels=())) == 0


def test_recharging_by_the_numbers():
    """Microseconds rounded up: 264 V^2 / 10,000 of a whole voltage, and 1,100."""
    figures = [protocol.recharge_ticks(mv) for mv in (20_000, 20_001, 100_000, 123_457, 216_000, 360_000)]
    assert figures == [144_125, 144_875, 302_500, 391_250, 907_375, NEED]
    assert not [each for each in figures if isinstance(each, float)]


def test_the_image_is_known_by_its_own_crc():
    for levels in ((), ((3, 20 * MS, 1),)):
        image = protocol.encode(external(levels=levels))
        assert protocol.image_crc(image) == crc32(image[:-4]) & 0xFFFFFFFF
    gaps = protocol.decode(protocol.encode(external(gaps=(1, 2, 3)))).gaps
    assert (len(gaps), gaps[0], gaps[2]) == (3, 1, 3)
    for beyond in (3, 4, 100):
        try:
            gaps[beyond]
            raise AssertionError("read beyond the list")
        except IndexError:
            pass


def test_an_image_of_another_kind_or_size():
    body = protocol.encode(external())[:-4]
    for other, expected in (
        (b"TBX0" + body[4:], faults.IMAGE_UNKNOWN),
        (b"TBX2" + body[4:], faults.IMAGE_UNKNOWN),
        (body[:4] + b"\0" + body[5:], faults.IMAGE_UNKNOWN),
        (body[:4] + b"\2" + body[5:], faults.IMAGE_UNKNOWN),
        (body[:-1], faults.IMAGE_DAMAGED),
        (body + b"\0", faults.IMAGE_DAMAGED),
        (body, 0),
    ):
        sealed = other + (crc32(other) & 0xFFFFFFFF).to_bytes(4, "little")
        assert refusal(protocol.decode, sealed) == expected


def test_a_long_list_as_it_lies_in_flash():
    made = protocol.decode(protocol.encode(external(levels=(), gaps=(0, protocol.GAP_ON) + (2 * MS,) * 100)))
    assert protocol.list_span_ticks(made) == (101, 0, protocol.GAP_ON + 200 * MS, 2 * MS)
    assert refusal(protocol.check, made) == 0
