"""Edits of rp2040py's own sources that make it fast. Board timing stays what it is; a test compares both builds.

Each edit replaces a text that stands in its file exactly once. The file names are those of the source distribution.
"""

from __future__ import annotations

from dataclasses import dataclass

_NATIVE = "src/rp2040py/native/"
_CORE, _CORE_H = _NATIVE + "_cortex_m0_core.pyx", _NATIVE + "_cortex_m0_core.pxd"
_CHIP, _CHIP_H = _NATIVE + "_rp2040.pyx", _NATIVE + "_rp2040.pxd"
_LOOP = _NATIVE + "_simulator.pyx"


@dataclass(frozen=True)
class Edit:
    """One replacement in one file."""

    file: str
    text: str
    becomes: str
    why: str


# MicroPython divides at every dictionary look-up (datasheet 2.3.1.5).
_DIVIDER = """
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

_WORDS = """
cdef inline unsigned int u32(long long n) noexcept:
    return <unsigned int> n


cdef inline int s32(long long n) noexcept:
    return <int> <unsigned int> n
"""

_MEMORY = """
cdef inline unsigned int u32(long long n) noexcept:
    return <unsigned int> n


cdef inline unsigned int read_uint16_le(unsigned char[::1] memory, Py_ssize_t at) noexcept:
    return (<unsigned short *> (&memory[0] + at))[0]


cdef inline unsigned int read_uint32_le(unsigned char[::1] memory, Py_ssize_t at) noexcept:
    return (<unsigned int *> (&memory[0] + at))[0]


cdef inline void write_uint16_le(unsigned char[::1] memory, Py_ssize_t at, unsigned int value) noexcept:
    (<unsigned short *> (&memory[0] + at))[0] = <unsigned short> value


cdef inline void write_uint32_le(unsigned char[::1] memory, Py_ssize_t at, unsigned int value) noexcept:
    (<unsigned int *> (&memory[0] + at))[0] = value
"""

_CONDITION = """
    cdef bint result
    cdef unsigned int base = cond >> 1
    if base == 0:
        result = core.z
    elif base == 1:
        result = core.c
    elif base == 2:
        result = core.n
    elif base == 3:
        result = core.v
    elif base == 4:
        result = core.c and not core.z
    elif base == 5:
        result = core.n == core.v
    elif base == 6:
        result = core.n == core.v and not core.z
    else:
        return True
    return result != (cond & 1)
"""

_FETCH = """
        if 0x10000000U <= opcode_pc < 0x11000000U:
            code = self.flash_bytes + (opcode_pc - 0x10000000U)
        elif 0x20000000U <= opcode_pc < 0x20042000U:
            code = self.ram_bytes + (opcode_pc - 0x20000000U)
        else:
            code = NULL
        opcode = (<unsigned short *> code)[0] if code != NULL else self.rp2040.read_uint16(opcode_pc)
"""

EDITS = (
    # the build
    Edit("setup.py", "sys.version_info >= _ABI3_FLOOR and", "False and", "for this Python, not the limited API"),
    Edit("setup.py", '"boundscheck": False,', '"boundscheck": False, "initializedcheck": False,', "of every access"),
    Edit("setup.py", "annotate=True", "annotate=False", "no annotated listings"),
    # final classes, plain memory
    Edit(
        _CORE_H,
        "from rp2040py.native._rp2040 cimport RP2040",
        "cimport cython\nfrom rp2040py.native._rp2040 cimport RP2040",
        "for cython.final",
    ),
    Edit(
        _CORE_H,
        "cdef class CortexM0Core:",
        "@cython.final\ncdef class CortexM0Core:\n"
        "    cdef unsigned char *flash_bytes\n    cdef unsigned char *ram_bytes",
        "direct calls; where instructions lie",
    ),
    Edit(_CORE_H, "unsigned int[:] registers", "unsigned int[::1] registers", "no stride at each access"),
    Edit(
        _CHIP_H,
        "from rp2040py.native._cortex_m0_core cimport CortexM0Core",
        "cimport cython\nfrom rp2040py.native._cortex_m0_core cimport CortexM0Core",
        "for cython.final",
    ),
    Edit(
        _CHIP_H,
        "cdef class RP2040:",
        "@cython.final\ncdef class RP2040:\n    cdef public bint halt\n"
        "    cdef unsigned int div_dividend, div_divisor, div_quotient, div_remainder, div_csr\n"
        "    cdef unsigned int divider_read(self, unsigned int offset)\n"
        "    cdef void divider_write(self, unsigned int offset, unsigned int value)",
        "direct calls; a flag that the loop reads without a Python look-up; the divider",
    ),
    Edit(_CHIP_H, "unsigned char[:] _sram", "unsigned char[::1] _sram", "no stride at each access"),
    Edit(_CHIP_H, "unsigned char[:] _flash", "unsigned char[::1] _flash", "no stride at each access"),
    Edit(_CHIP_H, "unsigned char[:] _usb_dpram", "unsigned char[::1] _usb_dpram", "no stride at each access"),
    Edit(
        _CHIP,
        "from rp2040py.native._bit cimport read_uint16_le, read_uint32_le, u32, write_uint16_le, write_uint32_le",
        _MEMORY,
        "words in one access, not byte by byte through another module",
    ),
    Edit(
        _CHIP,
        "        self.core = CortexM0Core(self)\n",
        "        self.core = CortexM0Core(self)\n"
        "        self.core.flash_bytes = &self._flash[0]\n        self.core.ram_bytes = &self._sram[0]\n",
        "where instructions lie",
    ),
    # the hardware divider
    Edit(
        _CHIP,
        "    def find_peripheral(self, address):",
        _DIVIDER + "    def find_peripheral(self, address):",
        "the divider in C",
    ),
    Edit(
        _CHIP,
        "            # int(): SIO's DIV_QUOTIENT can be",
        "            if 0x60 <= addr - SIO_START <= 0x78:\n                return self.divider_read(addr - SIO_START)\n"
        "            if addr == SIO_START:\n                return 0\n            # int(): SIO's DIV_QUOTIENT can be",
        "the divider, and CPUID of the one core",
    ),
    Edit(
        _CHIP,
        "            self.sio.write_uint32(addr - SIO_START, value)",
        "            if 0x60 <= addr - SIO_START <= 0x78:\n                self.divider_write(addr - SIO_START, val)\n"
        "            else:\n                self.sio.write_uint32(addr - SIO_START, value)",
        "the divider",
    ),
    # instructions
    Edit(_CORE, "from rp2040py.native._bit cimport s32, u32", _WORDS, "in line, not through another module"),
    Edit(_CORE, "\n    return core.check_condition(cond)\n", _CONDITION, "no Python call at each branch"),
    Edit(_CORE, "    core.bl_taken(core, False)\n", "", "no Python call at each call; nobody listens"),
    Edit(_CORE, "    core.bl_taken(core, True)\n", "", "likewise"),
    Edit(
        _CORE,
        "        cdef bint wide_instruction\n",
        "        cdef bint wide_instruction\n        cdef unsigned char *code\n",
        "see next",
    ),
    Edit(_CORE, "\n        opcode = self.rp2040.read_uint16(opcode_pc)\n", _FETCH, "fetch without a call"),
    # the loop
    Edit(
        _LOOP,
        "    pios = rp2040.pio\n",
        "    cdef list pios = list(rp2040.pio)\n    rp2040.halt = False\n",
        "the list is the same for a whole batch; here it is empty, because our driver owns the blocks",
    ),
    Edit(
        _LOOP,
        "while i < BATCH_INSTRUCTION_CEILING and not simulator.stopped:",
        "while i < BATCH_INSTRUCTION_CEILING and not rp2040.halt:",
        "the flag",
    ),
    Edit(
        _LOOP,
        "            if tick_batch <= 1:\n                clock.tick(delta_nanos)\n",
        "            if tick_batch <= 1:\n"
        "                if (clock._next_alarm is None\n"
        "                        or clock._next_alarm.nanos > clock._nanos_counter + delta_nanos):\n"
        "                    clock._nanos_counter += delta_nanos\n"
        "                else:\n"
        "                    clock.tick(delta_nanos)\n",
        "no call when no alarm is due",
    ),
)
