#!/usr/bin/env python3
"""Build the firmware image: MicroPython for the RP2040 with our modules frozen in, from Debian's sources.

    tools/build_firmware.py              build/firmware/thetabox.uf2, .elf, .bin, .json
    tools/build_firmware.py conformance  build/conformance/chip.uf2, the conformance suite (tests/conformance)
    tools/build_firmware.py unix         build/micropython-unix/micropython, the same MicroPython for this machine
    tools/build_firmware.py mpy-cross    build/mpy-cross/mpy-cross, its compiler to .mpy
    tools/build_firmware.py packages     the Debian packages that this needs (tools/apt_install.sh installs them)

MICROPY_DIR or --micropython-dir names a MicroPython checkout (with its submodules) to be used instead. It is only read;
everything made is under build/. Standard library only.
"""

from __future__ import annotations

import argparse
import fcntl
import hashlib
import os
import sys
from pathlib import Path

from firmware.process import BUILD, PACKAGES, ROOT, BuildError
from firmware.targets import CONFORMANCE, IMAGE, MPY_CROSS, UNIX, conformance, cross, image, unix

IMAGE_FILES = [IMAGE.with_suffix(suffix) for suffix in (".uf2", ".elf", ".bin", ".json")]
TARGETS = {
    "image": (image, IMAGE_FILES),
    "conformance": (conformance, [CONFORMANCE]),
    "unix": (unix, [UNIX]),
    "mpy-cross": (cross, [MPY_CROSS]),
}


def inputs(what: str) -> list[Path]:
    """Every file of ours that goes into a target, and the tools that make it."""
    tools = [Path(__file__).resolve(), *(ROOT / "tools" / "firmware").glob("*.py")]
    frozen = {"image": ["firmware"], "conformance": ["firmware/board", "tests/conformance/on_board"]}.get(what, [])
    limits = [ROOT / "hw" / "limits.toml"] if what == "image" else []
    found = (path for folder in frozen for path in (ROOT / folder).rglob("*"))
    ours = [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    return sorted([*ours, *limits, *tools])


def fingerprint(what: str) -> str:
    """Hash over the inputs."""
    digest = hashlib.sha256()
    for path in inputs(what):
        digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def build(what: str, checkout: Path | None) -> None:
    """Build a target unless nothing has changed since. A checkout may change anywhere: there, make and CMake decide."""
    make, products = TARGETS[what]
    stamp = BUILD / f"{what}.fingerprint"
    log = BUILD / f"{what}.log"
    now = fingerprint(what) if checkout is None else "checkout"
    same = checkout is None and stamp.exists() and stamp.read_text() == now
    if same and all(product.exists() for product in products):
        return
    print(f"building {products[0].relative_to(ROOT)} (log: {log.relative_to(ROOT)})", flush=True)
    log.unlink(missing_ok=True)
    stamp.unlink(missing_ok=True)
    make(checkout, log)
    stamp.write_text(now)


def main() -> int:
    """Build what is asked for."""
    description, _, more = (__doc__ or "").partition("\n")
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(description=description, epilog=more, formatter_class=plain)
    parser.add_argument("what", nargs="?", choices=[*TARGETS, "packages"], default="image")
    parser.add_argument("--micropython-dir", default=os.environ.get("MICROPY_DIR"), metavar="PATH")
    arguments = parser.parse_args()
    if arguments.what == "packages":
        print(*PACKAGES)
        return 0
    checkout = Path(arguments.micropython_dir) if arguments.micropython_dir else None
    BUILD.mkdir(exist_ok=True)
    with (BUILD / "build-firmware.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # `make -j` builds image and interpreter at once, from the same sources
        try:
            build(arguments.what, checkout)
        except BuildError as error:
            print(*error.details, f"error: {error}", sep="\n", file=sys.stderr)
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
