"""State machines by their registers: exact places in the instruction memory, shared programs, all settings explicit.

rp2.StateMachine places programs where it likes and drives pins when it is initialised; here the watcher must be the
one who enables directions, and a schedule's words hold addresses.
"""

import micropython
from machine import disable_irq, enable_irq, mem32

from . import regs

JOIN_TX = 1 << 30
_OUT_SHIFT_RIGHT = 1 << 19
_IN_SHIFT_RIGHT = 1 << 18
_SIDE_OPTIONAL = 1 << 30
_ONE_TO_ONE = 1 << 16  # an instruction a system clock
_WAIT_HIGH = 0x2080  # wait 1 gpio


@micropython.viper
def _holds(block: ptr32, execctrl: int, shiftctrl: int, pinctrl: int) -> bool:
    """CLKDIV, EXECCTRL without the sign of a stalled instruction, SHIFTCTRL, PINCTRL."""
    if block[0] != 0x10000 or block[1] << 1 != execctrl << 1:
        return False
    return block[2] == shiftctrl and block[5] == pinctrl


@micropython.viper
def _stalled(block: ptr32) -> bool:
    return block[1] < 0


@micropython.viper
def _nibble(address: ptr32, shift: int) -> int:
    return address[0] >> shift & 0xF


@micropython.viper
def _enable_at_rise(instruction: ptr32, enable: ptr32, disable: ptr32, machine: int, gpio: int) -> bool:
    latch = ptr32(0x400140F0)  # INTR0 to 3, four bits a GPIO, the fourth a rising edge [2.19.6.1]
    at = gpio >> 3
    levels = ptr32(0xD0000004)  # GPIO_IN [2.3.1.7]
    rose = 8 << 4 * (gpio & 7)
    latch[at] = rose  # writing it clears it
    if levels[0] >> gpio & 1:
        return False
    instruction[0] = int(_WAIT_HIGH) | gpio
    enable[0] = machine
    if latch[at] & rose:
        disable[0] = machine
        return False
    return True


def load(base, program, origin):
    """Write an assembled program at `origin` of a block's instruction memory; return the next free place."""
    for index, instruction in enumerate(program[0]):
        if instruction & 0xE000 == 0:  # jmp: addresses are absolute
            instruction += origin
        mem32[base + regs.PIO_INSTR_MEM0 + 4 * (origin + index)] = instruction
    return origin + len(program[0])


def patch(base, address, instruction):
    """Replace one instruction."""
    mem32[base + regs.PIO_INSTR_MEM0 + 4 * address] = instruction


class Machine:
    """One state machine; pins are given as first GPIO and count."""

    def __init__(
        self,
        base,
        index,
        program,
        origin,
        out=(0, 0),
        set_pins=(0, 0),
        in_base=0,
        side_base=None,
        jmp_pin=0,
        join=0,
        status_n=0,
    ):
        self._base = base
        self._index = index
        self.bit = 1 << index
        self._block = base + regs.PIO_SM0_CLKDIV + index * regs.PIO_SM_STRIDE
        wrap = program[3] & 0x1FF80  # wrap top and bottom as assembled, from 0
        wrap += origin << 7 | origin << 12
        side_bits = 0 if side_base is None else 2  # the enable bit and one level
        self._execctrl = wrap | jmp_pin << 24 | status_n | (_SIDE_OPTIONAL if side_bits else 0)
        self._shiftctrl = join | _OUT_SHIFT_RIGHT | _IN_SHIFT_RIGHT
        self._pinctrl = (
            side_bits << 29
            | set_pins[1] << 26
            | out[1] << 20
            | in_base << 15
            | (side_base or 0) << 10
            | set_pins[0] << 5
            | out[0]
        )
        self._start = (wrap >> 7) & 0x1F
        # addresses beyond 2**30 are made once: while armed nothing is allocated
        self._instruction_at = self._block + 16
        self._set_at = base + regs.PIO_CTRL + regs.SET
        self._clear_at = base + regs.PIO_CTRL + regs.CLEAR
        self._levels_at = base + regs.PIO_FLEVEL
        self.fifo = base + regs.PIO_TXF0 + 4 * index
        self.received = base + regs.PIO_RXF0 + 4 * index

    def prepare(self, start=None):
        """Stop, empty the FIFOs, set every register, and stand at `start` (or the wrap target)."""
        self.enable(False)
        mem32[self._block] = _ONE_TO_ONE
        mem32[self._block + 4] = self._execctrl
        mem32[self._block + 8] = self._shiftctrl ^ JOIN_TX  # a change of the join bits empties both FIFOs
        mem32[self._block + 8] = self._shiftctrl
        mem32[self._block + 20] = self._pinctrl
        mem32[self._base + regs.PIO_CTRL + regs.SET] = 1 << (4 + self._index)  # restart: no stall, no shift counts
        self.execute(self._start if start is None else start)  # jmp

    def holds(self):
        """Whether every setting is as `prepare` wrote it."""
        return _holds(self._block, self._execctrl, self._shiftctrl, self._pinctrl)

    def settings(self):
        """(address, mask) of what `prepare` wrote, for a machine that is prepared once."""
        for offset, mask in ((0, regs.ALL), (4, regs.EXECCTRL_SETTINGS), (8, regs.ALL), (20, regs.ALL)):
            yield self._block + offset, mask

    def execute(self, instruction):
        """Run one instruction now, enabled or not."""
        mem32[self._instruction_at] = instruction

    def stalled(self):
        """Whether an instruction given to `execute` still waits."""
        return _stalled(self._block)

    def enable(self, on):
        """Let it run, or stop it where it is."""
        mem32[self._set_at if on else self._clear_at] = self.bit

    def enable_at_rise(self, gpio):
        """Let it run from the next rise of a GPIO on, the same number of clocks after it each time.

        False when the GPIO is high, or rises within the microsecond that this takes: then it is stopped again.
        """
        interrupts = disable_irq()
        waits = _enable_at_rise(self._instruction_at, self._set_at, self._clear_at, self.bit, gpio)
        enable_irq(interrupts)
        return waits

    def put(self, word):
        """Put a word into the TX FIFO."""
        mem32[self.fifo] = word

    def tx_level(self):
        """Words that wait in the TX FIFO."""
        return _nibble(self._levels_at, 8 * self._index)
