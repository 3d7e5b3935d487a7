"""Protocols against the independent oracle, and the facts of the field."""

from fractions import Fraction

import numpy as np
import oracle
import pytest
from contract import faults, limits
from contract import protocol as image_format
from hypothesis import given, settings
from hypothesis import strategies as st
from kernel.expand import onsets as kernel_onsets
from rig import spec
from thetabox.protocol import ProtocolError, checks, compile_protocol, library, load, parse, profile, profiles
from thetabox.protocol.toml import Table, read

TTL = profile("ttl")
LAST_ONSET_S = {"cTBS300": 19.84, "cTBS600": 39.84, "iTBS600": 191.84, "imTBS600": 109.84, "iTBS1800": 591.84}


@pytest.mark.parametrize("name", list(LAST_ONSET_S))
def test_library_says_what_the_field_says(name):
    compiled = compile_protocol(load(name), profile("bank"))
    assert compiled.duration_s == pytest.approx(LAST_ONSET_S[name], abs=1e-9)
    assert compiled.pulses == int("".join(filter(str.isdigit, name)))
    assert compiled.spec.source and compiled.spec.certainty
    assert all(check.ok for check in checks(compiled))


def test_library_is_complete_and_names_ignore_case():
    assert set(library()) == set(LAST_ONSET_S)
    assert load("itbs600").name == "iTBS600"


INTERVAL = st.fractions(min_value=Fraction(1, 30), max_value=Fraction(3), max_denominator=30)


@settings(derandomize=True, max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 5), INTERVAL), min_size=1, max_size=3))
def test_random_nests_equal_the_oracle(levels):
    """Host's compiler, kernel's expansion and oracle; and the span's shortest gap is never too large."""
    try:
        compiled = compile_protocol(spec(*levels), TTL)
    except ProtocolError:
        return
    expected = oracle.onsets(levels)
    assert compiled.onset_ticks.tolist() == expected
    assert list(kernel_onsets(compiled.protocol)) == expected
    pulses, last, shortest = image_format.span(compiled.protocol)
    assert pulses == len(expected) and expected[-1] <= last <= expected[-1] + len(levels)
    if len(expected) > 1:
        true = int(np.diff(expected).min())
        assert true - len(levels) - 1 <= shortest <= true


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.lists(st.integers(1_200, 10_000_000), min_size=1, max_size=40), st.integers(1, 3))
def test_lists_equal_the_oracle(gaps_us, repeats):
    listed = [Fraction(int(onset), 1_000_000) for onset in np.cumsum(gaps_us)]
    period = listed[-1] + Fraction(1)
    compiled = compile_protocol(spec((repeats, period), onsets=listed), TTL)
    expected = oracle.onsets([(repeats, period)], listed)
    assert compiled.onset_ticks.tolist() == expected
    assert list(kernel_onsets(compiled.protocol)) == expected


def test_rational_rates_stay_within_half_a_tick():
    compiled = compile_protocol(spec((3, Fraction(1, 30)), (600, Fraction(1, 6))), TTL)
    true = [Fraction(i, 30) + Fraction(j, 6) for j in range(600) for i in range(3)]
    error = [abs(int(tick) - onset * 125_000_000) for tick, onset in zip(compiled.onset_ticks, true, strict=True)]
    assert max(error) <= Fraction(1, 2)


def test_indices_name_every_pulse():
    compiled = compile_protocol(load("iTBS600"), profile("bank"))
    assert compiled.indices.shape == (600, 3)
    assert compiled.indices[0].tolist() == [0, 0, 0] and compiled.indices[-1].tolist() == [2, 9, 19]
    assert compiled.indices[4].tolist() == [1, 1, 0]


def refused(action):
    with pytest.raises(ProtocolError) as caught:
        action()
    return str(caught.value)


def toml(text, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return lambda: parse(read(path))


GOOD = 'name = "x"\n[[pattern]]\ncount = 3\ninterval_ms = 20\n'


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = ", "mine.toml is not TOML: Invalid value (at end of document) — mend the file at that place"),
        ("", "mine.toml: name is missing — add name = ... to the file"),
        ('name = "x"', "mine.toml: pattern is missing — add [[pattern]] tables or a list onsets_us"),
        ("name = 3", "mine.toml: name is 3, not a text — write a text"),
        ('inten = 3\nname = "x"\nonsets_us = [0]', "mine.toml: inten is not known — remove it"),
        ('intensity_percnt = 3\n' + GOOD,
         "mine.toml: intensity_percnt is not known — did you mean intensity_percent?"),
        (GOOD.replace("3", "0"),
         "mine.toml: pattern 1: count is 0 — write a whole number from 1 to 1000000"),
        (GOOD.replace("= 3", "= -3"),
         "mine.toml: pattern 1: count is -3 — write a whole number from 1 to 1000000"),
        (GOOD.replace("= 3", "= 3.5"),
         "mine.toml: pattern 1: count is 3.5, not a whole number — write a whole number"),
        (GOOD.replace("20", "-20"), "mine.toml: pattern 1: interval_ms is -20 — write a positive number"),
        (GOOD.replace("20", '"fast"'),
         "mine.toml: pattern 1: interval_ms is 'fast', not a number — write a number, or a fraction as \"100/3\""),
        (GOOD + "rate_hz = 50\n",
         "mine.toml: pattern 1: interval must be given once — write one of interval_s, interval_ms, interval_us, "
         "rate_hz"),
        ('pattern = [3]\nname = "x"', "mine.toml: pattern 1 is not a table — write it as [[pattern]]"),
        ('policy = "hold"\n' + GOOD, "mine.toml: policy is 'hold' — write \"abort\" or \"skip\""),
        ('name = "x"\nonsets_us = [5, 5]',
         "mine.toml: onsets_us do not rise from 0 on — sort the onsets, each later than the one before"),
        ('name = "x"\nonsets_us = [5]\nonsets_ms = [5]', "mine.toml: onsets are given twice — keep one list"),
    ],
)  # fmt: skip
def test_bad_files_say_what_and_what_to_do(text, message, tmp_path):
    assert refused(toml(text, tmp_path)) == message


def test_rates_and_lists_are_read_exactly(tmp_path):
    text = 'name = "x"\nonsets_ms = [0, 1.5, "10/3"]\n[[pattern]]\ncount = 2\nrate_hz = "100/3"\n'
    made = toml(text, tmp_path)()
    assert made.onsets_s == (0, Fraction(3, 2000), Fraction(1, 300))
    assert made.patterns[0].interval_s == Fraction(3, 100)


def test_missing_protocols_and_profiles(tmp_path):
    assert refused(lambda: load("iTBS601")).startswith("no protocol 'iTBS601' — choose one of cTBS300")
    assert "does not exist" in refused(lambda: load(str(tmp_path / "none.toml")))
    assert refused(lambda: profile("magic")) == f"no device profile 'magic' — choose one of {', '.join(profiles())}"


@pytest.mark.parametrize(
    ("levels", "device", "percent", "words"),
    [
        (((4, Fraction(3, 2000)),), "bank", 60, "The charger cannot recharge the bank"),
        (((3, Fraction(1, 2000)),), "ttl", None, "The trigger width is out of range or longer than the shortest gap"),
        (((20_001, Fraction(1, 50)),), "ttl", None, "has 20001 pulses, more than the board's 20000"),
        (((3, Fraction(1, 50)), (2, Fraction(1, 50))), "ttl", None, "Two onsets are closer than"),
        (((2, Fraction(7_201)),), "ttl", None, "The protocol lasts longer than the board allows"),
        (((2, Fraction(1, 50)),), "bank", 1, "The target voltage is outside the bank's working range"),
        (((2, Fraction(1, 50)),), "bank", None, "names no intensity"),
        (((2, Fraction(10_000_019, 100_000_007)),), "ttl", None, "is not a simple fraction of 8 ns"),
    ],
)
def test_what_a_device_cannot_do_is_refused(levels, device, percent, words):
    assert words in refused(lambda: compile_protocol(spec(*levels), profile(device), percent))


def test_host_and_board_refuse_in_the_same_words():
    text = refused(lambda: compile_protocol(spec((4, Fraction(3, 2000))), profile("bank"), 60))
    entry = faults.entry(faults.NOT_RECHARGEABLE)
    assert entry[3].rstrip(".") in text and entry[4] in text


def test_recharge_time_covers_the_largest_bank():
    """Energy lost at 216 V and 120 uF from a 100 W charger takes 5.6 ms; the window around a pulse 1.1 ms more."""
    needed_s = image_format.recharge_ticks(216_000) / limits.CLOCK_SYS_HZ
    lost_j = 0.2 * 120e-6 * 216**2 / 2
    assert lost_j / 100 + 1.1e-3 < needed_s < (lost_j / 100) * 1.2 + 1.1e-3


def test_tables_tell_unknown_keys():
    table = Table("x", {"a": 1})
    with pytest.raises(ProtocolError, match="x: a is not known"):
        table.finish()
