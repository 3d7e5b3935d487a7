"""MicroPython's own state in the memory of an emulated board: where its fields lie is asked of the image's ELF file."""

from functools import cache

from elftools.elf.elffile import ELFFile
from thetabox.board.supplies import image_path

_UNIT = "py/scheduler.c"  # any that includes mpstate.h
_LOCK_SHIFT = 1  # beside the flag of a collection (GC_LOCK_DEPTH_SHIFT)


@cache
def symbol(name):
    """Address of a symbol of the image. Raises LookupError."""
    with image_path().with_suffix(".elf").open("rb") as file:
        found = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(name)
    if not found:
        raise LookupError(name)
    return found[0]["st_value"]


def _plain(die):
    """The structure behind typedefs and qualifiers."""
    while die.tag != "DW_TAG_structure_type":
        die = die.get_DIE_from_attribute("DW_AT_type")
    return die


@cache
def offset(*path):
    """Where a field lies in `mp_state_ctx`: names from the outermost structure on."""
    with image_path().with_suffix(".elf").open("rb") as file:
        for unit in ELFFile(file).get_dwarf_info().iter_CUs():
            if unit.get_top_DIE().attributes["DW_AT_name"].value.decode().endswith(_UNIT):
                break
        die = next(die for die in unit.iter_DIEs() if _named(die, "mp_state_ctx_t"))
        total = 0
        for name in path:
            die = next(child for child in _plain(die).iter_children() if _named(child, name))
            total += die.attributes["DW_AT_data_member_location"].value
        return total


def _named(die, name):
    found = die.attributes.get("DW_AT_name")
    return found is not None and found.value == name.encode()


def address(*path):
    """Address of a field of `mp_state_ctx`."""
    return symbol("mp_state_ctx") + offset(*path)


def locks(chip):
    """How often the heap of the board is locked now."""
    return chip.rp2040.read_uint16(address("thread", "gc_lock_depth")) >> _LOCK_SHIFT
