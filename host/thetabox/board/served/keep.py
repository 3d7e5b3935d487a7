"""The flash of an emulated board in a file, from one run to the next."""

from __future__ import annotations

from pathlib import Path

from contract import limits

from thetabox.errors import ThetaboxError
from thetabox.plural import counted


def read_flash(path: Path | None) -> bytes | None:
    """What the file holds; None when there is none yet. Raises ThetaboxError when it is no flash."""
    if path is None or not path.exists():
        return None
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ThetaboxError(f"{path} cannot be read: {error.strerror}", "choose another file") from None
    if len(data) != limits.FLASH_SIZE:
        raise ThetaboxError(
            f"{path} is no flash: it has {counted(len(data), 'byte')}",
            "give a file that `thetabox emulate --flash` has written, or a new name",
        )
    return data


def write_flash(path: Path | None, flash: memoryview) -> None:
    """Keep it, whole or not at all. Raises ThetaboxError when it cannot be written."""
    if path is None:
        return
    draft = path.with_name(f"{path.name}.new")
    try:
        draft.write_bytes(flash)
        draft.replace(path)
    except OSError as error:
        raise ThetaboxError(f"{path} cannot be written: {error.strerror}", "choose another file") from None
