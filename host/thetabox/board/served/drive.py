"""A folder that looks like the drive RPI-RP2, which the RP2040's boot loader shows (datasheet, section 2.8.4)."""

from __future__ import annotations

import time
from pathlib import Path

from thetabox.errors import ThetaboxError
from thetabox.uf2 import Uf2Error, read

_INFO, _INDEX = "INFO_UF2.TXT", "INDEX.HTM"
_INFO_TEXT = "UF2 Bootloader v2.0\r\nModel: Raspberry Pi RP2\r\nBoard-ID: RPI-RP2\r\n"
_INDEX_TEXT = (
    '<html><head><meta http-equiv="refresh" content="0;URL=\'https://raspberrypi.com/device/RP2\'"/></head></html>\n'
)
_LOOK_S = 0.1
_STILL_S = 2.0  # so long unchanged: nobody is writing it any more


class BootDrive:
    """The drive, there or not. Raises ThetaboxError when the folder holds anything else: it is emptied again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        try:
            folder.mkdir(parents=True, exist_ok=True)
            others = [path.name for path in folder.iterdir() if not self._ours(path)]
        except OSError as error:
            raise ThetaboxError(f"{folder} cannot be the drive: {error.strerror}", "give a new folder") from None
        if others:
            raise ThetaboxError(f"{folder} is not empty: {others[0]}", "give a new folder; what is in it is removed")
        self._look_s = 0.0
        self._seen: dict[tuple[str, int, int], float] = {}
        self.there = True
        self.vanish()

    def _ours(self, path: Path) -> bool:
        return path.is_file() and (path.name in (_INFO, _INDEX) or path.suffix.lower() == ".uf2")

    def appear(self) -> None:
        """The board is in its boot loader."""
        (self._folder / _INDEX).write_text(_INDEX_TEXT, encoding="ascii", newline="")
        (self._folder / _INFO).write_text(_INFO_TEXT, encoding="ascii", newline="")
        self._seen.clear()
        self.there = True

    def vanish(self) -> None:
        """The board has left it: the folder is empty."""
        for path in [path for path in self._folder.iterdir() if self._ours(path)]:
            path.unlink(missing_ok=True)
        self.there = False

    def image(self) -> Path | None:
        """A UF2 that somebody has copied here whole, if there is one; looked for ten times a second.

        Raises Uf2Error, once, for one that stays wrong.
        """
        now_s = time.monotonic()
        if now_s < self._look_s:
            return None
        self._look_s = now_s + _LOOK_S
        for path in sorted(path for path in self._folder.iterdir() if path.suffix.lower() == ".uf2"):
            try:
                read(path)
            except Uf2Error:
                if self._has_been_told(path, now_s):
                    continue
                raise
            return path
        return None

    def _has_been_told(self, path: Path, now_s: float) -> bool:
        """Whether a file's error is not to be told: it may still be on its way, or it was told."""
        try:
            about = path.stat()
        except OSError:
            return True
        key = (path.name, about.st_size, about.st_mtime_ns)
        since_s = self._seen.setdefault(key, now_s)
        if now_s - since_s < _STILL_S:
            return True
        self._seen[key] = float("inf")
        return False
