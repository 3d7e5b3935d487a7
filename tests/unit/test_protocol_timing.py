"""Every onset of the compiler, and of the image it makes, against the independent oracle."""

import math
from fractions import Fraction

import numpy as np
import oracle
import pytest
from contract import limits
from contract import protocol as image
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from thetabox.protocol import Pattern, ProtocolError, Spec, compile_protocol, library, load, profile

TTL = profile("ttl")
MS = Fraction(1, 1_000)
US = Fraction(1, 1_000_000)
TICK = Fraction(1, 125_000_000)
QUICK = settings(max_examples=150, derandomize=True, deadline=None, database=None)
FACTS = {
    "cTBS300": (300, 19.84, 20.0),
    "cTBS600": (600, 39.84, 40.0),
    "iTBS600": (600, 191.84, 200.0),
    "imTBS600": (600, 109.84, 120.0),
    "iTBS1800": (1800, 591.84, 600.0),
    "TBS30": (600, 191 + 17 / 30, 200.0),
    "rTMS1Hz": (600, 599.0, 600.0),
    "qTBS": (1440, 71.8045, 72.0),
    "QPS5": (1440, 1795.015, 1800.0),
    "iTMS": (360, 895.0015, 900.0),
    "ccPAS": (100, 495.0, 500.0),
}


def made(patterns, listed=(), width_us=None):
    levels = tuple(Pattern("unit", count, Fraction(interval)) for count, interval in patterns)
    return Spec("made", "", "", "", levels, tuple(listed), width_us=width_us)


def seen(compiled):
    return [(int(onset), compiled.width_ticks, compiled.protocol.channels) for onset in compiled.onset_ticks]


def board(protocol):
    """Onsets from an image by the layout's own words: levels around a list of gaps, rational ticks."""
    listed, now = [], 0
    for index in range(len(protocol.gaps)):
        now += protocol.gaps[index]
        if protocol.gaps[index] != image.GAP_ON:
            listed.append(now * TICK)
    return oracle.onsets([(count, Fraction(n, d) * TICK) for count, n, d in protocol.levels], listed)


def agree(patterns, listed=(), width_us=1_000):
    """The compiler, its image and the oracle, pulse by pulse."""
    compiled = compile_protocol(made(patterns, listed, Fraction(width_us)), TTL)
    assert seen(compiled) == oracle.pulses(patterns, listed, width_us)
    assert board(image.decode(compiled.image)) == compiled.onset_ticks.tolist()
    assert compiled.onset_ticks.dtype == np.int64
    return compiled


@pytest.mark.parametrize("name", FACTS)
@pytest.mark.parametrize("device", ["bank", "ttl"])
def test_library(name, device):
    spec = load(name)
    if device == "bank" and spec.profile == "ttl":
        with pytest.raises(ProtocolError):
            compile_protocol(spec, profile(device), 60)
        return
    compiled = compile_protocol(spec, profile(device), 60)
    patterns = [(pattern.count, pattern.interval_s) for pattern in spec.patterns]
    width_us = spec.width_us or (100 if device == "bank" else 1_000)
    assert [tick for tick, _, _ in seen(compiled)] == oracle.onsets(patterns)
    assert compiled.width_ticks == width_us * 125
    assert (compiled.pulses, compiled.cycle_s) == (FACTS[name][0], FACTS[name][2])
    assert compiled.duration_s == pytest.approx(FACTS[name][1], abs=4e-9)
    assert image.decode(compiled.image).channels == (3 if name == "ccPAS" else 1)


def test_the_library_is_what_the_facts_name():
    assert set(library()) == set(FACTS)


def test_thirty_hertz_at_six_hertz():
    compiled = agree([(3, Fraction(1, 30)), (10, Fraction(1, 6)), (20, 10)])
    assert compiled.onset_ticks[:4].tolist() == [0, 4_166_667, 8_333_333, 20_833_333]
    assert compiled.protocol.levels == ((3, 12_500_000, 3), (10, 62_500_000, 3), (20, 1_250_000_000, 1))
    assert compiled.indices[31].tolist() == [1, 0, 1]


def test_half_a_tick_rounds_up():
    assert agree([(4, Fraction(500_001, 2) * TICK)]).onset_ticks.tolist() == [0, 250_001, 500_001, 750_002]


def test_denominators_without_a_common_factor_need_more_than_64_bits():
    inner, middle, outer = 10 * MS + TICK / 65_521, 1 + TICK / 65_519, 60 + TICK / 65_497
    assert agree([(5, inner), (7, middle), (30, outer)]).protocol.levels[0][2] == 65_521


def test_a_list_of_fractions_in_a_level_of_fractions_is_rounded_once_all_the_same():
    """The board would round the list and its start each; the image lists every onset instead."""
    compiled = agree([(9, Fraction(1, 3))], [TICK / 3, 20 * MS + TICK / 2])
    assert compiled.protocol.levels == () and len(compiled.protocol.gaps) == 18
    assert compiled.indices.shape == (18, 2)
    assert len(agree([(9, Fraction(1, 3))], [0, 20 * MS]).protocol.levels) == 1


def test_lists_of_onsets():
    whole = agree([(3, Fraction(1, 3))], [5 * US, 20 * MS, 47 * MS])
    assert whole.protocol.gaps == (625, 2_499_375, 3_375_000) and len(whole.protocol.levels) == 1
    assert whole.indices.tolist() == [[i, j] for j in range(3) for i in range(3)]
    assert agree([], [0]).minimum_gap_s is None
    long = agree([], [0, (2**32 - 1) * TICK, (2**33 + 5) * TICK])  # a gap of exactly GAP_ON, and one above
    assert len(long.protocol.gaps) == 5


def test_a_single_pulse_without_patterns():
    assert agree([]).indices.shape == (1, 0)


def test_width_is_the_protocols_or_the_profiles():
    assert compile_protocol(made([(2, 1)]), TTL).width_ticks == 125_000
    assert agree([(2, 1)], width_us=Fraction("10.004")).width_ticks == 1_251


def ratio(numerator, denominator):
    """2 ms to 2 s with this denominator; in ticks it is at most the same, so the image can say it."""
    return 2 * MS + Fraction(numerator % (2 * denominator), denominator)


def beyond(seconds):
    """The next whole millisecond and two more: what is added to it keeps its denominator."""
    return (math.ceil(seconds / MS) + 2) * MS


intervals = st.one_of(
    st.integers(1, 2_000).map(lambda ms: ms * MS),
    st.builds(ratio, st.integers(0, 10**6), st.integers(1, 65_535)),
    st.sampled_from([30, 50, 6, 7, 18, Fraction("7.5"), Fraction("5.43")]).map(lambda rate: 1 / Fraction(rate)),
)
counts = st.integers(1, 5)


@QUICK
@given(st.lists(st.tuples(counts, intervals), min_size=1, max_size=4), st.integers(10, 900))
def test_random_nested_protocols(patterns, width_us):
    ticks = oracle.onsets(patterns)
    least = width_us * 125 + limits.TRIGGER_EDGE_GAP_MIN_TICKS
    gap = oracle.shortest_gap(ticks)
    assume(gap is None or gap > least)
    agree(patterns, width_us=width_us)


@QUICK
@given(st.lists(counts, min_size=1, max_size=4), st.lists(intervals, min_size=4, max_size=4))
def test_random_protocols_that_fit_by_construction(counts, slack):
    patterns, lasts = [], Fraction(0)
    for count, spare in zip(counts, slack, strict=False):
        patterns.append((count, beyond(lasts) + spare))
        lasts += (count - 1) * patterns[-1][1]
    agree(patterns)


@QUICK
@given(st.lists(intervals, min_size=1, max_size=30), counts, intervals)
def test_random_lists(gaps, count, spare):
    listed, now = [], Fraction(0)
    for gap in gaps:
        now += 2 * MS + gap
        listed.append(now)
    agree([(count, beyond(now) + spare)], listed)


@QUICK
@given(st.lists(st.tuples(counts, intervals), min_size=1, max_size=3))
def test_what_overlaps_is_refused(patterns):
    gap = oracle.shortest_gap(oracle.onsets(patterns))
    assume(gap is not None and gap < 125 * 1_000)
    with pytest.raises(ProtocolError):
        compile_protocol(made(patterns), TTL)
