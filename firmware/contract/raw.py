"""What frames need of bytes: COBS, a copy, a CRC at the end. The device hands in the same in viper, which allocates
nothing; `crc32` is who calculates it here, and is not asked there.
"""

import struct

from .cobs import decode_in_place, encode_into  # noqa: F401  (part of the interface)


def copy(source, at, end, target, to):
    """Write `source[at:end]` into `target` from `to` on."""
    target[to : to + end - at] = source[at:end]


def seal(crc32, buffer, end):
    """Write the CRC of `buffer[:end]` behind it."""
    struct.pack_into("<I", buffer, end, crc32(memoryview(buffer)[:end]) & 0xFFFFFFFF)


def holds(crc32, buffer, end):
    """Whether the CRC of `buffer[:end]` stands behind it."""
    return crc32(memoryview(buffer)[:end]) & 0xFFFFFFFF == struct.unpack_from("<I", buffer, end)[0]
