"""The protocol image: round trip, what `span` claims against the oracle, every refusal of `check` at its limit."""

from fractions import Fraction

import oracle
import pytest
from contract import faults, limits, protocol
from hypothesis import assume, given, settings
from hypothesis import strategies as st

TICK = Fraction(1, 125_000_000)
QUICK = settings(max_examples=300, derandomize=True, deadline=None, database=None)
US = protocol.TICKS_PER_US
HOUR = 3_600 * limits.CLOCK_SYS_HZ
FIELDS = ("drive", "policy", "channels", "target_mv", "width_ticks", "min_gap_ticks", "levels", "lag_ticks",
          "silence_ms", "coil_stop_c", "start", "inverted")  # fmt: skip

levels_st = st.lists(st.tuples(st.integers(1, 6), st.integers(1, 50_000), st.integers(1, 9)), max_size=4)
gaps_st = st.lists(st.one_of(st.integers(0, 40_000), st.just(protocol.GAP_ON)), max_size=6)


def made(levels=(), gaps=(), drive=protocol.EXTERNAL, width_ticks=100 * US, min_gap_ticks=0, **more):
    settings = {"policy": protocol.ABORT, "channels": protocol.CHANNEL_A, "target_mv": 0, **more}
    return protocol.Protocol(drive=drive, width_ticks=width_ticks, min_gap_ticks=min_gap_ticks, levels=tuple(levels),
                             gaps=tuple(gaps), **settings)  # fmt: skip


def onsets(levels, gaps):
    listed, now = [], 0
    for gap in gaps:
        now += gap
        if gap != protocol.GAP_ON:
            listed.append(now * TICK)
    if gaps and not listed:
        return []
    return oracle.onsets([(count, Fraction(n, d) * TICK) for count, n, d in levels], listed)


@QUICK
@given(levels_st, gaps_st, st.integers(-(2**31), 2**31 - 1), st.integers(0, 2**32 - 1))
def test_round_trip(levels, gaps, lag_ticks, ticks):
    original = made(levels, gaps, width_ticks=ticks, min_gap_ticks=ticks, lag_ticks=lag_ticks, inverted=1, start=1)
    back = protocol.decode(memoryview(protocol.encode(original)))
    assert all(getattr(back, field) == getattr(original, field) for field in FIELDS)
    assert [back.gaps[index] for index in range(len(back.gaps))] == gaps


@QUICK
@given(levels_st, gaps_st)
def test_span_is_the_oracles(levels, gaps):
    ticks = onsets(levels, gaps)
    assume(ticks)
    pulses, last, shortest = protocol.span(made(levels, gaps))
    true = oracle.shortest_gap(ticks)
    assert (pulses, last) == (len(ticks), ticks[-1])
    if true is None:
        assert shortest is None
    elif all(n % d == 0 for _, n, d in levels) and all(d == 1 for _, _, d in levels):
        assert shortest == true
    else:
        assert true - 1 <= shortest <= true


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        (((2, 12_500_000, 3),), (2, 4_166_667, 4_166_666)),  # 30 Hz pair
        (((3, 12_500_000, 3), (10, 62_500_000, 3), (20, 1_250_000_000, 1)), (600, 23_945_833_333, 4_166_666)),
        (((2, 25, 2), (2, 101, 2)), (4, 63, 12)),  # halves at both levels: 13 and 51 are not 63 together
    ],
)
def test_span_of_fractions(levels, expected):
    ticks = onsets(levels, ())
    assert protocol.span(made(levels)) == expected
    assert ticks[-1] == expected[1] and oracle.shortest_gap(ticks) - expected[2] in (0, 1)


def number(checked):
    try:
        protocol.check(checked)
    except faults.Refused as refused:
        return refused.number
    return 0


MS = 1_000 * US
BANK = {"drive": protocol.BANK, "target_mv": 360_000}
NEED = protocol.recharge_ticks(360_000)
EDGES = [  # (what is just allowed, what is just not, the refusal)
    ({"drive": 0}, {"drive": 2}, faults.OPTION_OUT_OF_RANGE),
    ({"policy": 1}, {"policy": 2}, faults.OPTION_OUT_OF_RANGE),
    ({"channels": 3}, {"channels": 4}, faults.OPTION_OUT_OF_RANGE),
    ({"channels": 1}, {"channels": 0}, faults.OPTION_OUT_OF_RANGE),
    ({"start": 1}, {"start": 2}, faults.OPTION_OUT_OF_RANGE),
    ({"inverted": 1}, {"inverted": 2}, faults.OPTION_OUT_OF_RANGE),
    ({"coil_stop_c": limits.COIL_STOP_C}, {"coil_stop_c": limits.COIL_STOP_C + 1}, faults.OPTION_OUT_OF_RANGE),
    ({"silence_ms": limits.SESSION_HEARTBEAT_MS + 1}, {"silence_ms": limits.SESSION_HEARTBEAT_MS},
     faults.OPTION_OUT_OF_RANGE),
    ({"silence_ms": limits.SESSION_SILENCE_MAX_MS}, {"silence_ms": limits.SESSION_SILENCE_MAX_MS + 1},
     faults.OPTION_OUT_OF_RANGE),
    ({**BANK}, {**BANK, "channels": 2}, faults.OPTION_OUT_OF_RANGE),
    ({**BANK}, {**BANK, "inverted": 1}, faults.OPTION_OUT_OF_RANGE),
    ({"levels": ((1, 1, 1),) * 4}, {"levels": ((1, 1, 1),) * 5}, faults.IMAGE_UNKNOWN),
    ({"levels": ((1, 1, 1),)}, {"levels": ((0, 1, 1),)}, faults.COUNT_OUT_OF_RANGE),
    ({"levels": ((1, 1, 1),)}, {"levels": ((1, 1, 0),)}, faults.COUNT_OUT_OF_RANGE),
    ({"levels": ((1, 3, 3),)}, {"levels": ((1, 2, 3),)}, faults.COUNT_OUT_OF_RANGE),
    ({"levels": ((2, 10**12, 65_535),)}, {"levels": ((2, 10**12, 65_536),)}, faults.COUNT_OUT_OF_RANGE),
    ({"levels": ((20_000, MS, 1),)}, {"levels": ((20_001, MS, 1),)}, faults.COUNT_OUT_OF_RANGE),
    ({"gaps": (protocol.GAP_ON, 0)}, {"gaps": (protocol.GAP_ON,)}, faults.COUNT_OUT_OF_RANGE),
    ({"levels": ((3, HOUR, 1),)}, {"levels": ((3, HOUR + 1, 1),)}, faults.TOO_LONG),
    ({"levels": ((2, 2 * 2 * HOUR, 2),)}, {"levels": ((2, 2 * 2 * HOUR + 1, 2),)}, faults.TOO_LONG),
    ({"width_ticks": 10 * US}, {"width_ticks": 10 * US - 1}, faults.WIDTH_OUT_OF_RANGE),
    ({"width_ticks": 5 * MS}, {"width_ticks": 5 * MS + 1}, faults.WIDTH_OUT_OF_RANGE),
    ({"levels": ((2, 100 * US + 32, 1),)}, {"levels": ((2, 100 * US + 31, 1),)}, faults.WIDTH_OUT_OF_RANGE),
    ({"levels": ((2, MS, 1),), "min_gap_ticks": MS}, {"levels": ((2, MS - 1, 1),), "min_gap_ticks": MS},
     faults.GAP_TOO_SHORT),
    ({"levels": ((3, MS, 1), (2, 3 * MS, 1)), "min_gap_ticks": MS},
     {"levels": ((3, MS, 1), (2, 3 * MS - 1, 1)), "min_gap_ticks": MS}, faults.GAP_TOO_SHORT),
    ({"gaps": (0, 10 * MS)}, {"gaps": (0, 0)}, faults.GAP_TOO_SHORT),
    ({**BANK, "width_ticks": 500 * US}, {**BANK, "width_ticks": 500 * US + 1}, faults.WIDTH_OUT_OF_RANGE),
    ({**BANK, "target_mv": 20_000}, {**BANK, "target_mv": 19_999}, faults.TARGET_OUT_OF_RANGE),
    ({**BANK, "target_mv": 360_000}, {**BANK, "target_mv": 360_001}, faults.TARGET_OUT_OF_RANGE),
    ({**BANK, "levels": ((2, NEED, 1),)}, {**BANK, "levels": ((2, NEED - 1, 1),)}, faults.NOT_RECHARGEABLE),
]  # fmt: skip


@pytest.mark.parametrize(("allowed", "refused", "expected"), EDGES)
def test_check_on_both_sides_of_every_limit(allowed, refused, expected):
    assert number(made(**allowed)) == 0
    assert number(made(**refused)) == expected


def test_recharging_takes_what_the_definition_says():
    """20 % of C V^2 / 2 at 120 uF over 100 W, a tenth more, and 1.1 ms without charging."""
    exact_s = Fraction(12, 10**5) * 360**2 / 2 / 5 / 100 * Fraction(11, 10) + Fraction(11, 10_000)
    assert 0 <= NEED * TICK - exact_s < Fraction(1, 10**6)
