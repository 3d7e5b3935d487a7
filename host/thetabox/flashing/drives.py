"""A Pico in its boot loader is a small drive named RPI-RP2, with a file INFO_UF2.TXT: where the system has put it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

LABEL = "RPI-RP2"
INFO = "INFO_UF2.TXT"
BOARD = "Board-ID: RPI-RP2"  # an RP2350 has another
MOUNTS = Path("/proc/self/mounts")
BY_LABEL = Path("/dev/disk/by-label")
VOLUMES = Path("/Volumes")
LETTERS = "DEFGHIJKLMNOPQRSTUVWXYZ"
_FAT = ("vfat", "msdos", "exfat", "fuseblk")


def is_boot_drive(folder: Path) -> bool:
    """Whether a folder is the drive of an RP2040's boot loader."""
    try:
        return BOARD in (folder / INFO).read_text(encoding="ascii", errors="replace")
    except OSError:
        return False  # no drive, no medium in it, or gone this moment


def boot_drives(platform: str = sys.platform) -> list[Path]:
    """Drives of boot loaders that the system has mounted."""
    return [folder for folder in _mounted(platform) if is_boot_drive(folder)]


def not_mounted(platform: str = sys.platform) -> list[Path]:
    """Block devices of boot loaders that Linux sees and has not mounted."""
    if platform != "linux":
        return []
    devices = {Path(device) for device, _, _ in _mounts()}
    links = sorted(BY_LABEL.glob(f"{LABEL}*")) if BY_LABEL.is_dir() else []
    return [link for link in links if link.resolve() not in devices]


def _mounted(platform: str) -> Iterator[Path]:
    if platform == "win32":
        yield from (Path(f"{letter}:/") for letter in LETTERS)
    elif platform == "darwin":
        yield from sorted(VOLUMES.glob("*"))
    else:
        yield from (Path(folder) for _, folder, kind in _mounts() if kind in _FAT)


def _mounts() -> Iterator[tuple[str, str, str]]:
    """(device, folder, kind of filesystem) of everything that is mounted; spaces are written as octal numbers there."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        device, folder, kind, *_ = line.split(" ")
        yield device, re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), folder), kind
