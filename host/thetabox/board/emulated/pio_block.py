"""One PIO block in time: when it is due, and everything it does up to a tick."""

from __future__ import annotations

from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.pio_registers import WaitType
from rp2040py.peripherals.state_machine import StateMachine

from . import pio_loops
from .pio_loops import NEVER_FP

FP = 8  # rp2040py counts PIO time in 1/256 clocks; here these are clocks since power-on
_STATES = 256  # of pins and flags, for which loops are remembered
_State = tuple[int, int, int, int]


class Block:
    """A block and its loops. `due_fp` is when it next does something that cannot be skipped."""

    def __init__(self, pio: RPPIO) -> None:
        self.pio = pio
        self.due_fp = NEVER_FP
        self.steps = 0
        self._flags = 0
        self._machines: list[StateMachine] = pio.machines
        self._known: dict[_State, dict[int, pio_loops.Countdown | pio_loops.Poll | None]] = {}
        self._loops: list[pio_loops.Countdown | pio_loops.Poll] = []

    def forget(self) -> None:
        """Program or settings have changed: what is known of loops is out of date."""
        self._known.clear()

    def look(self, inputs: int) -> None:
        """Find out anew which machines loop and when the block is due: anything may have changed.

        `inputs` has a bit for every pad that is high.
        """
        pio = self.pio
        state = (inputs, pio.irq, pio.pin_values, pio.pin_directions)
        known = self._known.get(state)
        if known is None:
            if len(self._known) >= _STATES:
                self._known.clear()
            known = self._known[state] = {}
        loops = self._loops = []
        due_fp = NEVER_FP
        for machine in self._machines:
            if not machine.enabled or machine.waiting:
                continue
            loop = self._loop(machine, known)
            if loop is None:
                next_fp = machine.next_due_fp
            else:
                loops.append(loop)
                next_fp = loop.end_fp
            if next_fp < due_fp:
                due_fp = next_fp
        self.due_fp = due_fp

    def _loop(
        self, machine: StateMachine, known: dict[int, pio_loops.Countdown | pio_loops.Poll | None]
    ) -> pio_loops.Countdown | pio_loops.Poll | None:
        if machine.next_due_fp & 0xFF:
            loop, _ = pio_loops.find(self.pio, machine)
            return loop if isinstance(loop, pio_loops.Countdown) else None
        place = machine.index << 5 | machine.pc
        if place in known:
            return known[place]
        loop, lasting = pio_loops.find(self.pio, machine)
        if lasting:
            known[place] = loop
        return loop

    def run(self, tick: int) -> None:
        """Do everything up to and including `tick`, which may not lie behind the next due time."""
        pio = self.pio
        tick_fp = tick << FP
        if self.due_fp > tick_fp:  # all there is to do can be skipped
            for loop in self._loops:
                loop.skip(tick_fp + 1)
            pio.cycle_fp = tick_fp
            return
        for loop in self._loops:  # what falls on the tick itself is executed, in the machines' order
            loop.skip(tick_fp)
        pio.recompute_due()
        while pio.next_due_fp <= tick_fp:
            pio.advance((pio.next_due_fp + 255 >> FP) - (pio.cycle_fp >> FP))
            self.steps += 1
            if pio.irq != self._flags:
                self.settle_flags()
        pio.cycle_fp = tick_fp

    def settle_flags(self) -> None:
        """Let machines that wait for a flag look at it: rp2040py tells none when a `wait` has taken it."""
        pio = self.pio
        while pio.irq != self._flags:
            self._flags = pio.irq
            for machine in self._machines:
                if machine.waiting and machine.wait_type == WaitType.IRQ:
                    machine.check_wait()

    def wake(self) -> None:
        """Let machines that wait for a pin look at it."""
        for machine in self._machines:
            if machine.waiting and machine.wait_type == WaitType.PIN:
                machine.check_wait()
