"""The kernel's expansion against the independent oracle, over random protocols that the contract accepts."""

from fractions import Fraction

import numpy as np
import oracle
from contract import limits
from contract.protocol import EXTERNAL, Protocol, check
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel.expand import Expansion, onsets
from rig import spec
from thetabox.protocol import ProtocolError, compile_protocol, load, profile
from words import pulses

TTL = profile("ttl")
INTERVAL = st.fractions(min_value=Fraction(1, 30), max_value=Fraction(3), max_denominator=30)


def words_of(protocol):
    """(rises, falls) of the words, read back by the second reading of the PIO program."""
    expansion = Expansion(protocol)
    words = np.frombuffer(b"".join(expansion.pieces()), "<u4").tolist()
    return pulses(words, expansion.lead_ticks)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), INTERVAL), min_size=1, max_size=3))
def test_random_nests(levels):
    try:
        compiled = compile_protocol(spec(*levels), TTL)
    except ProtocolError:
        return
    expected = oracle.onsets(levels)
    assert list(onsets(compiled.protocol)) == expected == compiled.onset_ticks.tolist()
    rises, falls = words_of(compiled.protocol)
    assert rises == expected
    assert {fall - rise for rise, fall in zip(rises, falls, strict=True)} == {compiled.width_ticks}


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(1_200, 10_000_000), min_size=1, max_size=40), st.integers(1, 3))
def test_random_lists(gaps_us, repeats):
    listed = [Fraction(int(onset), 1_000_000) for onset in np.cumsum(gaps_us)]
    period = listed[-1] + Fraction(1)
    compiled = compile_protocol(spec((repeats, period), onsets=listed), TTL)
    expected = oracle.onsets([(repeats, period)], listed)
    assert list(onsets(compiled.protocol)) == expected == compiled.onset_ticks.tolist()
    rises, _ = words_of(compiled.protocol)
    assert [rise - rises[0] for rise in rises] == [onset - expected[0] for onset in expected]


def test_indices_name_every_pulse():
    compiled = compile_protocol(load("iTBS600"), profile("bank"))
    assert compiled.indices.shape == (600, 3)
    assert compiled.indices[0].tolist() == [0, 0, 0] and compiled.indices[-1].tolist() == [2, 9, 19]
    assert compiled.indices[4].tolist() == [1, 1, 0]


def test_the_largest_schedule_fits_its_flash():
    """20,000 pulses on both channels over two hours: the most words that a protocol can ask for."""
    step = limits.PROTOCOL_DURATION_MAX_S * limits.CLOCK_SYS_HZ // limits.PROTOCOL_PULSES_MAX
    made = Protocol(EXTERNAL, 0, 3, 0, 125_000, 0, ((limits.PROTOCOL_PULSES_MAX, step, 1),), lag_ticks=1_000_000)
    check(made)
    assert sum(len(piece) for piece in Expansion(made).pieces()) <= limits.FLASH_SCHEDULE_BYTES
