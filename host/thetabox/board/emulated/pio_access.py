"""PIO registers on the bus: time is brought up to date around each access, and what rp2040py does otherwise is mended.

- FJOIN doubles a FIFO at the other's cost, and a change of it empties both (datasheet, SHIFTCTRL).
- An instruction written to INSTR breaks a stall; if it stalls itself, the program counter stays where it is.
- A machine that is stopped in a stall takes neither flag nor word, and looks again when it is started.
- A flag that a `wait` takes is clear for a machine in `irq wait`, too.
- A restart clears the sign of a stalled EXEC.

Known and left: of two machines that wait for one flag only the lower goes on (on silicon both); an instruction
written to a running machine takes no clock of it; a stalled machine with a clock divider goes on in its own phase.
"""

from __future__ import annotations

from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.pio_registers import (
    CTRL,
    INSTR_MEM0,
    INSTR_MEM31,
    RXF0,
    RXF3,
    SM0_CLKDIV,
    SM3_PINCTRL,
    WaitType,
)
from rp2040py.peripherals.state_machine import StateMachine
from rp2040py.rp2040 import RP2040
from rp2040py.utils.fifo import FIFO

from .pio_driver import PioDriver

_STRIDE = 0x18
_SHIFTCTRL, _INSTR = 8, 16
_JOIN_TX, _JOIN_RX = 1 << 30, 1 << 31
_DEPTH = 4
_EXEC_STALLED = 1 << 31
_BUS_KEYS = (0x50200, 0x50300)


class PioAccess:
    """Stands on the bus in a block's place."""

    def __init__(self, rp2040: RP2040, index: int, driver: PioDriver) -> None:
        self._rp2040 = rp2040
        self._driver = driver
        self._block = driver.blocks[index]
        self._pio: RPPIO = self._block.pio
        self._joined = [0] * 4
        self._waits_for = [WaitType.NONE] * 4  # of machines that were stopped in a stall
        rp2040.peripherals[_BUS_KEYS[index]] = self

    def read_uint32(self, offset: int) -> int:
        """Read a register; a FIFO's moves on, and a machine that was stalled on it with it."""
        self._driver.sync()
        value: int = self._pio.read_uint32(offset)
        if RXF0 <= offset <= RXF3:
            self._driver.touched(self._block)
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        """Write a register."""
        self.write_uint32_atomic(offset, value, 0)

    def write_uint32_atomic(self, offset: int, value: int, kind: int) -> None:
        """Write a register through one of its aliases."""
        self._driver.sync()
        pio = self._pio
        if offset == CTRL:
            self._control(value, kind)
        elif SM0_CLKDIV <= offset <= SM3_PINCTRL:
            index, register = divmod(offset - SM0_CLKDIV, _STRIDE)
            if register == _INSTR:
                self._execute(pio.machines[index], value & 0xFFFF)
            else:
                self._block.forget()
                pio.write_uint32_atomic(offset, value, kind)
                if register == _SHIFTCTRL:
                    self._join(index)
        else:
            if INSTR_MEM0 <= offset <= INSTR_MEM31:
                self._block.forget()
            pio.write_uint32_atomic(offset, value, kind)
        self._block.settle_flags()
        self._driver.touched(self._block)
        pio.check_changed_pins()

    def reset(self) -> None:
        """The bus asks for it; a chip reset resets the blocks themselves, and then calls `restarted`."""
        self._pio.reset()
        self.restarted()

    def restarted(self) -> None:
        """After a reset of the block: the FIFOs are single again."""
        for index in range(len(self._joined)):
            self._join(index)
        self._block.forget()
        self._block.settle_flags()
        self._driver.touched(self._block)

    def _control(self, value: int, kind: int) -> None:
        pio = self._pio
        were = [machine.enabled for machine in pio.machines]
        pio.write_uint32_atomic(CTRL, value, kind)
        for index, machine in enumerate(pio.machines):
            if kind != 3 and value >> 4 + index & 1:
                machine.exec_ctrl &= ~_EXEC_STALLED
            if machine.waiting and machine.enabled != were[index]:
                if machine.enabled:
                    if machine.wait_type == WaitType.NONE:
                        machine.wait_type = self._waits_for[index]
                    machine.check_wait()
                else:
                    self._waits_for[index], machine.wait_type = machine.wait_type, WaitType.NONE

    def _execute(self, machine: StateMachine, op: int) -> None:
        pio = self._pio
        was_stalled, machine.waiting = machine.waiting, False
        machine.write_uint32(_INSTR, op)
        if machine.waiting:  # when the stall ends rp2040py steps on; so stand one before
            before = machine.wrap_top if machine.pc == machine.wrap_bottom else machine.pc - 1 & 31
            machine.pc = before
        elif was_stalled:
            machine.exec_ctrl &= ~_EXEC_STALLED
            machine.next_due_fp = pio.cycle_fp + machine.div_fp
        pio.recompute_due()

    def _join(self, index: int) -> None:
        machine = self._pio.machines[index]
        join = machine.shift_ctrl & (_JOIN_TX | _JOIN_RX)
        if join == self._joined[index]:
            return
        self._joined[index] = join
        machine.tx_fifo = FIFO(2 * _DEPTH if join == _JOIN_TX else 0 if join else _DEPTH)
        machine.rx_fifo = FIFO(2 * _DEPTH if join == _JOIN_RX else 0 if join else _DEPTH)
        self._rp2040.dma.clear_dreq(machine.dreq_rx)
        if machine.tx_fifo.full:
            self._rp2040.dma.clear_dreq(machine.dreq_tx)
        else:
            self._rp2040.dma.set_dreq(machine.dreq_tx)
        self._pio.check_interrupts()
