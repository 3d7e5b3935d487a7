"""The summary's figures against hand-worked ones, and what a device refuses, with its numbers."""

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from contract import faults, limits
from contract.protocol import recharge_ticks
from thetabox.protocol import Pattern, ProtocolError, Spec, compile_protocol, dose, load, preflight, profile

BANK, TTL, RAPID2, MAGPRO = (profile(name) for name in ("bank", "ttl", "magstim-rapid2", "magpro"))
MS = Fraction(1, 1_000)


def made(*patterns, listed=(), percent=None, width_us=None):
    levels = tuple(Pattern("unit", count, Fraction(interval)) for count, interval in patterns)
    return Spec("made", "", "", "", levels, tuple(listed), intensity_percent=percent, width_us=width_us)


def refusal(spec, device, percent=None):
    with pytest.raises(ProtocolError) as caught:
        compile_protocol(spec, device, percent)
    return caught.value


def rows(compiled):
    return {check.name: check for check in preflight(compiled)}


def test_itbs600_at_full_intensity():
    figures = dose(compile_protocol(load("iTBS600"), BANK, 100))
    bank = figures.bank
    assert (figures.pulses, figures.first_to_last_s, figures.full_cycle_s) == (600, 191.84, 200.0)
    assert (figures.minimum_gap_s, bank.target_v) == (0.02, 360.0)
    assert figures.mean_rate_hz == pytest.approx(599 / 191.84)
    assert bank.stored_j == pytest.approx(6.48) and bank.lost_j == pytest.approx(1.296)
    assert bank.lost_total_j == pytest.approx(777.6) and bank.mean_charge_w == pytest.approx(3.888)
    assert bank.recharge_margin_s.shape == (599,)
    assert bank.recharge_margin_s.min() == pytest.approx(0.02 - recharge_ticks(360_000) * 8e-9)


def test_coil_heat_is_the_sum_over_pulses():
    compiled = compile_protocol(load("cTBS300"), BANK, 100)
    rise = peak = last = 0.0
    for tick in compiled.onset_ticks:
        rise = rise * math.exp(-(tick - last) * 8e-9 / 240) + 1.296 * 0.6 / 60
        last, peak = tick, max(peak, rise)
    assert dose(compiled).bank.coil_peak_c == pytest.approx(22 + peak, abs=1e-9)


def test_the_longest_protocol_does_not_overflow():
    compiled = compile_protocol(made((7_200, 1)), BANK, 100)
    steady = 1.296 * 0.6 / 60 / (1 - math.exp(-1 / 240))
    assert dose(compiled).bank.coil_peak_c == pytest.approx(22 + steady, abs=1e-6)


@pytest.mark.parametrize("spec", [made((1, 1)), made(listed=[0]), made(listed=[Fraction(5)])])
def test_one_pulse_has_no_gap_and_a_sane_power(spec):
    compiled = compile_protocol(spec, BANK, 60)
    figures = dose(compiled)
    assert (figures.minimum_gap_s, figures.mean_rate_hz, figures.first_to_last_s) == (None, None, 0.0)
    assert 0 < figures.bank.mean_charge_w < 100
    assert all(check.ok for check in preflight(compiled))
    assert "shortest gap" not in rows(compiled)


def test_rows_tell_value_limit_and_margin():
    found = rows(compile_protocol(load("iTBS600"), BANK, 100))
    assert all(check.ok and not check.remedy for check in found.values())
    shown = {name: (check.value, check.limit, check.margin) for name, check in found.items()}
    assert shown == {
        "pulses": ("600", "20000", "19400"),
        "first to last onset": ("191.84 s", "7200.00 s", "7008.16 s"),
        "full cycle": ("200.00 s", "", ""),
        "mean rate": ("3.12 Hz", "", ""),
        "shortest gap": ("20 ms", "at least 100.256 us", "19.899744 ms"),
        "trigger width": ("100 us", "10 us to 500 us", ""),
        "bank target": ("360.0 V", "360 V", "0.0 V"),
        "energy stored": ("6.48 J", "", ""),
        "lost a pulse, in all": ("1.30 J, 778 J", "", ""),
        "mean charging power": ("3.89 W", "100 W", "96.11 W"),
        "recharge needs": ("18.208 ms", "shortest gap 20 ms", "1.792 ms"),
        "coil at its hottest": ("27.4 C", "40 C", "12.6 K"),
    }


def test_a_coil_that_will_be_too_hot_is_foretold():
    hot = rows(compile_protocol(made((3_000, 20 * MS)), BANK, 100))["coil at its hottest"]
    assert not hot.ok and hot.limit == "40 C" and hot.margin.startswith("-")
    assert hot.remedy.startswith("lower the intensity, lengthen the intervals")


def test_an_external_stimulator_has_no_bank_rows():
    compiled = compile_protocol(load("iTBS600"), TTL)
    assert dose(compiled).bank is None and compiled.target_mv == 0
    assert "bank target" not in rows(compiled) and "stimulator's rate" not in rows(compiled)


@pytest.mark.parametrize(
    ("rate", "percent", "limit", "ok"),
    [
        (50, None, "up to 30 %", True),
        (50, 30, "up to 30 %", True),
        (50, 31, "up to 30 %", False),
        (30, 50, "up to 50 %", True),
        (Fraction(181, 10), 80, "up to 50 %", False),
        (10, 100, "up to 100 %", True),
    ],
)
def test_the_rapid2_gives_less_at_higher_rates(rate, percent, limit, ok):
    row = rows(compile_protocol(made((3, 1 / Fraction(rate))), RAPID2, percent))["stimulator's rate"]
    assert (row.limit, row.ok, bool(row.remedy)) == (limit, ok, not ok)


REFUSED = [
    (made((4, 3 * MS / 2), percent=60), BANK, faults.NOT_RECHARGEABLE,
     "(shortest gap 1.5 ms, recharging to 216 V takes 7.259 ms)"),
    (made((3, MS / 2)), TTL, faults.WIDTH_OUT_OF_RANGE, "(width 1 ms, allowed 10 us to 5000 us; shortest gap 500 us)"),
    (made((2, 1), width_us=Fraction(9)), TTL, faults.WIDTH_OUT_OF_RANGE,
     "(width 9 us, allowed 10 us to 5000 us; shortest gap 1.00 s)"),
    (made((2, 1), width_us=Fraction(501), percent=60), BANK, faults.WIDTH_OUT_OF_RANGE,
     "(width 501 us, allowed 10 us to 500 us; shortest gap 1.00 s)"),
    (made((2, 1), width_us=Fraction(10**30)), TTL, faults.WIDTH_OUT_OF_RANGE, ""),
    (made((3, 20 * MS), (2, 20 * MS)), TTL, faults.GAP_TOO_SHORT, "(shortest gap -20 ms: the pulses overlap)"),
    (made((3, 10 * MS)), RAPID2, faults.GAP_TOO_SHORT, "(shortest gap 10 ms, at least 20 ms)"),
    (made((3, MS / 4)), MAGPRO, faults.GAP_TOO_SHORT, "(shortest gap 250 us, at least 500 us)"),
    (made((2, 7_201)), TTL, faults.TOO_LONG, "(last onset at 7201.00 s, at most 7200 s)"),
    (made((2, 20 * MS), percent=1), BANK, faults.TARGET_OUT_OF_RANGE, "(target 3.6 V, allowed 20 V to 360 V)"),
]  # fmt: skip


@pytest.mark.parametrize(("spec", "device", "number", "numbers"), REFUSED)
def test_refusals_are_the_boards_words_with_numbers(spec, device, number, numbers):
    error = refusal(spec, device)
    _, _, _, sentence, remedy = faults.entry(number)
    assert error.fault == number and error.remedy.startswith(remedy)
    assert error.message.startswith(f"made on {device.name}: {sentence.rstrip('.')}")
    assert error.message.endswith(numbers)


@pytest.mark.parametrize(
    ("spec", "number", "message"),
    [
        (made((20_001, 20 * MS)), faults.COUNT_OUT_OF_RANGE, "made has 20001 pulses, more than the board's 20000"),
        (made(*((2, 20 * MS),) * 5), faults.IMAGE_UNKNOWN, "made has 5 levels of patterns, more than 4"),
        (made((2, Fraction(1, 10**9))), faults.GAP_TOO_SHORT,
         "made: the interval of 1/1000000000 s is shorter than a tick of 8 ns"),
        (made((2, 1 / Fraction("4.98765"))), faults.COUNT_OUT_OF_RANGE,
         "made: the interval of 20000/99753 s is not a simple fraction of 8 ns"),
        (made((1, 10**12)), faults.TOO_LONG, "made: the interval of 1000000000000 s is longer than any protocol"),
    ],
)  # fmt: skip
def test_what_an_image_cannot_say(spec, number, message):
    error = refusal(spec, TTL)
    assert (error.message, error.fault) == (message, number)


def test_the_remedy_names_an_intensity_that_would_do():
    spec = made((4, 10 * MS))
    error = refusal(spec, BANK, 100)
    percent = int(error.remedy.partition(" At ")[2].split()[0])
    compile_protocol(spec, BANK, percent)
    assert refusal(spec, BANK, percent + 1).fault == faults.NOT_RECHARGEABLE


def test_no_intensity_is_named_where_none_would_do():
    error = refusal(made((4, 11 * MS / 10)), BANK, 100)
    assert error.fault == faults.NOT_RECHARGEABLE and error.remedy == faults.entry(error.fault)[4]


def test_a_refusal_without_numbers():
    """The bank's own switch is never inverted, whatever a profile says."""
    error = refusal(made((2, 1), percent=60), replace(BANK, inverted=True))
    assert (error.fault, error.message) == (
        faults.OPTION_OUT_OF_RANGE,
        "made on bank: An option of the protocol has a value that the board does not know",
    )


def test_intensity_is_the_given_one_or_the_protocols():
    spec = made((2, 1), percent=Fraction(50))
    assert compile_protocol(spec, BANK).target_mv == 180_000
    assert compile_protocol(spec, BANK, 33.3).target_mv == 119_880
    assert compile_protocol(spec, BANK, 33.3).intensity_percent == Fraction(333, 10)
    assert compile_protocol(spec, BANK, Fraction(100, 3)).target_mv == 120_000
    assert compile_protocol(spec, BANK, intensity_percent=100).target_mv == limits.BANK_WORKING_MAX_MV
    assert refusal(made((2, 1)), BANK).message == "made names no intensity"
    assert refusal(spec, BANK, math.nan).message == "made: the intensity is nan"
    assert refusal(spec, BANK, 10**9).fault == faults.TARGET_OUT_OF_RANGE
    assert refusal(spec, BANK, -5).fault == faults.TARGET_OUT_OF_RANGE
