"""UF2, the file that a Pico's boot loader takes: blocks of 512 bytes, each with an address and 256 bytes for it.

The format is Microsoft's (https://github.com/microsoft/uf2); that the boot loader restarts when it has seen every block
of one family, and that it erases only the sectors it writes, is in section 2.8.4 of the RP2040's datasheet.
"""

from __future__ import annotations

import struct
from binascii import crc32
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract import limits

from thetabox.errors import ThetaboxError

BLOCK = 512
PAYLOAD = 256
RP2040 = 0xE48BFF56
FLASH_BASE = 0x10000000
_MAGICS = (0x0A324655, 0x9E5D5157, 0x0AB16F30)
_NOT_FLASH, _HAS_FAMILY = 0x00000001, 0x00002000
_HEADER = "<8I"
_OTHERS = {0xE48BFF57: "any RP2", 0xE48BFF58: "the RP2350 (data)", 0xE48BFF59: "the RP2350",
           0xE48BFF5A: "the RP2350 (RISC-V)"}  # fmt: skip
_REMEDY = "take the release's thetabox-<version>.uf2 or run `make firmware`"


class Uf2Error(ThetaboxError):
    """A file that must not be flashed."""


@dataclass(frozen=True)
class Uf2:
    """What a file would leave in the image region of the flash; what it does not write reads 0xFF there."""

    path: Path
    data: bytes  # the file itself
    region: bytes
    unwritten: int  # pages of the region that the file leaves as they are

    @property
    def image_hash(self) -> str:
        """As IDENTIFY tells it: the CRC-32 of each half of the region, 16 hex digits."""
        half = len(self.region) // 2
        return struct.pack("<II", crc32(self.region[:half]), crc32(self.region[half:])).hex()

    def require_whole(self) -> None:
        """Raise Uf2Error when parts of an older image would stay: the board's hash could not be foretold then."""
        if self.unwritten:
            kib = self.unwritten * PAYLOAD // 1024
            raise Uf2Error(f"{self.path} leaves {kib} KiB of the image region as they are", _REMEDY)


def read(path: Path) -> Uf2:
    """Read a file and check all that can be known of it. Raises Uf2Error in one line."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Uf2Error(f"{path} cannot be read: {error.strerror}", _REMEDY) from None
    region = bytearray(b"\xff" * limits.FLASH_IMAGE_MAX)
    written: set[int] = set()
    for offset, payload in _blocks(path, data):
        if offset in written:
            raise Uf2Error(f"{path} writes address 0x{FLASH_BASE + offset:08x} twice", _REMEDY)
        if not 0 <= offset <= limits.FLASH_IMAGE_MAX - PAYLOAD:
            address = FLASH_BASE + offset
            raise Uf2Error(f"{path} writes 0x{address:08x}, outside the firmware's region of the flash", _REMEDY)
        written.add(offset)
        region[offset : offset + PAYLOAD] = payload
    unwritten = limits.FLASH_IMAGE_MAX // PAYLOAD - len(written)
    return Uf2(path, data, bytes(region), unwritten)


def _blocks(path: Path, data: bytes) -> Iterator[tuple[int, bytes]]:
    """(offset from the start of flash, payload) of each block of ours, in the file's order."""
    if not data or len(data) % BLOCK:
        raise Uf2Error(f"{path} is not a whole UF2: {len(data)} bytes are no multiple of {BLOCK}", _REMEDY)
    seen: set[int] = set()
    totals: set[int] = set()
    for index in range(len(data) // BLOCK):
        block = data[index * BLOCK : (index + 1) * BLOCK]
        first, second, flags, address, size, number, total, family = struct.unpack_from(_HEADER, block)
        if (first, second, *struct.unpack_from("<I", block, BLOCK - 4)) != _MAGICS:
            raise Uf2Error(f"{path} is not a UF2: block {index} does not begin and end as one", _REMEDY)
        if flags & _NOT_FLASH:
            continue
        if not flags & _HAS_FAMILY or family != RP2040:
            raise Uf2Error(f"{path} is for {_family(flags, family)}, not for the RP2040", _REMEDY)
        if size != PAYLOAD or address % PAYLOAD:
            raise Uf2Error(f"{path}: block {index} is not one page of {PAYLOAD} bytes", _REMEDY)
        if number in seen or number >= total:
            raise Uf2Error(f"{path}: block number {number} of {total} is {_wrong(number in seen)}", _REMEDY)
        seen.add(number)
        totals.add(total)
        yield address - FLASH_BASE, block[32 : 32 + PAYLOAD]
    if len(totals) != 1 or len(seen) != max(totals):
        raise Uf2Error(f"{path} is not complete: {len(seen)} of {max(totals, default=0)} blocks", _REMEDY)


def _family(flags: int, family: int) -> str:
    return _OTHERS.get(family, f"family 0x{family:08x}") if flags & _HAS_FAMILY else "no family"


def _wrong(twice: bool) -> str:
    return "there twice" if twice else "beyond the last"
