"""What a person may write, and what is said when it is wrong: every text literally."""

from fractions import Fraction

import pytest
from thetabox.errors import Exit, ThetaboxError
from thetabox.protocol import ProtocolError, compile_protocol, library, load, profile, profiles
from thetabox.protocol.toml import MARKS

GOOD = 'name = "mine"\n[[pattern]]\nunit = "pulse"\ncount = 3\ninterval_ms = 20\n'
LONG = "1" + 5_000 * "0"


@pytest.fixture
def write(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def refusal(action):
    with pytest.raises(ProtocolError) as caught:
        action()
    assert "\n" not in str(caught.value) and caught.value.exit_code == Exit.BAD_INPUT
    return caught.value.message, caught.value.remedy


def added(line):
    return f"{line}\n{GOOD}"


def changed(old, new):
    assert old in GOOD
    return GOOD.replace(old, new)


NUMBER = 'write a number, or a fraction as "100/3"'
INTERVAL = "write one of interval_s, interval_ms, interval_us, rate_hz"
WRONG = [
    ("name = ", "mine.toml is not TOML: Invalid value (at end of document)", "mend the file at that place"),
    (changed('name = "mine"', ""), "mine.toml: name is missing", "add name = ... to the file"),
    (changed("name", "naame"), "mine.toml: name is missing", "write name in place of naame"),
    (changed("name", "pattern_name"), "mine.toml: name is missing", "add name = ... to the file"),
    (changed('"mine"', "5"), "mine.toml: name is 5, not a text", "write a text"),
    (added("policyy = 'skip'"), "mine.toml: policyy is not known", "did you mean policy?"),
    (added("zzz = 1"), "mine.toml: zzz is not known", "remove it"),
    (added("policy = 'hold'"), "mine.toml: policy is 'hold'", 'write "abort" or "skip"'),
    (added("policy = true"), "mine.toml: policy is true, not a text", "write a text"),
    (added("certainty = 'probably'"), "mine.toml: certainty begins with 'probably'",
     "begin with one of found, abstract, memory, computed, design"),
    (added("profile = 'rapid2'"), "mine.toml: profile is 'rapid2'",
     "choose one of bank, magpro, magstim-rapid2, ttl, or give a .toml file"),
    (added("intensity_percent = 0"), "mine.toml: intensity_percent is 0", "write a number above 0 and up to 100"),
    (added("intensity_percent = 100.5"), "mine.toml: intensity_percent is 100.5",
     "write a number above 0 and up to 100"),
    (added("intensity_percent = inf"), "mine.toml: intensity_percent is Infinity, not a number", NUMBER),
    (added("intensity_percent = nan"), "mine.toml: intensity_percent is NaN, not a number", NUMBER),
    (added("intensity_percent = 1e999999"), "mine.toml: intensity_percent is 1E+999999, not a number", NUMBER),
    (added("intensity_percent = true"), "mine.toml: intensity_percent is true, not a number", NUMBER),
    (added("intensity_percent = '1e9'"), "mine.toml: intensity_percent is '1e9', not a number", NUMBER),
    (added("intensity_percent = '1/0'"), "mine.toml: intensity_percent is '1/0', not a number", NUMBER),
    (added("intensity_percent = [1]"), "mine.toml: intensity_percent is a list, not a number", NUMBER),
    (added("intensity_v = 361"), "mine.toml: intensity_v 361 is outside the bank's 20 to 360 V",
     "choose a target from 20 to 360 V"),
    (added("intensity_v = '1/3'"), "mine.toml: intensity_v 0.333333 is outside the bank's 20 to 360 V",
     "choose a target from 20 to 360 V"),
    (added("intensity_v = '100/3'"), "mine.toml: intensity_v 33.3333 is finer than a millivolt",
     "write three decimals at the most"),
    (added("intensity_v = '216 V'"), "mine.toml: intensity_v is '216 V', not a number", NUMBER),
    (added("intensity_v = 216\nintensity_percent = 60"),
     "mine.toml: intensity is given twice, as intensity_percent and intensity_v", "keep one"),
    (added("width_us = 0"), "mine.toml: width_us is 0", "write a positive number"),
    (added("width_us = 100\nwidth_ms = 1"), "mine.toml: width is given twice, as width_us and width_ms", "keep one"),
    ("name = 'mine'", "mine.toml: pattern is missing", "add [[pattern]] tables or a list onsets_us"),
    ("name = 'mine'\n[pattern]\ncount = 3", "mine.toml: pattern is a single table",
     "write [[pattern]] with double brackets"),
    ("name = 'mine'\npattern = 3", "mine.toml: pattern is 3, not a list", "write a list"),
    ("name = 'mine'\npattern = [3]", "mine.toml: pattern 1 is not a table", "write it as [[pattern]]"),
    (changed("count = 3", ""), "mine.toml: pattern 1: count is missing", "add count = ... to the file"),
    (changed("count = 3", "cuont = 3"), "mine.toml: pattern 1: count is missing", "write count in place of cuont"),
    (changed("count = 3", "count = 0"), "mine.toml: pattern 1: count is 0", "write a whole number from 1 to 1000000"),
    (changed("count = 3", "count = 3.5"), "mine.toml: pattern 1: count is 3.5, not a whole number",
     "write a whole number"),
    (changed("interval_ms = 20", ""), "mine.toml: pattern 1: interval is missing", INTERVAL),
    (GOOD + "rate_hz = 50", "mine.toml: pattern 1: interval is given twice, as interval_ms and rate_hz", "keep one"),
    (changed("interval_ms = 20", "rate_hz = 0"), "mine.toml: pattern 1: rate_hz is 0", "write a positive number"),
    (changed("interval_ms = 20", "interval_s = '-1/5'"), "mine.toml: pattern 1: interval_s is -1/5",
     "write a positive number"),
    (changed("= 20", "= '20 ms'"), "mine.toml: pattern 1: interval_ms is '20 ms', not a number", NUMBER),
    (changed("interval_ms", "interval_min"), "mine.toml: pattern 1: interval_min is not known",
     "did you mean interval_ms?"),
    (changed("interval_ms = 20", "onsets_ms = [0, 20]"), "mine.toml: pattern 1: onsets_ms stands in a pattern",
     "write it above the first [[pattern]]: it fills the innermost"),
    (GOOD + "interval = 3", "mine.toml: pattern 1: interval is not known", "did you mean interval_s?"),
    (f"{changed('pulse', 'burst')}[[pattern]]\nunit = 'pulse'\ncount = 3\ninterval_s = 1",
     "mine.toml: pattern comes in the order burst, pulse", "write the innermost first: pulse, burst, train"),
    ("name = 'mine'\nonsets_us = []", "mine.toml: onsets_us is empty", "write at least one onset, or remove the key"),
    ("name = 'mine'\nonsets_us = [0, 'x']", "mine.toml: onsets_us[1] is 'x', not a number", NUMBER),
    ("name = 'mine'\nonsets_ms = [0, 20, 20]", "mine.toml: onsets_ms do not rise from 0 on",
     "sort the onsets, each later than the one before"),
    ("name = 'mine'\nonsets_ms = [-1]", "mine.toml: onsets_ms do not rise from 0 on",
     "sort the onsets, each later than the one before"),
    ("name = 'mine'\nonsets_ms = [0]\nonsets_us = [0]", "mine.toml: onsets are given twice", "keep one list"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message", "remedy"), WRONG)
def test_what_is_wrong_and_what_to_do(write, text, message, remedy):
    path = write(text)
    assert refusal(lambda: load(path)) == (message, remedy)


def test_files_that_cannot_be_read(tmp_path, write):
    assert refusal(lambda: load(tmp_path / "no.toml"))[0] == f"{tmp_path / 'no.toml'} does not exist"
    assert refusal(lambda: load(tmp_path))[0].startswith(f"{tmp_path} cannot be read: ")
    assert refusal(lambda: load(write(f"count = {LONG}")))[0].startswith("mine.toml is not TOML: Exceeds the limit")
    path = write("")
    path.write_bytes(b'name = "\xff"')
    assert refusal(lambda: load(path))[0].startswith("mine.toml is not TOML: 'utf-8' codec")
    names = "cTBS300, cTBS600, iTBS1800, iTBS600, imTBS600, TBS30, rTMS1Hz, qTBS, QPS5, iTMS, ccPAS"
    wrong = refusal(lambda: load("iTBS601"))
    assert wrong[0] == "no protocol 'iTBS601'" and wrong[1].startswith("choose one of ")
    assert sorted(wrong[1][14:].split(", or give")[0].split(", ")) == sorted(names.split(", "))


@pytest.mark.parametrize(
    ("line", "seconds"),
    [
        ("interval_us = 33333", Fraction(33_333, 1_000_000)),
        ("interval_ms = 0.1", Fraction(1, 10_000)),
        ('interval_s = "1/3"', Fraction(1, 3)),
        ("rate_hz = 30", Fraction(1, 30)),
        ('rate_hz = "100/3"', Fraction(3, 100)),
        ('rate_hz = "7.5"', Fraction(2, 15)),
        ("rate_hz = 7.1", Fraction(10, 71)),
    ],
)
def test_times_are_exact(write, line, seconds):
    assert load(write(changed("interval_ms = 20", line))).patterns[0].interval_s == seconds


def test_everything_that_may_be_written(write):
    text = (
        'title = "T"\ndescription = "D"\nsource = "S"\ncertainty = "found: structure; memory: rate"\nwidth_ms = 0.25\n'
        'policy = "skip"\nintensity_percent = 62.5\nprofile = "ttl"\nonsets_ms = [0, 1.5, "10/3"]\n'
    ) + GOOD.replace("pulse", "burst")
    spec = load(write(text))
    assert (spec.name, spec.title, spec.description, spec.source) == ("mine", "T", "D", "S")
    assert (spec.policy, spec.intensity_percent, spec.profile, spec.width_us) == ("skip", Fraction(125, 2), "ttl", 250)
    assert spec.onsets_s == (0, Fraction(3, 2_000), Fraction(1, 300)) and spec.pulses == 9
    assert spec.text == text
    compiled = compile_protocol(spec)
    assert (compiled.profile.name, compiled.width_ticks, compiled.protocol.policy) == ("ttl", 31_250, 1)


def test_the_library_is_marked():
    for name in library():
        spec = load(name)
        assert load(name.lower()) == spec and spec.source and spec.description
        marks = [part.partition(":")[0].strip() for part in spec.certainty.split(";")]
        assert set(marks) <= set(MARKS)
    assert load("imTBS600").certainty.startswith("memory: structure")


def test_profiles_are_marked():
    known = profiles()
    assert list(known) == ["bank", "magpro", "magstim-rapid2", "ttl"]
    assert all(each.source and each.certainty for each in known.values())
    figures = {name: (each.drive, each.width_us, each.minimum_gap_us, each.inverted) for name, each in known.items()}
    assert figures == {
        "bank": ("bank", 100, 0, False),
        "magpro": ("external", 100, 500, False),
        "magstim-rapid2": ("external", 1_000, 20_000, False),
        "ttl": ("external", 1_000, 0, False),
    }


PROFILE = (
    'name = "p"\ntitle = "P"\ndrive = "external"\nwidth_us = 50\nminimum_gap_us = 0.5\ninverted = true\nsource = ""\n'
)


def test_a_profile_of_the_users_own(write):
    limits = "[[rate_limit]]\nup_to_percent = 100\nrate_hz = 5\n[[rate_limit]]\nup_to_percent = 50\nrate_hz = 10\n"
    own = profile(write(PROFILE + limits))
    assert (own.inverted, own.minimum_gap_us, [each.rate_hz for each in own.rate_limits]) == (
        True,
        Fraction(1, 2),
        [10, 5],
    )


@pytest.mark.parametrize(
    ("text", "message", "remedy"),
    [
        (PROFILE.replace("external", "coil"), "mine.toml: drive is 'coil'", "choose one of bank, external"),
        (PROFILE.replace("= 50", "= 0"), "mine.toml: width_us is 0", "write a positive number"),
        (PROFILE.replace("0.5", "-1"), "mine.toml: minimum_gap_us is -1", "write a number from 0 to 10000000 (10 s)"),
        (PROFILE.replace("true", "1"), "mine.toml: inverted is 1, not a true or false", "write a true or false"),
        (PROFILE + "colour = 1", "mine.toml: colour is not known", "remove it"),
        (PROFILE + "rate_limit = [1]", "mine.toml: rate_limit 1 is 1, not a table", "write it as [[rate_limit]]"),
        (PROFILE + "[[rate_limit]]\nup_to_percent = 0\nrate_hz = 1", "mine.toml: rate_limit 1: up_to_percent is 0",
         "write a number above 0 and up to 100"),
        (PROFILE + "[[rate_limit]]\nup_to_percent = 9\nrate_hz = 0", "mine.toml: rate_limit 1: rate_hz is 0",
         "write a positive number"),
    ],
)  # fmt: skip
def test_wrong_profiles(write, text, message, remedy):
    path = write(text)
    assert refusal(lambda: profile(path)) == (message, remedy)


def test_an_unknown_profile():
    assert refusal(lambda: profile("magic")) == (
        "no device profile 'magic'", "choose one of bank, magpro, magstim-rapid2, ttl"
    )  # fmt: skip


def test_errors_carry_their_exit_code():
    assert [code.value for code in Exit] == list(range(7))
    assert str(ThetaboxError("wrong", "mend it")) == "wrong — mend it"
