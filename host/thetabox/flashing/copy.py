"""The drive to write to, and the writing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from thetabox.uf2 import Uf2

from .drives import INFO, boot_drives, is_boot_drive, not_mounted
from .terms import BY_HAND, LOOK_S, Clock, FlashError

DRIVE_S = 15.0  # a system mounts a new drive within a few seconds
CHUNK = 64 * 512  # bytes of the file between two looks at how far it is


def the_drive(folder: Path | None, old: tuple[Path, ...] = ()) -> Path:
    """The one drive to write to: `folder`, or the one that the system has mounted and that is not among `old`.

    Raises FlashError, with the system's command when it has seen the drive and not mounted it.
    """
    if folder is not None:
        if is_boot_drive(folder):
            return folder
        raise FlashError(f"{folder} is not the drive of a Pico in its boot loader: no {INFO} of an RP2040", BY_HAND)
    found = [drive for drive in boot_drives() if drive not in old]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(map(str, found))
        raise FlashError(f"{len(found)} Picos are in their boot loaders: {names}", "choose one with --drive")
    unmounted = not_mounted()
    if unmounted:
        raise FlashError(
            f"a Pico is in its boot loader, but its drive {unmounted[0]} is not mounted",
            f"run `udisksctl mount -b {unmounted[0]}`, then `thetabox flash` again",
        )
    raise FlashError("no Pico is in its boot loader", BY_HAND)


def await_drive(folder: Path | None, old: tuple[Path, ...], clock: Clock) -> Path:
    """The drive, as soon as it is there. Raises FlashError with what was wrong at the last look."""
    end = clock.now_s() + DRIVE_S
    while True:
        try:
            return the_drive(folder, old)
        except FlashError:
            if clock.now_s() >= end:
                raise
        clock.wait(LOOK_S)


def copy(image: Uf2, drive: Path, progress: Callable[[int], None]) -> None:
    """Write the file onto the drive; `progress` is told the bytes that have reached the Pico. Raises FlashError.

    The boot loader restarts into the new firmware on the last block, which may take the drive away under the last
    write: no error then. Whether all has arrived is seen in the board's image hash.
    """
    at, total = 0, len(image.data)
    try:
        with (drive / image.path.name).open("wb", buffering=0) as file:
            while at < total:
                written = file.write(image.data[at : at + CHUNK])
                at += written
                os.fsync(file.fileno())
                progress(at)
    except PermissionError:
        remedy = "unmount it, then mount it as yourself: `udisksctl mount -b` and its device"
        raise FlashError(f"you may not write to {drive}", remedy) from None
    except OSError as error:
        if at < total:
            raise FlashError(
                f"writing to {drive} stopped after {100 * at // total} %: {error.strerror}",
                "nothing is lost, the Pico stays in its boot loader: plug it in again and run `thetabox flash` again",
            ) from None
