"""Other programs: which are needed, how they are run, what is said when one fails."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = ROOT / "build"
JOBS = str(os.cpu_count() or 2)
EPOCH = "1744675200"  # of MicroPython 1.25, for "built on": the same sources make the same image on any day

# Debian package: (the program that shows that it is there, why it is needed)
HOST_PACKAGES = {
    "build-essential": ("gcc", "compiles mpy-cross and the unix interpreter; brings make"),
}
UNPACK_PACKAGES = {
    "dpkg-dev": ("dpkg-source", "unpacks Debian's source packages; not needed with a checkout"),
}
BOARD_PACKAGES = {
    "cmake": ("cmake", "MicroPython's rp2 port and the Pico SDK are CMake projects"),
    "gcc-arm-none-eabi": ("arm-none-eabi-gcc", "compiles for the RP2040"),
    "libnewlib-arm-none-eabi": ("", "the C library of that compiler"),
    "libstdc++-arm-none-eabi-newlib": ("", "the Pico SDK links as C++"),
}
PACKAGES = HOST_PACKAGES | UNPACK_PACKAGES | BOARD_PACKAGES


class BuildError(Exception):
    """One line that says what is wrong and what to do; `details` is the end of a log, where that helps."""

    def __init__(self, message: str, details: list[str] | None = None) -> None:
        super().__init__(message)
        self.details = details or []


def require(packages: dict[str, tuple[str, str]]) -> None:
    """BuildError that names the remedy when a program of these packages is missing."""
    missing = [name for name, (program, _) in packages.items() if program and not shutil.which(program)]
    if missing:
        programs = ", ".join(packages[name][0] for name in missing)
        raise BuildError(f"missing: {programs}; run: tools/apt_install.sh {' '.join(missing)}")


def run(command: list[str], log: Path, cwd: Path | None = None, **extra_env: str) -> None:
    """Run a command, its output appended to `log`; BuildError when it fails."""
    # MicroPython asks git for its version: it shall not find this project's repository above its own tree.
    always = {"GIT_CEILING_DIRECTORIES": str(BUILD / "src"), "SOURCE_DATE_EPOCH": EPOCH}
    env = os.environ | always | extra_env
    with log.open("ab") as sink:
        done = subprocess.run(command, cwd=cwd, env=env, stdout=sink, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        details = log.read_text(errors="replace").splitlines()[-15:]
        raise BuildError(f"{Path(command[0]).name} failed with exit code {done.returncode}; see {log}", details)
