"""UF2 files for tests, made by a second writer of the format."""

import struct

REGION = 640 * 1024
FAMILY = 0xE48BFF56


def block(number, total, payload, address=None, family=FAMILY, flags=0x2000, size=256):
    address = 0x10000000 + number * 256 if address is None else address
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, size, number, total, family)
    return header + payload.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


def uf2(content=b"firmware", region=REGION, **options):
    """A whole image: `content`, then erased flash up to the end of the region."""
    data = content.ljust(region, b"\xff")
    total = region // 256
    return b"".join(block(n, total, data[n * 256 : n * 256 + 256], **options) for n in range(total))
