"""Odometers: totals, reservations, and what is believed of a place in flash."""

from kernel.odometer import STORED_BYTES, Odometer


def reread(*stored):
    fresh = Odometer()
    for place in stored:
        fresh.consider(place)
    return fresh


def test_a_train_is_reserved_and_then_counted():
    meter = Odometer()
    before = meter.reserve(600, 466)
    after = meter.close(590)
    assert len(before) == len(after) == STORED_BYTES
    back = reread(before, after)
    assert (back.pulses, back.energy_mj, back.trains) == (590, 590 * 466, 1)
    assert (back.reserved, back.uncertain_pulses) == (0, 0)
    assert reread(after, before).pulses == 590  # the newest counts, wherever it lies


def test_a_train_that_gave_nothing_is_no_train():
    meter = Odometer()
    meter.reserve(600, 466)
    assert reread(meter.close(0)).trains == 0


def test_an_open_reservation_counts_in_full():
    meter = Odometer()
    meter.reserve(10, 100)
    meter.close(10)
    back = reread(meter.reserve(600, 466))
    assert back.reserved == 600
    back.close(None)
    assert (back.pulses, back.uncertain_pulses, back.trains) == (610, 600, 2)
    assert back.energy_mj == 10 * 100 + 600 * 466 and back.reserved == 0


def test_what_is_damaged_is_not_believed():
    meter = Odometer()
    stored = meter.reserve(600, 466)
    for bit in range(8 * STORED_BYTES):
        broken = bytearray(stored)
        broken[bit // 8] ^= 1 << bit % 8
        assert not Odometer().consider(bytes(broken))
    assert not Odometer().consider(b"\xff" * STORED_BYTES)
    assert Odometer().consider(stored)
