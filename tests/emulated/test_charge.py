"""The charge and its proof in the running image: the same at any intensity, and proven anew when that is due."""

from fractions import Fraction

import pytest
from contract import faults, limits, messages, pins
from contract.protocol import START_TTL
from kernel.charge import NOMINAL_CHARGE_MS
from rig import HZ, Rig, in_child, spec
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (3, Fraction(1, 5)))
WRONG = {
    "charger_factor": ((0.0, faults.CHARGE_STALLED), (0.2, faults.CHARGE_SLOW), (0.5, faults.CHARGE_SLOW)),
    "capacitance_factor": ((0.1, faults.BANK_AGED), (0.3, faults.BANK_AGED), (0.7, faults.BANK_AGED)),
}


def charged(rig):
    """(ms, fault) until the bank is ready or something is told."""
    began = rig.chip.ticks
    rig.link.request(messages.CHARGE)
    while True:
        status = rig.link.heartbeat()
        if status["fault"] or status["state"] == messages.READY:
            return (rig.chip.ticks - began) * 1_000 / HZ, status["fault"]
        rig.board.wait(0.01)


@pytest.mark.parametrize("percent", [7, 15, 45, 100])
def test_what_is_wrong_with_a_charge_is_told_by_its_own_fault_at_any_intensity(percent):
    rig = Rig().upload(TRAIN, percent).charge()
    rig.link.request(messages.ABORT)
    rig.idle()
    rig.board.wait(1.5)
    sound_ms, fault = in_child(lambda: charged(rig))
    assert not fault and sound_ms < 1.5 * NOMINAL_CHARGE_MS

    def break_and_charge(name, factor):
        setattr(rig.plant.faults, name, factor)
        return charged(rig)

    for name, cases in WRONG.items():
        for factor, expected in cases:
            took_ms, fault = in_child(lambda name=name, factor=factor: break_and_charge(name, factor))
            assert (fault, took_ms < sound_ms / 2) == (expected, True), (name, factor, took_ms)


def test_a_bleeder_that_opens_in_a_train_is_told_before_the_next_charge():
    rig = Rig().start(TRAIN, 100)
    rig.beat(0.1)
    rig.plant.inject("bleeder_open")
    rig.link.request(messages.ABORT)
    rig.board.wait(1)
    rig.link.request(messages.CLEAR, fault=faults.ABORTED)
    rig.board.wait(0.1)
    assert charged(rig)[1] == faults.BLEEDER_OPEN
    with pytest.raises(BoardRefused) as refused:
        rig.link.request(messages.CLEAR, fault=faults.BLEEDER_OPEN)
    assert refused.value.number == faults.NOT_CLEARABLE
    rig.plant.mend("bleeder_open")
    rig.plant.key(1)
    rig.link.request(messages.CLEAR, fault=faults.BLEEDER_OPEN)
    rig.board.wait(0.6)
    assert charged(rig)[1] == 0


@pytest.mark.long
def test_what_was_proven_ten_minutes_ago_is_proven_anew():
    rig = Rig().upload(TRAIN).charge()
    rig.link.request(messages.ABORT)
    rig.board.wait(590)
    assert rig.link.request(messages.PROOF)["passed"]
    rig.board.wait(11)
    assert not rig.link.request(messages.PROOF)["passed"]
    assert charged(rig)[1] == 0
    assert rig.link.request(messages.PROOF)["passed"]


@pytest.mark.parametrize("kind", ["coil_hot", "coil_sensor_open", "coil_sensor_short", "bank_cool_stuck_low"])
def test_a_coil_that_has_become_hot_this_very_moment_is_not_armed(kind):
    rig = Rig().upload(TRAIN).charge()
    rig.plant.inject(kind)
    with pytest.raises(BoardRefused) as refused:
        rig.arm()
    assert refused.value.number == faults.FAULT_STANDING
    assert rig.state() == "fault"


def bank_samples(rig):
    """Counts of the bank's voltage at the edges of BLANK."""
    data = rig.link.request(messages.STAMPS, ring=messages.RING_BANK, first=0)["data"]
    return [int.from_bytes(data[at : at + 2], "little") for at in range(0, len(data), 2)]


def test_no_sample_of_the_bank_is_lost_whatever_the_processor_converts():
    lost = 0
    for seed in range(8):
        rig = Rig(seed=seed).start(spec((3, Fraction(1, 50)), (4, Fraction(1, 5))), 50)
        rig.finish()
        samples = bank_samples(rig)
        assert len(samples) == 2 * 12
        lost += sum(counts >= limits.BANK_ADC_COUNTS for counts in samples)
    assert lost == 0


def test_no_sample_of_the_bank_is_lost_wherever_among_the_conversions_of_a_tick_it_falls():
    """TRIG_IN rises at every microsecond of a tick's conversions, which are looked for first."""
    rig = Rig().upload(spec((1, 1)), start=START_TTL).charge().arm().fire()
    converted, room_temperature = [], limits.BANK_ADC_COUNTS * 75 // 330
    rig.chip.set_analog(pins.COIL_SENSE - pins.ANALOG[0], lambda: converted.append(rig.chip.ticks) or room_temperature)
    in_a_tick = 8

    def next_conversions():
        rig.link.heartbeat()
        rig.board.wait(0.06)
        return converted[:in_a_tick]

    def samples(tick):
        """Before and after the blank window of a pulse whose edge comes at this tick."""
        rig.chip.at(tick, lambda: rig.plant.trig_in(True))
        next_conversions()
        return bank_samples(rig)

    ticks = in_child(next_conversions)
    us = HZ // 1_000_000
    assert ticks[-1] - ticks[0] < 150 * us
    fallen = [in_child(lambda at=at: samples(at)) for at in range(ticks[0] - 30 * us, ticks[-1], us)]
    assert len(fallen) > 80
    before, after = zip(*fallen, strict=True)
    assert max(before) - min(before) < 20 and max(after) - min(after) < 20 and max(after) < min(before)
