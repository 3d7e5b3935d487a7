"""What an attack on the safety claims has found, each in the running image, so that it stays mended."""

import contextlib
import random
from fractions import Fraction

import pytest
from contract import faults, limits, messages
from rig import HZ, Rig, in_child, spec
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1_000)


def restart(rig, key=0):
    rig.chip.power_cycle()
    rig.plant.key(key)
    rig.board.wait(0.6)
    rig.link.identify()


def tear(rig, at, size, record):
    """What a cut of power leaves of the page behind the newest record: some of its bits are down."""
    flash, page = rig.chip.flash, limits.FLASH_PAGE
    used = [index for index in range(size // page) if bytes(flash[at + page * index :][:record]) != b"\xff" * record]
    following = at + page * (used[-1] + 1 if used else 0)
    rng = random.Random(1)
    flash[following : following + record] = bytes(rng.randrange(256) for _ in range(record))


def test_a_permanent_fault_behind_an_abort_wants_the_key_and_a_new_proof():
    rig = Rig().start(spec((100, 100 * MS)), 90)
    rig.beat(0.15)
    rig.plant.inject("dump_stuck_off")
    rig.link.request(messages.ABORT)
    rig.board.wait(6)
    assert rig.link.status()["fault"] == faults.ABORTED
    cut = in_child(lambda: (restart(rig), rig.link.status()["fault"])[1])
    assert cut == faults.DUMP_FAILED
    rig.link.request(messages.CLEAR, fault=faults.ABORTED)
    assert rig.link.status()["fault"] == faults.DUMP_FAILED
    with pytest.raises(BoardRefused) as refused:
        rig.link.request(messages.CLEAR, fault=faults.DUMP_FAILED)
    assert refused.value.number == faults.NOT_CLEARABLE
    rig.plant.key(1)
    rig.link.request(messages.CLEAR, fault=faults.DUMP_FAILED)
    assert not rig.link.request(messages.PROOF)["passed"]


@pytest.mark.parametrize("torn", [False, True])
def test_a_torn_page_loses_no_pulse_and_no_fault(torn):
    rig = Rig("ttl").upload(spec((100, 50 * MS))).arm().fire()
    rig.finish()
    if torn:
        tear(rig, limits.FLASH_ODOMETER_AT, limits.FLASH_ODOMETER_BYTES, 44)
        tear(rig, limits.FLASH_FAULTS_AT, limits.FLASH_FAULTS_BYTES, 24)
        tear(rig, limits.FLASH_BOOTS_AT, limits.FLASH_BOOTS_BYTES, 8)
    restart(rig)
    assert rig.link.identify()["boot_count"] == 2
    rig.upload(spec((100, 50 * MS))).arm().fire()
    rig.beat(2)
    rig.plant.interlock(False)
    rig.board.wait(0.2)
    left = len(rig.pulses()[0])
    restart(rig)
    assert rig.link.identify()["fault"] == faults.INTERLOCK_OPEN
    assert rig.link.request(messages.ODOMETER)["pulses"] >= left > 100
    restart(rig)
    assert rig.link.identify()["boot_count"] == 4


def test_a_power_cut_in_a_train_after_a_torn_page_counts_in_full():
    rig = Rig("ttl").upload(spec((100, 50 * MS)))
    tear(rig, limits.FLASH_ODOMETER_AT, limits.FLASH_ODOMETER_BYTES, 44)
    restart(rig)
    rig.upload(spec((100, 50 * MS))).arm().fire()
    rig.beat(1)
    restart(rig)
    assert rig.link.request(messages.ODOMETER)["pulses"] == 100


def test_a_train_that_is_too_fast_for_the_stamps_counts_in_full():
    count, gap_us = 3_000, 100
    rig = Rig("ttl").upload(spec((count, 10 * MS)), width_ticks=1_250, levels=((count, gap_us * 125, 1),))
    rig.arm().fire()
    rig.beat(count * gap_us / 1e6 + 1)
    odometer = rig.link.request(messages.ODOMETER)
    assert odometer["pulses"] == len(rig.pulses()[0]) == count


@pytest.mark.parametrize("after_ms", [2, 5, 20])
def test_an_interlock_that_opens_while_arm_is_carried_out(after_ms):
    def action():
        start = rig.chip.ticks
        rig.chip.at(start + after_ms * HZ // 1_000, lambda: rig.plant.interlock(False))
        rig.chip.at(start + (after_ms + 1) * HZ // 1_000, lambda: rig.plant.interlock(True))
        with contextlib.suppress(BoardRefused):
            rig.arm().fire()
        rig.board.wait(0.5)
        return rig.link.status()["state"], len(rig.pulses()[0])

    rig = Rig("ttl").upload(spec((20, 300 * MS)))
    rig.board.wait(0.6)
    state, pulses = in_child(action)
    assert state in (messages.FAULT, messages.IDLE) and pulses <= 1


def test_a_fault_inside_charge_leaves_no_reservation_open():
    rig = Rig().upload(spec((3, 20 * MS)))
    rig.plant.inject("trig_sense_stuck_low")
    rig.charge()
    assert rig.link.status()["fault"] == faults.GATE_SENSE
    restart(rig)
    odometer = rig.link.request(messages.ODOMETER)
    assert (odometer["pulses"], odometer["uncertain_pulses"]) == (0, 0)
