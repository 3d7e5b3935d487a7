"""What can be built: the image for the board, and the interpreter for this machine."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
import tomllib
from pathlib import Path

from .native import align, nm, require_aligned
from .process import BOARD_PACKAGES, BUILD, HOST_PACKAGES, JOBS, ROOT, BuildError, require, run
from .tree import micropython, mpy_cross, publish, work_folder

IMAGE = BUILD / "firmware" / "thetabox.uf2"
CONFORMANCE = BUILD / "conformance" / "chip.uf2"
CONFORMANCE_MANIFEST = ROOT / "tests" / "conformance" / "on_board" / "manifest.py"
UNIX = BUILD / "micropython-unix" / "micropython"
MPY_CROSS = BUILD / "mpy-cross" / "mpy-cross"
_BOARD = ROOT / "firmware" / "board"
_UF2_FAMILY = "0xe48bff56"  # RP2040
_FLASH_BASE = "0x10000000"
_UNIX_OPTIONS = (  # what needs libraries that Debian's source package leaves out, or that no test needs
    "MICROPY_PY_BTREE=0",
    "MICROPY_PY_SSL=0",
    "MICROPY_PY_FFI=0",
    "MICROPY_USE_READLINE=0",
    "FROZEN_MANIFEST=",
)


def image(checkout: Path | None, log: Path) -> None:
    """build/firmware/thetabox.uf2, .elf, .bin and .json."""
    tree, work = _port(checkout, log, "rp2")
    _fill(work / "firmware.bin", work / "region.bin")
    _convert(tree, log, work / "region.bin", work / "firmware.uf2")
    (work / "firmware.json").write_text(_about(work, "checkout" if checkout else "Debian"))
    for suffix in (".elf", ".bin", ".json", ".uf2"):
        publish(work / f"firmware{suffix}", IMAGE.with_suffix(suffix))


def conformance(checkout: Path | None, log: Path) -> None:
    """build/conformance/chip.uf2: the same MicroPython on the same board, with the conformance suite as its main."""
    tree, work = _port(checkout, log, "rp2-conformance", MICROPY_FROZEN_MANIFEST=CONFORMANCE_MANIFEST)
    _convert(tree, log, work / "firmware.bin", work / "firmware.uf2")
    publish(work / "firmware.uf2", CONFORMANCE)


def _port(checkout: Path | None, log: Path, folder: str, **more: Path) -> tuple[Path, Path]:
    """Build the rp2 port; returns MicroPython's tree and the folder that it was built in."""
    require(HOST_PACKAGES | BOARD_PACKAGES)
    tree = micropython(checkout, log)
    compiler = str(mpy_cross(tree, log))
    work = work_folder(folder, tree)
    no_library = BUILD / "no-micropython-lib"  # the port insists on a folder with this file in it
    no_library.mkdir(exist_ok=True)
    (no_library / "README.md").write_text("Nothing of micropython-lib is used.\n")
    settings = {
        "CMAKE_BUILD_TYPE": "MinSizeRel",
        "MICROPY_BOARD": "THETABOX",
        "MICROPY_BOARD_DIR": _BOARD,
        "MICROPY_LIB_DIR": no_library,
        "PICO_NO_PICOTOOL": 1,
        **more,
    }
    defined = [f"-D{name}={value}" for name, value in settings.items()]
    source = str(tree / "ports/rp2")
    run(["cmake", "-S", source, "-B", str(work), *defined], log, MICROPY_MPYCROSS=compiler)
    # CMake does not see that a frozen module has gone: what is frozen is gathered anew each time
    (work / "frozen_content.c").unlink(missing_ok=True)
    shutil.rmtree(work / "frozen_mpy", ignore_errors=True)
    run(["cmake", "--build", str(work), "--target", "BUILD_FROZEN_CONTENT"], log, MICROPY_MPYCROSS=compiler)
    align(work / "frozen_content.c")
    run(["cmake", "--build", str(work), "-j", JOBS], log, MICROPY_MPYCROSS=compiler)
    require_aligned(nm(work / "firmware.elf"))
    return tree, work


def _convert(tree: Path, log: Path, binary: Path, uf2: Path) -> None:
    convert = [sys.executable, str(tree / "tools/uf2conv.py"), "-b", _FLASH_BASE, "-f", _UF2_FAMILY, "-c"]
    run([*convert, "-o", str(uf2), str(binary)], log)


def _fill(binary: Path, region: Path) -> None:
    """The image with the rest of its region as erased flash reads.

    The boot loader erases only what it writes; so the board's hash over the region does not depend on what was there.
    """
    room = tomllib.loads((ROOT / "hw" / "limits.toml").read_text())["flash"]["image_max"]
    size = binary.stat().st_size
    if size > room:
        raise BuildError(f"the image has {size} bytes, more than its {room}: move [flash] in hw/limits.toml")
    region.write_bytes(binary.read_bytes().ljust(room, b"\xff"))


def _about(work: Path, source: str) -> str:
    content = (work / "firmware.bin").read_bytes()
    version = re.search(r'MICROPY_GIT_TAG "([^"]+)"', (work / "genhdr/mpversion.h").read_text())
    about = {
        "sha256": hashlib.sha256(content).hexdigest(),
        "bytes": len(content),
        "micropython": version[1] if version else "unknown",
        "source": source,
    }
    return json.dumps(about, indent=1) + "\n"


def unix(checkout: Path | None, log: Path) -> None:
    """build/micropython-unix/micropython, with native and viper code on x86-64."""
    require(HOST_PACKAGES)
    tree = micropython(checkout, log)
    work = work_folder("unix", tree)
    run(["make", "-C", str(tree / "ports/unix"), "-j", JOBS, f"BUILD={work}", *_UNIX_OPTIONS], log)
    publish(work / "micropython", UNIX)


def cross(checkout: Path | None, log: Path) -> None:
    """build/mpy-cross/mpy-cross alone, for whoever copies modules to a stock MicroPython."""
    require(HOST_PACKAGES)
    mpy_cross(micropython(checkout, log), log)
