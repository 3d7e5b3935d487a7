"""From ARM to the end of a train the heap is locked: nothing is allocated, nothing is collected, whatever is asked."""

from fractions import Fraction

import pytest
from contract import faults, messages, records
from elftools.elf.elffile import ELFFile
from rig import Rig, exact, in_child, spec
from thetabox.board.link import BoardRefused
from thetabox.board.supplies import image_path

pytestmark = pytest.mark.emulated
TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)), (2, Fraction(4)))
SRAM = 0x20000000


def _member(type_die, name):
    """(offset, type) of a member of a structure, by its debugging information."""
    while type_die.tag in ("DW_TAG_typedef", "DW_TAG_const_type"):
        type_die = type_die.get_DIE_from_attribute("DW_AT_type")
    for child in type_die.iter_children():
        if child.tag == "DW_TAG_member" and child.attributes["DW_AT_name"].value == name:
            return child.attributes["DW_AT_data_member_location"].value, child.get_DIE_from_attribute("DW_AT_type")
    raise LookupError(name)


def _lock_depth_at():
    """Address of MP_STATE_THREAD(gc_lock_depth) in the image that runs, from what the compiler said of gc.c."""
    with image_path().with_suffix(".elf").open("rb") as file:
        elf = ELFFile(file)
        (symbol,) = elf.get_section_by_name(".symtab").get_symbol_by_name("mp_state_ctx")
        for unit in elf.get_dwarf_info().iter_CUs():
            if not unit.get_top_DIE().attributes["DW_AT_name"].value.endswith(b"py/gc.c"):
                continue
            for die in unit.iter_DIEs():
                name = die.attributes.get("DW_AT_name")
                if die.tag == "DW_TAG_variable" and name is not None and name.value == b"mp_state_ctx":
                    offset, kind = _member(die.get_DIE_from_attribute("DW_AT_type"), b"thread")
                    inner, _ = _member(kind, b"gc_lock_depth")
                    return symbol["st_value"] + offset + inner
    raise LookupError("mp_state_ctx")


LOCK_DEPTH = _lock_depth_at() - SRAM


def locked(rig):
    """Whether the heap is locked now. The lowest bit is a flag of another kind."""
    return int.from_bytes(rig.chip.rp2040.sram[LOCK_DEPTH : LOCK_DEPTH + 2], "little") >> 1 > 0


def refused(rig, code, **values):
    """Number of the refusal of a request, 0 when it is answered."""
    try:
        rig.link.request(code, **values)
    except BoardRefused as no:
        return no.number
    return 0


def test_the_heap_is_locked_from_arm_to_the_end_whatever_is_asked():
    rig = Rig().upload(TRAIN, 100).charge()
    assert not locked(rig)
    rig.arm()
    seen = [locked(rig)]
    assert refused(rig, messages.FIRE, nonce=bytes(8)) == faults.WRONG_NONCE
    assert refused(rig, messages.PAUSE) == refused(rig, messages.UPLOAD_BEGIN, size=1, crc=1) == faults.NOT_NOW
    assert refused(rig, messages.ODOMETER) == refused(rig, messages.CLEAR, fault=1) == faults.NOT_NOW
    rig.fire()
    for _ in range(60):
        assert rig.link.heartbeat()["state"] == rig.link.status()["state"] == messages.RUNNING
        rig.link.stamps(messages.RING_TRIGGER, 0)
        rig.link.stamps(messages.RING_BANK, 0xFFFF_FFFF)
        assert rig.link.identify()["compatible"]
        assert list(rig.link.log())[-1][1][4] == records.IDENTIFIED
        assert refused(rig, messages.STAMPS, ring=3, first=0) == faults.BAD_PAYLOAD
        assert refused(rig, messages.ARM, image_crc=0) == refused(rig, messages.BOOTSEL) == faults.NOT_NOW
        for _ in range(10):
            rig.board.wait(0.003)
            seen.append(locked(rig))
    assert len(seen) > 500 and all(seen)
    rig.finish()
    assert exact(rig) and rig.link.status()["fault"] == 0
    assert not locked(rig) and refused(rig, messages.ODOMETER) == 0


@pytest.mark.parametrize("ending", ["pause", "abort", "interlock", "silence"])
def test_it_is_unlocked_however_the_train_ends(ending):
    def action():
        rig.beat(0.3)
        assert locked(rig)
        if ending == "silence":
            rig.board.wait(1)
        elif ending == "interlock":
            rig.plant.interlock(False)
            rig.board.wait(0.2)
        else:
            rig.link.request(messages.PAUSE if ending == "pause" else messages.ABORT)
            rig.beat(5)
        return locked(rig), rig.link.status()["state"], rig.link.status()["fault"]

    rig = Rig().start(TRAIN)
    states = {
        "pause": (messages.PAUSED, 0),
        "abort": (messages.FAULT, faults.ABORTED),
        "interlock": (messages.FAULT, faults.INTERLOCK_OPEN),
        "silence": (messages.FAULT, faults.HOST_SILENT),
    }
    assert in_child(action) == (False, *states[ending])


@pytest.mark.parametrize("up_us", [1 << 30, (1 << 31) - (3 << 20), (1 << 32) - (3 << 20)])
def test_a_board_that_has_been_up_for_long(up_us):
    """Times beyond 2**30 us are not allocated either, and the timer may wrap in a train."""
    rig = Rig().upload(TRAIN)
    rig.chip.rp2040.timer._epoch_nanos -= (up_us & ~0xFFFF) * 1000  # the timer's phase to the system clock is kept
    rig.board.wait(0.2)
    before = rig.link.status()["time_us"]
    rig.charge().arm().fire()
    done = rig.finish()
    assert before > 0.99 * up_us and (done["state"], done["fault"]) == (messages.DONE, 0) and exact(rig)
    assert 5e6 < done["time_us"] - done["start_us"] < 8e6 and done["start_us"] > before
    assert len(rig.link.stamps(messages.RING_TRIGGER, 0)[1]) == 120 * 6
