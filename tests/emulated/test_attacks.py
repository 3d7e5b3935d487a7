"""What an attack on the safety claims has found, each in the running image, so that it stays mended."""

import contextlib
import random
import struct
from binascii import crc32
from fractions import Fraction

import pytest
from contract import faults, frame, limits, messages, records
from rig import HZ, Rig, in_child, spec
from thetabox.board.link import BoardRefused
from thetabox.protocol import profile

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


def test_no_trigger_tries_the_gate_while_a_bank_is_charged_whose_divider_is_broken():
    """The divider opens in a charge; the fault is cleared at once, and the empty bank that is told charged anew."""
    rig = Rig().upload(spec((100, 100 * MS)), 100).charge()
    rig.link.request(messages.ABORT)
    rig.idle().link.request(messages.CHARGE)
    rig.board.wait(0.2)
    rig.plant.inject("divider_open")
    while not (fault := rig.link.heartbeat()["fault"]):
        rig.board.wait(0.002)
    assert fault in (faults.CHARGE_STALLED, faults.CHARGE_SLOW)
    charged_v = rig.plant.bank_v
    given, currents = len(rig.pulses()[0]), len(rig.pulses("FIRED")[0])
    rig.link.request(messages.CLEAR, fault=fault)
    rig.idle().link.request(messages.CHARGE)
    assert charged_v > 100 and rig.plant.bank_v > 60
    rig.board.wait(0.25)
    assert len(rig.board.capture().pulses("FIRED")[0]) == currents
    assert len(rig.pulses()[0]) == given


@pytest.mark.parametrize("device", ["ttl", "bank"])
def test_a_read_back_that_breaks_in_a_train_is_told_and_the_pulses_are_counted_in_full(device):
    rig = Rig(device).start(spec((30, 100 * MS)))
    rig.beat(1.03)
    rig.plant.inject("trig_sense_stuck_low")
    status = rig.beat(1)
    assert status["fault"] in (faults.GATE_SENSE, faults.FIRED_WITHOUT_TRIGGER)
    rig.board.wait(0.5)
    odometer = rig.link.request(messages.ODOMETER)
    assert odometer["uncertain_pulses"] == odometer["pulses"] == 30 > len(rig.pulses()[0])


def test_a_switch_that_conducts_while_the_bank_dumps_is_told_behind_the_abort():
    rig = Rig().start(spec((4, 100 * MS)), 90)
    rig.beat(0.2)
    rig.link.request(messages.ABORT)
    rig.plant.inject("switch_latched")
    rig.board.wait(1)
    assert rig.link.status()["fault"] == faults.ABORTED
    rig.link.request(messages.CLEAR, fault=faults.ABORTED)
    assert rig.link.status()["fault"] == faults.FIRED_WITHOUT_TRIGGER


def test_a_misfire_just_before_a_pause_is_told():
    rig = Rig().start(spec((3, 20 * MS), (2, 200 * MS), (3, Fraction(2))))
    while not len(rig.pulses()[0]):
        rig.beat(0.005)
    first = int(rig.pulses()[0][0])
    rig.chip.at(first + 230 * HZ // 1_000, lambda: rig.plant.inject("coil_open"))
    rig.link.request(messages.PAUSE)
    rig.beat(1)
    rig.board.wait(0.1)
    assert rig.link.status()["fault"] == faults.MISFIRE


def test_a_fault_in_a_pause_tells_of_the_pulses_that_were_given():
    rig = Rig().start(spec((3, 20 * MS), (3, 200 * MS), (4, Fraction(3))))
    rig.beat(0.2)
    rig.link.request(messages.PAUSE)
    rig.beat(2)
    assert rig.state() == "paused" and len(rig.pulses()[0]) == 9
    rig.plant.inject("adc_frozen")
    rig.board.wait(0.8)
    log = [records.unpack(entry) for _, entry in rig.link.log()]
    told = [entry for entry in log if entry[1] == records.FAULT]
    assert [entry[3] for entry in told] == [9], log


def test_a_read_far_beyond_the_stamps_of_a_running_train_is_answered():
    """The number that it makes would be allocated, and the heap is locked."""
    rig = Rig().start(spec((30, 100 * MS)))
    rig.beat(0.5)
    for ring in (messages.RING_TRIGGER, messages.RING_FIRED, messages.RING_BANK):
        answer = rig.link.request(messages.STAMPS, ring=ring, first=0xFFFFFFFF)
        assert answer["first"] == answer["total"] > 0 and answer["data"] == b""
    rig.link.request(messages.LOG, first=0xFFFFFFFF)
    assert rig.state() == "running"


@pytest.mark.parametrize(("device", "gap_ms"), [("bank", 100), ("ttl", 10)])
@pytest.mark.parametrize("seconds", [0.5, 2])
def test_stamps_that_stand_still_count_the_train_in_full(device, gap_ms, seconds):
    rig = Rig(device).start(spec((200, gap_ms * MS)))
    rig.beat(0.95)
    rig.chip.rp2040.write_uint32(0x50300000, 0)  # CTRL of the block that stamps
    status = rig.beat(seconds)
    if not status["fault"]:
        rig.link.request(messages.ABORT)
    rig.board.wait(0.5)
    odometer = rig.link.request(messages.ODOMETER)
    assert odometer["pulses"] == odometer["uncertain_pulses"] == 200


ENDS = {
    "abort": lambda rig: rig.link.request(messages.ABORT),
    "interlock": lambda rig: rig.plant.interlock(False),
    "silence": lambda rig: rig.board.wait(1),
    "pause": lambda rig: (rig.link.request(messages.PAUSE), rig.beat(3)),
}


@pytest.mark.parametrize("shape", ["pairs", "fast"])
def test_a_read_back_that_breaks_where_windows_tell_nothing_counts_in_full(shape):
    pairs = {"channels": 3, "lag_ticks": 3_000 * 125} if shape == "pairs" else {}
    inner = (10, 20 * MS) if shape == "pairs" else (10, 2 * MS)
    rig = Rig("ttl").upload(spec(inner, (20, Fraction(1))), width_ticks=50 * 125, **pairs).arm().fire()
    rig.beat(1.5)

    def ended(end, broken):
        if broken:
            rig.plant.inject("trig_sense_stuck_low")
        rig.beat(3)
        end(rig)
        rig.board.wait(0.5)
        odometer = rig.link.request(messages.ODOMETER)
        given = len(rig.board.capture().pulses("TRIG_A")[0])
        return rig.link.status()["fault"], given, odometer["pulses"], odometer["uncertain_pulses"]

    for name, end in ENDS.items():
        fault, given, counted, uncertain = in_child(lambda end=end: ended(end, True))
        assert counted == uncertain == 200 > given, name
        assert name != "pause" or fault == faults.GATE_SENSE
        fault, given, counted, uncertain = in_child(lambda end=end: ended(end, False))
        assert (counted, uncertain) == (given, 0), name


@pytest.mark.parametrize("usb", [False, True])
def test_heartbeats_that_wait_in_the_line_are_as_old_as_they_are(usb):
    """A host writes four hundred requests at once, among them a hundred heartbeats, and is gone."""
    rig = Rig("ttl", usb=usb).start(spec((100, 20 * MS)))
    rig.beat(0.5)
    writer, gone, wire = frame.Writer(crc32), rig.chip.ticks, b""
    for index in range(400):
        asked = (messages.STAMPS, struct.pack("<BI", 0, 0)) if index % 4 else (messages.HEARTBEAT, b"")
        wire += bytes(writer.frame(asked[0], index & 0xFF, 99, asked[1]))
    rig.board.write(wire)
    rig.board.wait(3)
    assert (int(rig.pulses()[0][-1]) - gone) * 1_000 / HZ < limits.SESSION_SILENCE_MS
    assert rig.link.status()["fault"] == faults.HOST_SILENT


def test_an_external_train_does_not_discharge_a_bank_whose_divider_has_opened():
    rig = Rig().upload(spec((3, 20 * MS)), 100).charge()
    rig.plant.inject("divider_open")
    rig.link.request(messages.ABORT)
    rig.profile = profile("ttl")
    compiled = rig.compile(spec((3, 20 * MS)), None)
    refusals = set()
    while True:
        try:
            rig.link.upload(compiled.image)
            rig.arm().fire()
            break
        except BoardRefused as refused:
            refusals.add(refused.number)
            rig.board.wait(0.01)
    assert faults.BANK_CHARGED in refusals and rig.plant.bank_v < limits.BANK_TOUCH_SAFE_MV / 1_000
    assert rig.finish()["state"] == messages.DONE and rig.plant.pulses_fired == 0


def test_a_train_after_a_train_waits_until_the_dump_has_been_seen_to_work():
    rig = Rig().upload(spec((3, 100 * MS)), 100).charge()
    rig.plant.inject("dump_stuck_off")
    rig.arm().fire()
    assert rig.finish()["state"] == messages.DONE
    told = 0
    while not told:
        with pytest.raises(BoardRefused) as refused:
            rig.link.request(messages.CHARGE)
        told = rig.link.status()["fault"]
        assert refused.value.number == (faults.FAULT_STANDING if told else faults.BANK_CHARGED) or told
        rig.board.wait(0.02)
    assert told == faults.DUMP_FAILED
