"""The MicroPython tree that is built, and the folders that it is built in: all of them are under build/."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from .process import BUILD, JOBS, BuildError, run
from .sources import fetch


def micropython(checkout: Path | None, log: Path) -> Path:
    """The user's checkout if there is one, or Debian's sources with their libraries in place."""
    return _debian(log) if checkout is None else _checked(checkout)


def _debian(log: Path) -> Path:
    trees = fetch(BUILD / "src", log)
    tree = trees["micropython"]
    for name, target in {
        "mbedtls": trees["mbedtls"],
        "pico-sdk": trees["pico-sdk-source"] / "usr/src/pico-sdk",
        "tinyusb": trees["tinyusb-source"] / "usr/src/tinyusb",
    }.items():
        link = tree / "lib" / name
        if not link.is_symlink():
            shutil.rmtree(link, ignore_errors=True)
            link.symlink_to(os.path.relpath(target, link.parent))  # relative: the project's folder may be moved
    return tree


def _checked(checkout: Path) -> Path:
    tree = checkout.resolve()
    if not (tree / "ports/rp2/CMakeLists.txt").exists():
        raise BuildError(f"{checkout} is not a MicroPython checkout")
    empty = [name for name in ("mbedtls", "pico-sdk", "tinyusb") if not any((tree / "lib" / name).glob("*"))]
    if empty:
        raise BuildError(f"{checkout} lacks its submodules {', '.join(empty)}; run in it: make -C ports/rp2 submodules")
    return tree


def work_folder(name: str, tree: Path) -> Path:
    """build/`name`, emptied when what is in it was made from another tree."""
    folder = BUILD / name
    mark = folder / "made-from"
    if not mark.exists() or mark.read_text() != str(tree):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        mark.write_text(str(tree))
    return folder


def mpy_cross(tree: Path, log: Path) -> Path:
    """build/mpy-cross/mpy-cross, the cross compiler of this very MicroPython."""
    work = work_folder("mpy-cross", tree)
    run(["make", "-C", str(tree / "mpy-cross"), "-j", JOBS, f"BUILD={work}"], log)
    return work / "mpy-cross"


def publish(source: Path, target: Path) -> None:
    """Copy so that whoever reads `target` meanwhile has the old file or the new one, never half of it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(target.name + ".part")
    shutil.copy2(source, part)
    part.replace(target)
