"""The bank's target in volts: exact to the millivolt, told as it was asked for, refused where it cannot be."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from command import thetabox
from contract import limits
from contract import protocol as image_format
from thetabox.errors import ThetaboxError
from thetabox.protocol import compile_protocol, profile
from thetabox.protocol.single import single_pulse
from thetabox.protocol.volts import percent_of, volts_words, wrong_volts


def test_every_millivolt_of_the_bank_is_itself_in_the_image():
    bank, pulse = profile("bank"), single_pulse()
    lowest, highest = limits.BANK_TARGET_MIN_MV, limits.BANK_WORKING_MAX_MV
    for millivolts in (lowest, lowest + 1, 99_999, 123_457, 216_000, 216_001, highest - 1, highest):
        made = compile_protocol(pulse, bank, percent_of(Fraction(millivolts, 1000)))
        assert image_format.decode(made.image).target_mv == made.target_mv == millivolts
    assert not any(wrong_volts(Fraction(millivolts, 1000)) for millivolts in (lowest, 216_001, highest))


def test_words_say_what_was_written():
    assert volts_words(Fraction(216)) == "216 V (60 %)"
    assert volts_words(Fraction("123.457")) == "123.457 V (34.29 %)"


@pytest.mark.parametrize("text", ["216V", "216 V", "216v", "216.000V", " 216V "])
def test_show_takes_volts(text):
    shown = json.loads(thetabox("show", "iTBS600", "--json", "--intensity", text).stdout)
    assert (shown["target_v"], shown["intensity"]) == (216, "216 V (60 %)")


def test_the_summary_says_what_was_asked_for():
    assert "\nintensity 180.5 V (50.14 %)\n" in thetabox("show", "iTBS600", "--intensity", "180.5V").stdout


RANGE = "is outside the bank's 20 to 360 V — choose a target from 20 to 360 V"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("show", "iTBS600", "--intensity", "361V"), f"--intensity 361V {RANGE}"),
        (("run", "iTBS600", "--yes", "--intensity", "360.001 V"), f"--intensity 360.001 V {RANGE}"),
        (("pulse", "--yes", "--intensity", "19.999V"), f"--intensity 19.999V {RANGE}"),
        (("show", "iTBS600", "--intensity", "0V"), f"--intensity 0V {RANGE}"),
        (("show", "iTBS600", "--intensity", "216.0005V"),
         "--intensity 216.0005V is finer than a millivolt — write three decimals at the most"),
        (("show", "iTBS600", "--intensity", "216V", "--profile", "ttl"),
         "--intensity 216V is in volts, which ttl does not take from ThetaBox — write it in %, as 60%"),
        (("show", "iTBS600", "--intensity", "216%V"),
         "--intensity '216%V' is not an intensity — write it as 60, 60%MSO, 80%RMT or 216V"),
        (("show", "iTBS600", "--intensity", "-216V"),
         "--intensity '-216V' is not an intensity — write it as 60, 60%MSO, 80%RMT or 216V"),
        (("show", "iTBS600", "--intensity", "V"),
         "--intensity 'V' is not an intensity — write it as 60, 60%MSO, 80%RMT or 216V"),
        (("pulse", "--search", "--subject", "m", "--start", "144V"),
         "--start 144V is in volts, and a search goes by whole % — write it in %, as 40%"),
    ],
)  # fmt: skip
def test_volts_that_cannot_be_are_one_line(arguments, message):
    done = thetabox(*arguments)
    assert (done.returncode, done.stdout, done.stderr) == (3, "", f"error: {message}\n")


@pytest.fixture
def mine(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('name = "mine"\nintensity_v = 123.457\nonsets_ms = [0, 500]\n')
    return str(path)


def test_a_protocol_may_say_volts(mine):
    shown = json.loads(thetabox("show", mine, "--json").stdout)
    assert (shown["target_v"], shown["intensity"]) == (123.457, "123.457 V (34.29 %), the protocol says")
    given = json.loads(thetabox("show", mine, "--json", "--intensity", "60%").stdout)
    assert (given["target_v"], given["intensity"]) == (216, "")


def test_volts_of_a_protocol_are_for_the_bank_alone(mine):
    shown = json.loads(thetabox("show", mine, "--json", "--profile", "ttl").stdout)
    assert (shown["target_v"], shown["intensity"]) == (0, "")


def test_a_bank_of_a_lab_takes_volts_as_the_reference_bank_does(tmp_path):
    from thetabox.cli.options import resolve

    bank = replace(profile("bank"), name="ours")
    assert resolve("216V", bank, "", tmp_path).percent == 60
    with pytest.raises(ThetaboxError, match="which theirs does not take"):
        resolve("216V", replace(bank, name="theirs", drive="external"), "", tmp_path)
