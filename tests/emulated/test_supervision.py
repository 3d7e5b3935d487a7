"""What is watched while a train runs, while a fault stands, and after a reset."""

import random
from binascii import crc32
from fractions import Fraction

import pytest
from campaigning.registers import DMA, DUMP_CONTROL, INVERTED, RING_ENTRIES, RINGS
from contract import faults, frame, limits, messages, records
from rig import HZ, Rig, in_child, spec
from slow_flash import SlowFlash
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1_000)


def fault_of(action):
    """Number of the fault for which this is refused."""
    with pytest.raises(BoardRefused) as refused:
        action()
    return refused.value.number


@pytest.mark.parametrize("policy", ["abort", "skip"])
def test_a_target_that_breaks_upwards_in_a_train_gives_no_pulse_of_another_strength(policy):
    """Both comparators follow the broken line; the charger, at its full power, is not as quick."""
    rig = Rig().upload(spec((200, 20 * MS if policy == "skip" else 80 * MS), policy=policy), 25).charge().arm().fire()
    rig.beat(0.5)
    target_v = rig.compiled.protocol.target_mv / 1_000

    def strengths(after_ms):
        """Fault, and of each later pulse its voltage's part of the target."""
        at = rig.chip.ticks + after_ms * HZ // 1_000
        volts = []
        for onset in rig.expected():
            if onset > at:
                rig.chip.at(int(onset) - 100, lambda onset=onset: volts.append((onset, rig.plant.bank_v)))
        rig.chip.at(at, lambda: rig.plant.inject("target_pwm_high"))
        fault = rig.beat(0.6)["fault"]
        given = set(rig.pulses()[0].tolist())
        return fault, [bank_v / target_v for onset, bank_v in volts if int(onset) in given]

    for after_ms in range(20, 100, 7):
        fault, parts = in_child(lambda ms=after_ms: strengths(ms))
        assert fault == faults.TARGET_WRONG and all(0.9 < part < 1.1 for part in parts), (after_ms, parts)


@pytest.mark.parametrize("made", [spec((2, 60)), spec((60, 1), policy="skip")], ids=["in a gap", "skipped"])
def test_a_bank_that_shorts_in_a_train_is_not_fed_for_long(made):
    rig = Rig().start(made, 100)
    rig.beat(0.5)
    rig.plant.inject("bank_shorted")
    at = rig.chip.ticks
    assert rig.beat(3)["fault"] == faults.CHARGE_STALLED
    assert rig.last_edge(("CHARGE_EN",)) - at < 700 * HZ // 1_000 and rig.level("CHARGE_EN") != 1


def test_a_safety_line_that_lies_behind_an_abort_is_told_and_stays():
    rig = Rig().start(spec((30, 100 * MS)))
    rig.beat(0.5)
    rig.link.request(messages.ABORT)
    rig.plant.inject("safe_ok_stuck_high")
    rig.plant.interlock(False)
    rig.board.wait(0.5)
    rig.plant.interlock(True)
    rig.board.wait(0.7)
    rig.link.request(messages.CLEAR, fault=faults.ABORTED)
    assert rig.link.status()["fault"] == faults.SAFE_CHAIN
    assert fault_of(lambda: rig.link.request(messages.CLEAR, fault=faults.SAFE_CHAIN)) == faults.NOT_CLEARABLE
    told = [records.unpack(entry) for _, entry in rig.link.log()]
    assert sum(event[1] == records.FAULT and event[2] == faults.SAFE_CHAIN for event in told) == 1


def test_a_pad_of_the_dump_that_inverts_while_a_fault_stands_is_told_and_the_bank_is_dumped():
    rig = Rig().start(spec((30, 100 * MS)), 100)
    rig.beat(0.3)
    rig.link.request(messages.ABORT)
    rig.board.wait(0.02)
    rp2040 = rig.chip.rp2040
    rp2040.write_uint32(DUMP_CONTROL, rp2040.read_uint32(DUMP_CONTROL) ^ INVERTED)
    rig.board.wait(2.5)
    assert rig.link.status()["fault"] == faults.ABORTED and not rig.level("DUMP_INHIBIT")
    rig.link.request(messages.CLEAR, fault=faults.ABORTED)
    assert rig.link.status()["fault"] == faults.DUMP_FAILED


@pytest.mark.parametrize("before", [0, 20, 60, 80, 90, 100, 120])
def test_a_fire_that_waits_in_the_line_is_as_old_as_it_is(before):
    """A host writes that many requests and then FIRE at once, and is gone."""
    rig = Rig("ttl").upload(spec((100, 20 * MS))).arm()
    rig.link.heartbeat()
    writer, gone, wire = frame.Writer(crc32), rig.chip.ticks, b""
    for index in range(before):
        wire += bytes(writer.frame(messages.STATUS, 100 + index & 0xFF, 99, b""))
    rig.board.write(wire + bytes(writer.frame(messages.FIRE, 100 + before & 0xFF, 99, rig.nonce)))
    rig.board.wait(2)
    rises = rig.pulses()[0]
    assert len(rises) if before < 50 else len(rises) < 10
    assert all((rises - gone) * 1_000 < limits.SESSION_SILENCE_MS * HZ)
    assert rig.link.status()["fault"] == faults.HOST_SILENT


def test_after_a_reset_the_interlock_has_been_closed_for_half_a_second_too():
    rig = Rig("ttl").upload(spec((3, 20 * MS)))
    image = rig.compiled.image
    rig.plant.interlock(False)
    rig.board.wait(0.1)

    def armed_ms(boot_ms):
        """From the interlock's closing, so long after power has come, to ARM."""
        rig.chip.power_cycle()
        rig.board.wait(boot_ms / 1_000)
        rig.plant.interlock(True)
        closed = rig.chip.ticks
        rig.idle()
        rig.link.upload(image)
        return rig.taken_ms(rig.arm, closed)

    assert all(500 <= in_child(lambda ms=ms: armed_ms(ms)) < 800 for ms in range(100, 500, 40))


def test_the_boot_loader_is_not_entered_while_a_bank_may_be_charged_whose_divider_is_broken():
    rig = Rig().upload(spec((3, 20 * MS)), 100).charge()
    rig.plant.inject("divider_open")
    while not rig.link.heartbeat()["fault"]:
        rig.board.wait(0.005)
    while rig.plant.bank_v >= limits.BANK_TOUCH_SAFE_MV / 1_000:
        assert fault_of(lambda: rig.link.request(messages.BOOTSEL)) == faults.BANK_CHARGED
        rig.board.wait(0.05)
    rig.board.wait(1)
    rig.link.request(messages.BOOTSEL)
    rig.board.wait(0.2)
    assert rig.chip.in_boot_loader


def test_a_host_that_asks_for_a_charge_that_is_there_delays_no_look():
    """The longest schedule takes 140 ms to be verified: that is not done for a CHARGE which is refused."""
    rig = Rig().upload(spec((1_000, 1_440 * MS)), 100).charge()
    assert rig.state() == "ready"
    began = rig.chip.ticks
    assert fault_of(lambda: rig.link.request(messages.CHARGE)) == faults.NOT_NOW
    assert (rig.chip.ticks - began) * 1_000 / HZ < 5  # verified, these thousand take 20


def test_a_ring_of_stamps_that_leaves_its_place_is_a_permanent_fault():
    """A bit of where a stamp's channel writes, but for the place in its ring; a train runs, or is to be armed.

    In a train what is overwritten may end in a reset before the second is over.
    """
    rig = Rig().upload(spec((200, 50 * MS)), 60).charge()
    rp2040, rng = rig.chip.rp2040, random.Random(5)

    def flipped(address, bit, running):
        if running:
            rig.arm().fire().beat(0.5)
        rp2040.write_uint32(address, rp2040.read_uint32(address) ^ 1 << bit)
        if running:
            try:
                return rig.beat(1.2)["fault"]
            except BoardRefused:  # reset
                return rig.link.identify()["fault"]
        assert fault_of(rig.arm) == faults.FAULT_STANDING
        return rig.link.status()["fault"]

    for channel, size in RINGS:
        for running in (False, True):
            bit = rng.randrange((RING_ENTRIES * size).bit_length() - 1, 18)
            told = in_child(lambda: flipped(DMA + 0x40 * channel + 4, bit, running))  # noqa: B023
            allowed = (faults.REGISTERS, faults.SOFTWARE) if running else (faults.REGISTERS,)
            assert told in allowed, (channel, bit, running)


def test_a_charge_waits_for_a_reservation_that_erases_a_sector():
    """After a proof and before one; a sector of a sound flash takes 45 ms, and 400 ms at the worst."""
    rig = Rig().upload(spec((1, 1)), 60)

    def charge():
        rig.charge()
        return rig.state()

    def abort():
        rig.link.request(messages.ABORT)
        rig.board.wait(1.1)

    def prove():
        rig.plant.inject("coil_hot")
        assert fault_of(lambda: rig.link.request(messages.CHARGE)) == faults.FAULT_STANDING
        rig.plant.mend("coil_hot")
        rig.board.wait(0.2)
        rig.link.request(messages.CLEAR, fault=faults.COIL_HOT)
        rig.idle()

    def slow(erase_ms, anew):
        if anew:
            prove()
        flash = SlowFlash(rig.chip, erase_ms)
        return charge(), flash.erased

    charge()
    abort()
    for _ in range(16):
        if in_child(lambda: slow(45, False))[1]:
            break
        charge()
        abort()
    for erase_ms in (95, 400):
        for anew in (False, True):
            state, erased = in_child(lambda: slow(erase_ms, anew))  # noqa: B023
            assert erased and state == "ready", (erase_ms, anew)
