"""Native and viper code that is frozen: it must lie on words, and mpy-tool lets it lie on half-words.

On ARMv6-M each constant of more than a byte lies in the code and is loaded relative to the program counter, whose last
two bits the processor ignores; the compiler places it as if the code began on a word (`asm_thumb_mov_reg_i32` in
MicroPython's py/asmthumb.c, which asserts as much for code in RAM). Code that does not reads other bytes: a wrong
register, a wrong mask.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from .process import BuildError

_HALF = "__attribute__ ((aligned (2)))"
_WORD = "__attribute__ ((aligned (4)))"
_NATIVE = re.compile(r"^([0-9a-f]+) [tT] (fun_data_\S+)$", re.MULTILINE)


def align(frozen: Path) -> None:
    """Let all native code of a frozen_content.c begin on a word."""
    frozen.write_text(frozen.read_text().replace(_HALF, _WORD))


def nm(elf: Path) -> str:
    """The symbols of an ELF file, as binutils list them."""
    return subprocess.run(["arm-none-eabi-nm", str(elf)], check=True, capture_output=True, text=True).stdout


def require_aligned(symbols: str) -> None:
    """Raise BuildError when native code of a frozen module does not begin on a word."""
    off = [name for address, name in _NATIVE.findall(symbols) if int(address, 16) % 4]
    if off:
        raise BuildError(f"native code does not begin on a word: {', '.join(off)}")
