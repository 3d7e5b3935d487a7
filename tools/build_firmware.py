"""Build the firmware image: MicroPython for the RP2040 with our modules frozen in, from Debian's sources.

    python3 tools/build_firmware.py            build/firmware/thetabox.uf2, .elf, .bin, .json
    python3 tools/build_firmware.py unix       build/micropython-unix/micropython, the same MicroPython for this machine

MICROPY_DIR names a MicroPython checkout (with its submodules) to be used instead. Standard library only.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import sys
from pathlib import Path

from firmware.sources import BuildError, fetch, run

ROOT = Path(__file__).resolve().parent.parent
BUILD = ROOT / "build"
OUT = BUILD / "firmware"
UNIX = BUILD / "micropython-unix"
BOARD = ROOT / "firmware" / "board"
UF2_FAMILY = "0xe48bff56"
FLASH_BASE = "0x10000000"
IMAGE_MAX_BYTES = 655_360  # hw/limits.toml [flash] image_max
JOBS = str(os.cpu_count() or 2)


def micropython(log: Path) -> Path:
    """The MicroPython tree, its libraries in place."""
    own = os.environ.get("MICROPY_DIR")
    if own:
        tree = Path(own).resolve()
        if not (tree / "ports/rp2/CMakeLists.txt").exists():
            raise BuildError(f"MICROPY_DIR={own} is not a MicroPython checkout — name the folder that holds ports/rp2")
        return tree
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
            link.symlink_to(target)
    return tree


def folder(port: str, tree: Path) -> Path:
    """Where a port is built: a folder for each tree, because CMake keeps to the sources that it began with."""
    return BUILD / f"{port}-{hashlib.sha256(str(tree).encode()).hexdigest()[:8]}"


def mpy_cross(tree: Path, log: Path) -> Path:
    """The cross compiler of this very MicroPython."""
    run(["make", "-C", str(tree / "mpy-cross"), "-j", JOBS], log=log)
    return tree / "mpy-cross/build/mpy-cross"


def inputs() -> list[Path]:
    """Every file of ours that goes into the image, and the tools that make it."""
    ours = [p for p in (ROOT / "firmware").rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    return sorted([*ours, *(ROOT / "tools").glob("firmware/*.py"), Path(__file__).resolve()])


def fingerprint() -> str:
    """Hash over the inputs and over where MicroPython comes from."""
    digest = hashlib.sha256(os.environ.get("MICROPY_DIR", "debian").encode())
    for path in inputs():
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def image(log: Path) -> None:
    """Build the image and copy what comes out to build/firmware."""
    tree = micropython(log)
    compiler = mpy_cross(tree, log)
    work = folder("rp2", tree)
    no_library = BUILD / "no-micropython-lib"
    no_library.mkdir(exist_ok=True)
    (no_library / "README.md").write_text("Nothing of micropython-lib is used.\n")
    run(
        [
            "cmake", "-S", str(tree / "ports/rp2"), "-B", str(work), "-DCMAKE_BUILD_TYPE=MinSizeRel",
            f"-DMICROPY_BOARD_DIR={BOARD}", "-DMICROPY_BOARD=THETABOX", "-DPICO_NO_PICOTOOL=1",
            f"-DMICROPY_LIB_DIR={no_library}", f"-DMICROPY_MPYCROSS={compiler}", "-DPICO_BUILD_DOCS=0",
        ],
        log=log,
    )  # fmt: skip
    run(["cmake", "--build", str(work), "-j", JOBS], log=log)
    size = (work / "firmware.bin").stat().st_size
    if size > IMAGE_MAX_BYTES:
        raise BuildError(f"the image has {size} bytes, more than its {IMAGE_MAX_BYTES}: move [flash] in hw/limits.toml")
    OUT.mkdir(parents=True, exist_ok=True)
    for suffix in ("elf", "bin"):
        shutil.copy2(work / f"firmware.{suffix}", OUT / f"thetabox.{suffix}")
    convert = [sys.executable, str(tree / "tools/uf2conv.py"), "-b", FLASH_BASE, "-f", UF2_FAMILY, "-c"]
    run([*convert, "-o", str(OUT / "thetabox.uf2"), str(OUT / "thetabox.bin")], log=log)
    found = re.search(r'MICROPY_GIT_TAG "([^"]+)"', (work / "genhdr/mpversion.h").read_text())
    about = {
        "sha256": hashlib.sha256((OUT / "thetabox.bin").read_bytes()).hexdigest(),
        "bytes": size,
        "micropython": found[1] if found else "unknown",
        "source": "checkout" if os.environ.get("MICROPY_DIR") else "Debian",
    }
    (OUT / "thetabox.json").write_text(json.dumps(about, indent=1) + "\n")


def unix(log: Path) -> None:
    """Build the interpreter for this machine; what needs other libraries is left out."""
    tree = micropython(log)
    mpy_cross(tree, log)
    work = folder("unix", tree)
    options = [
        "MICROPY_PY_BTREE=0",
        "MICROPY_PY_SSL=0",
        "MICROPY_PY_FFI=0",
        "FROZEN_MANIFEST=",
        "MICROPY_USE_READLINE=0",
    ]
    run(["make", "-C", str(tree / "ports/unix"), "-j", JOBS, f"BUILD={work}", *options], log=log)
    UNIX.mkdir(parents=True, exist_ok=True)
    shutil.copy2(work / "micropython", UNIX / "micropython")


def main() -> int:
    """Build what is asked for unless nothing has changed since."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("what", nargs="?", choices=("image", "unix"), default="image")
    what = parser.parse_args().what
    BUILD.mkdir(exist_ok=True)
    stamp = BUILD / f"{what}.fingerprint"
    log = BUILD / f"{what}.log"
    product = OUT / "thetabox.uf2" if what == "image" else UNIX / "micropython"
    now = fingerprint() if what == "image" else os.environ.get("MICROPY_DIR", "debian")
    if product.exists() and stamp.exists() and stamp.read_text() == now:
        return 0
    print(f"building {product.relative_to(ROOT)} (log: {log.relative_to(ROOT)})", flush=True)
    log.unlink(missing_ok=True)
    try:
        image(log) if what == "image" else unix(log)
    except BuildError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    stamp.write_text(now)
    return 0


if __name__ == "__main__":
    sys.exit(main())
