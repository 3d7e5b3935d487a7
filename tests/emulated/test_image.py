"""What the image is made of: native code on words, for elsewhere its constants are other bytes; nothing of the day."""

from datetime import UTC, datetime

import pytest
from elftools.elf.elffile import ELFFile
from thetabox.board.supplies import image_path

pytestmark = pytest.mark.emulated


def test_native_code_begins_on_a_word():
    with image_path().with_suffix(".elf").open("rb") as file:
        symbols = list(ELFFile(file).get_section_by_name(".symtab").iter_symbols())
        text = ELFFile(file).get_section_by_name(".text")
        start, end = text["sh_addr"], text["sh_addr"] + text["sh_size"]
    places = {each.name: each["st_value"] for each in symbols if each.name.startswith("fun_data_device_")}
    native = {name: place for name, place in places.items() if start <= place < end and "_slash_" in name}
    assert len(native) > 10
    assert {name: place for name, place in native.items() if place % 4} == {}


def test_the_image_does_not_know_on_which_day_it_was_built():
    image = image_path().with_suffix(".bin").read_bytes()
    assert b"2025-04-15" in image and b"Apr 15 2025" in image  # MicroPython's own, everywhere
    today = datetime.now(UTC)
    assert f"{today:%Y-%m-%d}".encode() not in image and f"{today:%b %d %Y}".encode() not in image
