"""UF2 files: what they would leave in flash, and every way in which they must not be flashed."""

import struct
from binascii import crc32

import images
import pytest
from contract import limits
from thetabox import uf2

HALF = limits.FLASH_IMAGE_MAX // 2


def of(tmp_path, data):
    path = tmp_path / "a.uf2"
    path.write_bytes(data)
    return uf2.read(path)


def test_a_whole_image(tmp_path):
    image = of(tmp_path, images.uf2(b"abc"))
    assert image.region == b"abc".ljust(limits.FLASH_IMAGE_MAX, b"\xff") and image.data == images.uf2(b"abc")
    halves = crc32(b"abc".ljust(HALF, b"\xff")), crc32(b"\xff" * HALF)
    assert image.image_hash == struct.pack("<II", *halves).hex()
    image.require_whole()


def test_the_order_of_blocks_does_not_matter(tmp_path):
    data = images.uf2(bytes(range(256)) * 8)
    blocks = [data[at : at + 512] for at in range(0, len(data), 512)]
    assert of(tmp_path, b"".join(reversed(blocks))).region == of(tmp_path, data).region


def test_blocks_that_are_not_for_flash_are_passed_over(tmp_path):
    image = of(tmp_path, images.block(0, 1, b"note", flags=1) + images.uf2(b"abc"))
    assert image.region[:3] == b"abc" and image.unwritten == 0


def test_what_is_not_written_is_told(tmp_path):
    image = of(tmp_path, images.uf2(b"abc", region=HALF))
    assert image.unwritten == 1280 and image.region[HALF:] == b"\xff" * HALF
    with pytest.raises(uf2.Uf2Error, match="leaves 320 KiB of the image region as they are"):
        image.require_whole()


WHOLE = images.uf2()


def damaged(at, value):
    return WHOLE[:at] + value + WHOLE[at + len(value) :]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is not a whole UF2: 0 bytes"),
        (WHOLE[:-1], "is not a whole UF2"),
        (WHOLE[:-512], "is not complete: 2559 of 2560 blocks"),
        (WHOLE + WHOLE[-512:], "block number 2559 of 2560 is there twice"),
        (bytes(1024), "is not a UF2: block 0"),
        (damaged(512 * 7, b"\0"), "is not a UF2: block 7"),
        (damaged(512 * 8 - 1, b"\0"), "is not a UF2: block 7"),
        (images.uf2(family=0xE48BFF59), "is for the RP2350, not for the RP2040"),
        (images.uf2(family=0x12345678), "is for family 0x12345678"),
        (images.uf2(flags=0), "is for no family"),
        (images.block(0, 1, b"", size=128), "block 0 is not one page"),
        (images.block(0, 1, b"", address=0x10000010), "block 0 is not one page"),
        (images.block(0, 1, b"", address=0x20000000), "writes 0x20000000, outside"),
        (images.block(0, 1, b"", address=0x100A0000), "writes 0x100a0000, outside"),
        (images.block(0, 2, b"") + images.block(1, 2, b"", address=0x10000000), "writes address 0x10000000 twice"),
        (images.block(3, 3, b""), "block number 3 of 3 is beyond the last"),
        (images.block(0, 2, b"") + images.block(1, 3, b""), "is not complete: 2 of 3"),
        (images.block(0, 1, b"", flags=1), "is not complete: 0 of 0"),
    ],
)
def test_what_must_not_be_flashed(tmp_path, data, message):
    with pytest.raises(uf2.Uf2Error, match=message) as caught:
        of(tmp_path, data)
    assert "\n" not in str(caught.value) and "make firmware" in caught.value.remedy


def test_a_file_that_cannot_be_read(tmp_path):
    with pytest.raises(uf2.Uf2Error, match=r"none\.uf2 cannot be read: No such file"):
        uf2.read(tmp_path / "none.uf2")
