"""The bench that the conformance cases run on (MicroPython): a PIO block by its registers, results over UART 0.

While the marker is high a case's machines run, started in one clock; their edges on GPIO 2 to 9 are for the host to
look at. A program that is done stays in a `jmp` to itself.
"""

from machine import UART, Pin, mem32
from time import sleep_us

PIO0, IO_BANK0, PADS_BANK0 = 0x50200000, 0x40014000, 0x4001C000
RESETS, RESET_DONE, SET, CLEAR = 0x4000C000, 0x4000C008, 0x2000, 0x3000
CTRL, FSTAT, FDEBUG, FLEVEL, TXF, RXF, IRQ, IRQ_FORCE, BYPASS = 0x00, 0x04, 0x08, 0x0C, 0x10, 0x20, 0x30, 0x34, 0x38
MEMORY, MACHINE, STRIDE = 0x48, 0xC8, 0x18
CLKDIV, EXECCTRL, SHIFTCTRL, ADDR, INSTR, PINCTRL = 0, 4, 8, 12, 16, 20
INTR, INTE, INTF, INTS = 0x128, 0x12C, 0x130, 0x134
FIRST, PINS, MARKER = 2, 8, 22
ONE = 1 << 16  # CLKDIV: an instruction a clock
RIGHT, AUTOPUSH, AUTOPULL, JOIN_TX, JOIN_RX = 3 << 18, 1 << 16, 1 << 17, 1 << 30, 1 << 31
STATUS_RX, STICKY, INLINE = 1 << 4, 1 << 17, 1 << 18
_BLOCK = 1 << 10
_EXEC_BITS = 0x6001FF80  # of what the assembler makes: side-set's and wrap's
_CLEAN = 0xE020, 0xE040, 0xA0C3, 0xA0E3  # set(x, 0), set(y, 0), mov(isr, null), mov(osr, null)
_SET_PINS, _SET_PINDIRS = 0xE000, 0xE080

CASES = []

uart = UART(0, baudrate=460_800, tx=Pin(0), rx=Pin(1), txbuf=4096)
marker = Pin(MARKER, Pin.OUT, value=0)


def case(function):
    """Make it a case: it gets a bench with a fresh block, and returns registers. expected.py says what it must see."""
    CASES.append(function)
    return function


def get(register):
    """Read a register of the block."""
    return mem32[PIO0 + register] & 0xFFFFFFFF


def put(register, value):
    """Write one."""
    mem32[PIO0 + register] = value


def say(*words):
    """A line to the host, numbers in hexadecimal."""
    uart.write(" ".join(word if isinstance(word, str) else "%x" % word for word in words) + "\n")


def thresholds(push=0, pull=0):
    """Of autopush, `push(iffull)`, autopull and `pull(ifempty)`; 0 is 32."""
    return push << 20 | pull << 25


def _empty():
    """What a reset of the block does too: not every emulator's; and what it leaves open (datasheet 3.7): X and Y."""
    put(CTRL, 0xFF0)
    for index in range(4):
        at = MACHINE + index * STRIDE
        put(at + SHIFTCTRL, JOIN_TX)
        put(at + SHIFTCTRL, RIGHT)
        for instruction in _CLEAN:
            put(at + INSTR, instruction)
    put(CTRL, 0xFF0)
    put(IRQ, 0xFF)
    put(FDEBUG, 0xFFFFFFFF)
    for register in (BYPASS, INTE, INTF):
        put(register, 0)


class Bench:
    """A fresh block; one that is not emptied by hand when the reset is `trusted`."""

    def __init__(self, name, trusted=False):
        mem32[RESETS + SET] = _BLOCK
        mem32[RESETS + CLEAR] = _BLOCK
        while not mem32[RESET_DONE] & _BLOCK:
            pass
        for gpio in range(FIRST, FIRST + PINS):
            mem32[IO_BANK0 + 8 * gpio + 4] = 6
        if not trusted:
            _empty()
        self.name = name
        self._machines = 0
        self._free = 0

    def pins(self, levels, directions):
        """What the pins begin with, a bit each from GPIO 2 on."""
        for first in (0, 4):
            put(MACHINE + PINCTRL, 4 << 26 | FIRST + first << 5)
            put(MACHINE + INSTR, _SET_PINS | levels >> first & 15)
            put(MACHINE + INSTR, _SET_PINDIRS | directions >> first & 15)
        say("pins", self.name, levels, directions)
        return self

    def machine(
        self, index, program, out=(0, 0), set_pins=(0, 0), side=(0, 0), in_base=FIRST, jmp_pin=FIRST, clkdiv=ONE,
        shift=RIGHT, execctrl=0, feed=(),
    ):  # fmt: skip
        """Put a program behind the last one and set a machine up for it, with words in its TX FIFO."""
        at, origin = MACHINE + index * STRIDE, self._free
        for instruction in program[0]:
            put(MEMORY + 4 * self._free, instruction + (0 if instruction >> 13 else origin))
            self._free += 1
        execctrl |= (program[3] & _EXEC_BITS) + (origin << 7 | origin << 12) | jmp_pin << 24
        side_count = side[1] + (program[3] >> 30 & 1)
        pinctrl = side_count << 29 | set_pins[1] << 26 | out[1] << 20 | in_base << 15
        pinctrl |= side[0] << 10 | set_pins[0] << 5 | out[0]
        put(at + CLKDIV, clkdiv)
        put(at + EXECCTRL, execctrl)
        put(at + SHIFTCTRL, shift)
        put(at + PINCTRL, pinctrl)
        put(at + INSTR, origin)  # jmp
        for word in feed:
            put(TXF + 4 * index, word)
        self._machines |= 1 << index
        say("machine", self.name, index, clkdiv, execctrl, shift, pinctrl)
        say("program", self.name, index, *program[0])
        say("feed", self.name, index, *feed)
        return self

    def execute(self, index, instruction):
        """One instruction now."""
        put(MACHINE + index * STRIDE + INSTR, instruction)

    def run(self, us=20):
        """Start all machines in one clock, their dividers in phase; stop them after a while."""
        say("run", self.name)
        marker(1)
        put(CTRL, self._machines | self._machines << 8)
        sleep_us(us)
        put(CTRL, 0)
        marker(0)
        return self

    def received(self, index=0):
        """Take the words in a machine's RX FIFO, and tell the host."""
        words = []
        while not get(FSTAT) >> 8 + index & 1:
            words.append(get(RXF + 4 * index))
        say("received", self.name, *words)
        return ()
