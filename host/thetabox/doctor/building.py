"""What building the firmware takes. `make firmware` installs it by itself on Debian."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from thetabox.board import supplies

from .finding import BUILD, Finding

PROGRAMS = {  # program: the Debian package that brings it
    "make": "build-essential",
    "gcc": "build-essential",
    "cmake": "cmake",
    "dpkg-source": "dpkg-dev",
    "arm-none-eabi-gcc": "gcc-arm-none-eabi",
}
LIBRARIES = ("libnewlib-arm-none-eabi", "libstdc++-arm-none-eabi-newlib")  # of the last


def building(platform: str = sys.platform) -> Iterator[Finding]:
    """The programs that build the image; building wants Debian, running does not."""
    if supplies.checkout() is None:
        says = "no sources here: ThetaBox was installed from its wheel"
        yield Finding("sources", False, says, "clone the repository; a release's UF2 needs no building", BUILD)
        return
    for program, package in PROGRAMS.items():
        path = shutil.which(program)
        yield Finding(program, path is not None, path or "not in the PATH", "" if path else _remedy(package, platform),
                      BUILD)  # fmt: skip


def _remedy(package: str, platform: str) -> str:
    if platform != "linux" or not shutil.which("apt-get"):
        return "build on Debian 12, or take the release's UF2 and set THETABOX_IMAGE to it"
    more = f" {' '.join(LIBRARIES)}" if package == PROGRAMS["arm-none-eabi-gcc"] else ""
    return f"make firmware (installs it), or: sudo apt-get install {package}{more}"
