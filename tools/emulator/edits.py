"""Edits of rp2040py's own sources that make it fast. Board timing stays what it is; a test compares both builds.

Each edit replaces a text that stands in its file exactly as often as it says. The file names are those of the source
distribution; the host must be little-endian.
"""

from __future__ import annotations

from dataclasses import dataclass

_NATIVE = "src/rp2040py/native/"
_CORE, _CORE_H = _NATIVE + "_cortex_m0_core.pyx", _NATIVE + "_cortex_m0_core.pxd"
_CHIP, _CHIP_H = _NATIVE + "_rp2040.pyx", _NATIVE + "_rp2040.pxd"
_LOOP = _NATIVE + "_simulator.pyx"


@dataclass(frozen=True)
class Edit:
    """A text in a file and what it becomes."""

    file: str
    text: str
    becomes: str
    why: str
    count: int = 1  # how often the text stands there


# MicroPython divides at every dictionary look-up and claims a spinlock at every turn (datasheet 2.3.1.3 and 2.3.1.5).
_SIO = """
    cdef unsigned int divider_read(self, unsigned int offset):
        if offset == 0x78:
            return self.div_csr
        if offset == 0x70:
            self.div_csr &= ~2U
            return self.div_quotient
        if offset == 0x74:
            return self.div_remainder
        return self.div_dividend if offset & 4 == 0 else self.div_divisor

    cdef unsigned int spinlock_claim(self, unsigned int offset):
        cdef unsigned int bit = 1U << ((offset - 0x100) // 4)
        if self.spinlocks & bit:
            return 0
        self.spinlocks |= bit
        return bit

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

_BUS = """

cdef inline unsigned char *_readable(CortexM0Core core, unsigned int address) noexcept:
    if address - 0x20000000U < 0x42000U:
        return core.ram_bytes + (address - 0x20000000U)
    if address - 0x10000000U < 0x1000000U:
        return core.flash_bytes + (address - 0x10000000U)
    return NULL


cdef inline unsigned int load32(CortexM0Core core, unsigned int address) except? 0xFFFFFFFFU:
    cdef unsigned char *at = _readable(core, address)
    return (<unsigned int *> at)[0] if at != NULL and not address & 3 else core.rp2040.read_uint32(address)


cdef inline unsigned int load16(CortexM0Core core, unsigned int address) except? 0xFFFFFFFFU:
    cdef unsigned char *at = _readable(core, address)
    return (<unsigned short *> at)[0] if at != NULL else core.rp2040.read_uint16(address)


cdef inline unsigned int load8(CortexM0Core core, unsigned int address) except? 0xFFFFFFFFU:
    cdef unsigned char *at = _readable(core, address)
    return at[0] if at != NULL else core.rp2040.read_uint8(address)


cdef inline int store32(CortexM0Core core, unsigned int address, unsigned int value) except -1:
    if address - 0x20000000U < 0x42000U and not address & 3:
        (<unsigned int *> (core.ram_bytes + (address - 0x20000000U)))[0] = value
    else:
        core.rp2040.write_uint32(address, value)
    return 0


cdef inline int store16(CortexM0Core core, unsigned int address, unsigned int value) except -1:
    if address - 0x20000000U < 0x42000U:
        (<unsigned short *> (core.ram_bytes + (address - 0x20000000U)))[0] = <unsigned short> value
    else:
        core.rp2040.write_uint16(address, value)
    return 0


cdef inline int store8(CortexM0Core core, unsigned int address, unsigned int value) except -1:
    if address - 0x20000000U < 0x42000U:
        core.ram_bytes[address - 0x20000000U] = <unsigned char> value
    else:
        core.rp2040.write_uint8(address, value)
    return 0
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

# A burst of instructions without looking at the wall clock. An instruction may set an alarm, so it is looked up anew.
_BURST = """
            cycles = core.execute_instruction()
            if tick_batch <= 1 and not pios:
                burst = 0
                while True:
                    clock_nanos = clock._nanos_counter + cycles * CYCLE_NANOS
                    if clock._next_alarm is not None and clock._next_alarm.nanos <= clock_nanos:
                        break
                    clock._nanos_counter = clock_nanos
                    cycles = 0
                    burst += 1
                    if core.waiting or rp2040.halt or burst >= 64:
                        break
                    cycles = core.execute_instruction()
                i += burst
            delta_nanos = cycles * CYCLE_NANOS
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
        "    cdef unsigned int div_dividend, div_divisor, div_quotient, div_remainder, div_csr, spinlocks\n"
        "    cdef unsigned int spinlock_claim(self, unsigned int offset)\n"
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
    # SIO
    Edit(
        _CHIP,
        "    def find_peripheral(self, address):",
        _SIO + "    def find_peripheral(self, address):",
        "the divider and the spinlocks in C",
    ),
    Edit(
        _CHIP,
        "            # int(): SIO's DIV_QUOTIENT can be",
        "            if 0x60 <= addr - SIO_START <= 0x78:\n                return self.divider_read(addr - SIO_START)\n"
        "            if addr == SIO_START:\n                return 0\n"
        "            if 0x100 <= addr - SIO_START <= 0x17C:\n"
        "                return self.spinlock_claim(addr - SIO_START)\n"
        "            # int(): SIO's DIV_QUOTIENT can be",
        "the divider, CPUID of the one core, and the spinlocks",
    ),
    Edit(
        _CHIP,
        "            self.sio.write_uint32(addr - SIO_START, value)",
        "            if 0x60 <= addr - SIO_START <= 0x78:\n                self.divider_write(addr - SIO_START, val)\n"
        "            elif 0x100 <= addr - SIO_START <= 0x17C:\n"
        "                self.spinlocks &= ~(1U << ((addr - SIO_START - 0x100) // 4))\n"
        "            else:\n                self.sio.write_uint32(addr - SIO_START, value)",
        "the divider",
    ),
    Edit(
        _CHIP,
        "            self.sio.reset()\n",
        "            self.sio.reset()\n            self.spinlocks = self.div_csr = 0\n",
        "what a reset does to them",
    ),
    # instructions
    Edit(_CORE, "\n    return core.check_condition(cond)\n", _CONDITION, "no Python call at each branch"),
    Edit(_CORE, "    core.bl_taken(core, False)\n", "", "no Python call at each call; nobody listens"),
    Edit(_CORE, "    core.bl_taken(core, True)\n", "", "likewise"),
    Edit(
        _CORE,
        "        opcode = self.rp2040.read_uint16(opcode_pc)\n",
        "        opcode = load16(self, opcode_pc)\n",
        "in line",
    ),
    Edit(_CORE, "opcode2 = self.rp2040.read_uint16(opcode_pc + 2)", "opcode2 = load16(self, opcode_pc + 2)", "in line"),
    Edit(_CORE, " core.rp2040.read_uint32(", " load32(core, ", "in line", 7),
    Edit(_CORE, "core.rp2040.read_uint16(", "load16(core, ", "in line", 3),
    Edit(_CORE, "core.rp2040.read_uint8(", "load8(core, ", "in line", 3),
    Edit(_CORE, " core.rp2040.write_uint32(", " store32(core, ", "in line", 6),
    Edit(_CORE, " core.rp2040.write_uint16(", " store16(core, ", "in line", 2),
    Edit(_CORE, " core.rp2040.write_uint8(", " store8(core, ", "in line", 2),
    Edit(
        _CORE,
        "from rp2040py.native._bit cimport s32, u32",
        _WORDS + _BUS,
        "in line, not through another module",
    ),
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
        "    cdef double delta_nanos\n",
        "    cdef double delta_nanos, clock_nanos\n    cdef int burst\n",
        "see next",
    ),
    Edit(
        _LOOP,
        "\n            cycles = core.execute_instruction()\n            delta_nanos = cycles * CYCLE_NANOS\n",
        _BURST,
        "up to 64 instructions without looking at the wall clock, and no call when no alarm is due",
    ),
)
