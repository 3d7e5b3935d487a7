"""One PIO block in time: when it is due, and everything it does up to a tick."""

from __future__ import annotations

from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.pio_registers import WaitType

from . import pio_loops

FP = 8  # rp2040py counts PIO time in 1/256 clocks; here these are clocks since power-on
NEVER_FP = 1 << 61


class Block:
    """A block and its loops. `due_fp` is when it next does something that cannot be skipped."""

    def __init__(self, pio: RPPIO) -> None:
        self.pio = pio
        self.due_fp = NEVER_FP
        self.steps = 0
        self._loops: list[pio_loops.Countdown | pio_loops.Poll] = []

    def look(self) -> None:
        """Find out anew which machines loop and when the block is due: anything may have changed."""
        pio = self.pio
        loops = self._loops = []
        due_fp = NEVER_FP
        for machine in pio.machines:
            if machine.enabled and not machine.waiting:
                loop = pio_loops.find(pio, machine)
                if loop is None:
                    due_fp = min(due_fp, machine.next_due_fp)
                    continue
                loops.append(loop)
                if isinstance(loop, pio_loops.Countdown):
                    due_fp = min(due_fp, loop.end_fp)
        self.due_fp = due_fp

    def run(self, tick: int) -> None:
        """Do everything up to and including `tick`, which may not lie behind the next due time."""
        pio = self.pio
        tick_fp = tick << FP
        for loop in self._loops:
            loop.skip(tick_fp)
        pio.recompute_due()
        while pio.next_due_fp <= tick_fp:
            pio.advance((pio.next_due_fp + 255 >> FP) - (pio.cycle_fp >> FP))
            self.steps += 1
        pio.cycle_fp = tick_fp

    def wake(self) -> None:
        """Let machines that wait for a pin look at it."""
        for machine in self.pio.machines:
            if machine.waiting and machine.enabled and machine.wait_type == WaitType.PIN:
                machine.check_wait()
