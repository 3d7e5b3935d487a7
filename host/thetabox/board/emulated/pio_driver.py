"""Runs the emulated PIO blocks exactly to the clock, and at no cost while every machine waits or polls.

rp2040py advances PIO once per processor instruction, one step at the most, and drops arrears. Here the blocks are
taken out of its loop and driven by events: before each register access (processor or DMA), at each due time, and
before each change of an input. In between nothing can happen to a machine that it does not do by itself.

Not modelled: the input synchronisers, three clocks for a stalled `wait`, to be added to every promise. An input that
changes at a tick is seen by a machine stalled in a `wait` at that tick, by every other instruction from the next tick.
Outputs reach inputs in the same way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rp2040py.gpio_pin import GPIOPin
from rp2040py.peripherals.pio import RPPIO
from rp2040py.rp2040 import RP2040

from .clock import Alarm, ticks
from .pio_block import FP, Block
from .pio_loops import NEVER_FP


class _Unstepped(list[RPPIO]):
    """The list of blocks with nothing to iterate over, so that rp2040py's own loops leave them alone."""

    def __iter__(self) -> Iterator[RPPIO]:
        return iter(())


class PioDriver:
    """Owns the time of both blocks."""

    def __init__(self, rp2040: RP2040) -> None:
        self._clock = rp2040.clock
        self.blocks = [Block(pio) for pio in rp2040.pio]
        rp2040.pio = _Unstepped(rp2040.pio)
        self._alarm = Alarm(rp2040.clock, self._fire)
        self._due_fp = NEVER_FP
        self.inputs = 0  # a bit for every pad that is high
        self._busy = False
        self._running_tick = 0
        self._changes: list[Callable[[], Any]] = []

    @property
    def tick(self) -> int:
        """Now; while a block runs, the exact tick of what it does."""
        return self._running_tick if self._busy else ticks(self._clock)

    @property
    def steps(self) -> int:
        """Clocks at which a machine was stepped."""
        return sum(block.steps for block in self.blocks)

    @property
    def backlog_drops(self) -> int:
        """Steps that rp2040py dropped; stays 0."""
        return sum(block.pio.backlog_drops for block in self.blocks)

    def sync(self) -> None:
        """Bring both blocks to now."""
        if self._busy:
            return
        now = ticks(self._clock)
        now_fp = now << FP
        first, second = self.blocks
        self._busy = True
        try:
            while first.due_fp <= now_fp or second.due_fp <= now_fp:
                self._instant(min(first.due_fp, second.due_fp))
            self._running_tick = now
            first.run(now)
            second.run(now)
            if self._changes:
                self._carry_out(now)
        finally:
            self._busy = False

    def _instant(self, due_fp: int) -> None:
        """All that happens at one clock: the machines' steps, then what came of them outside."""
        self._running_tick = tick = due_fp + 255 >> FP
        for block in self.blocks:
            if block.due_fp <= due_fp:
                block.run(tick)
                block.look(self.inputs)
        if self._changes:
            self._carry_out(tick)

    def _carry_out(self, tick: int) -> None:
        for block in self.blocks:
            block.run(tick)
        while self._changes:
            changes, self._changes = self._changes, []
            for change in changes:
                change()
            self._wake()
        for block in self.blocks:
            block.look(self.inputs)

    def _wake(self) -> None:
        for block in self.blocks:
            block.wake()

    def change(self, change: Callable[[], Any]) -> None:
        """Change something that machines may look at, now or, when a block runs, at the end of its clock."""
        if self._busy:
            self._changes.append(change)
            return
        self.sync()
        change()
        self._wake()
        for block in self.blocks:
            block.look(self.inputs)
        self._plan()

    def set_input(self, pin: GPIOPin, level: int) -> None:
        """The level on a pad has changed."""
        self.change(lambda: self._set_input(pin, level))

    def _set_input(self, pin: GPIOPin, level: int) -> None:
        bit = 1 << pin.index
        self.inputs = self.inputs | bit if level else self.inputs & ~bit
        pin.set_input_value(bool(level))

    def touched(self, block: Block) -> None:
        """A block's registers were written, or a FIFO of it read."""
        block.look(self.inputs)
        self._plan()

    def forget(self) -> None:
        """How pads are read has changed."""
        for block in self.blocks:
            block.forget()

    def _plan(self) -> None:
        first, second = self.blocks
        due_fp = min(first.due_fp, second.due_fp)
        if due_fp != self._due_fp:
            self._due_fp = due_fp
            if due_fp >= NEVER_FP:
                self._alarm.cancel()
            else:
                self._alarm.at(due_fp + 255 >> FP)

    def _fire(self) -> None:
        self._due_fp = NEVER_FP
        self.sync()
        self._plan()
