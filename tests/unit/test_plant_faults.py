"""Each named fault, by what it does to the board."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest
from contract import pins
from plant_bench import US, Bench
from thetabox.board.emulated.faults import NAMED, Faults, inject, mend

RC = 18_000 * 100e-6


def charge_s(volts: float, farads: float = 100e-6, watts: float = 100.0) -> float:
    tau = 18_000 * farads / 2
    return -tau * math.log(1 - farads * volts**2 / 2 / (watts * tau))


def charging(*names: str, target: float = 360) -> Bench:
    bench = Bench()
    bench.supply()
    bench.hold()
    bench.target(target)
    for name in names:
        bench.plant.inject(name)
    bench.charge()
    return bench


def bleeding(*names: str, hold: bool) -> Bench:
    bench = Bench()
    if hold:
        bench.hold()
    bench.plant.precharge(300)
    for name in names:
        bench.plant.inject(name)
    bench.chip.run(0.1)
    return bench


def fired(*names: str) -> Bench:
    """One trigger at 216 V from t = 1 s on."""
    bench = Bench()
    bench.ready(216)
    for name in names:
        bench.plant.inject(name)
    bench.chip.run_to(125_000_000)
    bench.plant.precharge(216)
    bench.chip.pulse(pins.TRIG_A, 100e-6)
    bench.chip.run(1e-3)
    return bench


def after_trigger(bench: Bench, gpio: int) -> list[int]:
    return [level for _, level in bench.edges(gpio, 125_000_000)]


def bank_aged() -> None:
    bench = charging("bank_aged")
    bench.chip.run(charge_s(300, 70e-6))
    assert bench.plant.bank_v == pytest.approx(300, rel=1e-6)
    before = bench.plant.bank_v
    bench.plant.mend("bank_aged")
    assert bench.plant.bank_v == pytest.approx(before)


def bleeder_open() -> None:
    assert bleeding("bleeder_open", hold=True).plant.bank_v == pytest.approx(300 * math.exp(-0.1 / 1000))


def bank_leaks() -> None:
    leak_s = 4_000 * 100e-6
    assert bleeding("bank_leaks", hold=True).plant.bank_v == pytest.approx(300 * math.exp(-0.1 / RC - 0.1 / leak_s))


def bank_shorted() -> None:
    bench = bleeding("bank_shorted", hold=True)
    assert bench.plant.bank_v < 1e-6
    bench.plant.mend("bank_shorted")
    bench.plant.precharge(300)
    bench.chip.run(0.1)
    assert bench.plant.bank_v == pytest.approx(300 * math.exp(-0.1 / RC))
    bench = charging("bank_shorted")
    bench.chip.run(0.1)
    assert bench.plant.bank_v == pytest.approx(math.sqrt(100 * 5), rel=1e-3)  # all of the charger's power


def dump_stuck_off() -> None:
    assert bleeding("dump_stuck_off", hold=False).plant.bank_v == pytest.approx(300 * math.exp(-0.1 / RC))


def dump_stuck_on() -> None:
    assert bleeding("dump_stuck_on", hold=True).plant.bank_v == pytest.approx(300 * math.exp(-0.1 / RC * 10))


def charger_weak() -> None:
    bench = charging("charger_weak")
    bench.chip.run(charge_s(200, watts=30.0))
    assert bench.plant.bank_v == pytest.approx(200, rel=1e-6)


def charger_stalled() -> None:
    bench = charging("charger_stalled")
    bench.chip.run(0.1)
    assert bench.plant.bank_v == 0


def charger_stuck_on() -> None:
    bench = charging("charger_stuck_on")
    bench.charge(0)
    bench.chip.run(0.2)
    assert bench.plant.overvoltage  # the second barrier
    assert not bench.plant.supply_on
    assert bench.plant.bank_v < 385.1


def supply_latch_stuck_on() -> None:
    bench = charging("supply_latch_stuck_on")
    bench.chip.output(pins.CHARGER_SUPPLY_EN, 0)
    bench.chip.run(charge_s(100))
    assert bench.level(pins.SUPPLY_ON) == 1
    assert bench.plant.bank_v == pytest.approx(100, rel=1e-6)


def supply_latch_stuck_off() -> None:
    bench = charging("supply_latch_stuck_off")
    bench.chip.run(0.1)
    assert (bench.level(pins.SUPPLY_ON), bench.plant.bank_v) == (0, 0)


def divider_open() -> None:
    bench = charging("divider_open", target=200)
    bench.chip.run(charge_s(300))
    assert bench.level(pins.TARGET_BELOW) == 1  # blind: it charges on
    assert bench.chip.counts(pins.BANK_SENSE) <= 1
    bench.chip.run(0.2)
    assert bench.plant.overvoltage


def divider_short() -> None:
    bench = charging("divider_short", target=200)
    bench.chip.run(charge_s(20))
    assert bench.level(pins.TARGET_BELOW) == 0
    assert bench.chip.counts(pins.BANK_SENSE) >= 4094


def overvoltage_divider_open() -> None:
    bench = charging("overvoltage_divider_open")
    bench.chip.run(charge_s(395))
    assert (bench.plant.overvoltage, bench.level(pins.SAFE_OK)) == (False, 1)


def overvoltage_divider_short() -> None:
    bench = charging("overvoltage_divider_short")
    bench.chip.run(charge_s(395))
    assert (bench.plant.overvoltage, bench.level(pins.SAFE_OK)) == (True, 0)
    assert bench.plant.bank_v < 10


def adc_frozen() -> None:
    bench = Bench()
    bench.plant.precharge(100)
    first = bench.chip.counts(pins.BANK_SENSE)
    bench.plant.inject("adc_frozen")
    bench.plant.precharge(300)
    assert {bench.chip.counts(pins.BANK_SENSE) for _ in range(20)} == {first}
    adc_frozen_from_the_start()


def adc_frozen_from_the_start() -> None:
    bench = Bench()
    bench.plant.inject("adc_frozen")
    first = bench.chip.counts(pins.BANK_SENSE)
    bench.plant.precharge(300)
    assert bench.chip.counts(pins.BANK_SENSE) == first


def adc_noisy() -> None:
    bench = Bench()
    bench.plant.precharge(200)
    bench.plant.inject("adc_noisy")
    counts = [bench.chip.counts(pins.BANK_SENSE) for _ in range(500)]
    assert 100 < max(counts) - min(counts) <= 122


def target_frozen() -> None:
    bench = Bench()
    bench.target(200)
    bench.plant.inject("target_frozen")
    bench.target(300)
    assert bench.plant.target_v == pytest.approx(200)
    bench.plant.mend("target_frozen")
    bench.chip.run(0.2)
    assert bench.plant.target_v == pytest.approx(300)


def target_pwm_low() -> None:
    bench = Bench()
    bench.plant.inject("target_pwm_low")
    bench.target(300)
    assert bench.plant.target_v == 0


def target_pwm_high() -> None:
    bench = Bench()
    bench.plant.inject("target_pwm_high")
    bench.target(100)
    assert bench.plant.target_v == 360


def gate_bypassed() -> None:
    bench = Bench()
    bench.plant.interlock(False)
    bench.chip.run(1e-3)
    bench.plant.inject("gate_bypassed")
    bench.chip.output(pins.TRIG_A, 1)
    assert bench.level(pins.TRIG_SENSE) == 1


def coil_open() -> None:
    bench = fired("coil_open")
    assert after_trigger(bench, pins.TRIG_SENSE) == [1, 0]
    assert after_trigger(bench, pins.FIRED) == []
    assert bench.plant.pulses_fired == 0


def switch_latched() -> None:
    bench = Bench()
    bench.ready(216)
    start = bench.chip.ticks
    bench.plant.inject("switch_latched")
    bench.chip.run(0.1)
    cycles = bench.plant.pulses_fired
    volts = [216 * 0.8 ** (n / 2) * math.exp(-n * 280e-6 / RC) for n in range(40)]
    assert cycles == sum(v >= 10 for v in volts)
    assert bench.edges(pins.FIRED, start) == [(start + 2 * US, 1), (start + (cycles * 280 + 2) * US, 0)]


def coil_sensor_open() -> None:
    bench = Bench()
    bench.plant.inject("coil_sensor_open")
    assert bench.chip.counts(pins.COIL_SENSE) >= 4094


def coil_sensor_short() -> None:
    bench = Bench()
    bench.plant.inject("coil_sensor_short")
    assert bench.chip.counts(pins.COIL_SENSE) <= 1


def coil_sensor_stuck() -> None:
    bench = Bench()
    bench.plant.inject("coil_sensor_stuck")
    assert bench.chip.counts(pins.COIL_SENSE) * 330 / 4096 - 50 == pytest.approx(22, abs=0.1)


def coil_hot() -> None:
    bench = Bench()
    bench.plant.inject("coil_hot")
    assert bench.chip.counts(pins.COIL_SENSE) * 330 / 4096 - 50 == pytest.approx(41, abs=0.1)


def interlock_bounce() -> None:
    bench = Bench()
    bench.plant.inject("interlock_bounce")
    bench.chip.run(1e-3)
    assert bench.edges(pins.SAFE_OK) == [(0, 1)]


def interlock_chatter() -> None:
    bench = Bench()
    bench.plant.inject("interlock_chatter")
    bench.chip.run(50e-3)
    edges = bench.edges(pins.SAFE_OK)
    assert edges[:2] == [(0, 1), (10 * US, 0)] and len(edges) == 9 and edges[-1][1] == 1


def interlock_blink() -> None:
    bench = Bench()
    bench.plant.inject("interlock_blink")
    bench.chip.run(1e-3)
    assert bench.edges(pins.SAFE_OK) == [(0, 1), (10 * US, 0), (110 * US, 1)]


SHOWN: dict[str, Callable[[], None]] = {
    function.__name__: function
    for function in (
        bank_aged, bleeder_open, bank_leaks, bank_shorted, dump_stuck_off, dump_stuck_on,
        charger_weak, charger_stalled, charger_stuck_on,
        supply_latch_stuck_on, supply_latch_stuck_off, divider_open, divider_short, overvoltage_divider_open,
        overvoltage_divider_short, interlock_chatter,
        adc_frozen, adc_noisy, target_frozen, target_pwm_low, target_pwm_high, gate_bypassed, coil_open, switch_latched,
        coil_sensor_open, coil_sensor_short, coil_sensor_stuck, coil_hot, interlock_bounce, interlock_blink,
    )
}  # fmt: skip
STUCK = sorted(name for name in NAMED if "_stuck_" in name and name not in SHOWN)


@pytest.mark.parametrize("name", SHOWN)
def test_fault(name: str) -> None:
    SHOWN[name]()


@pytest.mark.parametrize("name", STUCK)
def test_a_stuck_line_is_only_a_line(name: str) -> None:
    signal, _, word = name.upper().rpartition("_STUCK_")
    level = int(word == "HIGH")
    bench = fired(name)
    assert after_trigger(bench, getattr(pins, signal)) == []
    assert bench.level(getattr(pins, signal)) == level
    assert bench.plant.pulses_fired == 1


def test_every_fault_is_shown_or_a_stuck_line() -> None:
    assert set(SHOWN) | set(STUCK) == set(NAMED)


@pytest.mark.parametrize("name", NAMED)
def test_what_is_mended_is_sound(name: str) -> None:
    faults = Faults()
    inject(faults, name)
    assert faults != Faults()
    mend(faults, name)
    assert faults == Faults()


def test_several_lines_stick_and_are_mended_one_by_one() -> None:
    faults = Faults()
    inject(faults, "fired_stuck_high")
    inject(faults, "trig_sense_stuck_low")
    assert (faults.fired_stuck, faults.trig_sense_stuck) == (1, 0)
    mend(faults, "fired_stuck_high")
    assert faults == Faults(trig_sense_stuck=0)


def test_an_unknown_name_is_refused() -> None:
    bench, name = Bench(), "gremlins"
    with pytest.raises(KeyError):
        bench.plant.inject(name)
    with pytest.raises(AttributeError):
        setattr(bench.plant.faults, name, 1)


def test_a_frozen_bank_reading_is_what_it_was_frozen_at() -> None:
    bench = Bench()
    bench.plant.faults.bank_sense_frozen_counts = 3000
    bench.plant.precharge(100)
    assert {bench.chip.counts(pins.BANK_SENSE) for _ in range(10)} == {3000}
