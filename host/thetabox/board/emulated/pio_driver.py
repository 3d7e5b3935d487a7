"""Runs the emulated PIO blocks exactly to the clock, and at no cost while every machine waits.

rp2040py advances PIO once per processor instruction, which loses time. Here the blocks are taken out of its loop and
driven by events: before each register access (processor or DMA), at each due time, and before each change of an
input. In between nothing can happen to a machine that it does not do by itself.

Two kinds of loop are taken in one step: `jmp x--` / `jmp y--` to itself, and polling loops, which are exactly periodic
as long as nothing changes (the charge regulator is one). Not modelled: the input synchronisers' two clocks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mends import JoinedFifos

if TYPE_CHECKING:
    from collections.abc import Callable

NS_PER_TICK = 8.0
_FP = 8  # rp2040py counts PIO time in 1/256 clocks
_NEVER = 1 << 61
_SPIN_MAX = 12  # instructions of the longest polling loop that is looked for
_BLOCKS = (0x50200, 0x50300)  # keys of rp2040py's peripheral map


class Unstepped(list[Any]):
    """The list of PIO blocks with nothing to iterate over: rp2040py's loop then leaves them alone."""

    def __iter__(self) -> Any:
        return iter(())


class _Access:
    """Stands in the bus before a PIO block: time is brought up to date around every register access."""

    def __init__(self, driver: PioDriver, block: Any) -> None:
        self._driver = driver
        self._block = block
        self._fifos = JoinedFifos(block)

    def read_uint32(self, offset: int) -> int:
        self._driver.sync()
        value: int = self._block.read_uint32(offset)
        self._driver.plan()
        return value

    def write_uint32(self, offset: int, value: int) -> None:
        self._driver.sync()
        self._block.write_uint32(offset, value)
        self._fifos.after_write()
        self._driver.settle_pins()
        self._driver.plan()

    def write_uint32_atomic(self, offset: int, value: int, kind: int) -> None:
        self._driver.sync()
        self._block.write_uint32_atomic(offset, value, kind)
        self._fifos.after_write()
        self._driver.settle_pins()
        self._driver.plan()

    def reset(self) -> None:
        self._block.reset()


class PioDriver:
    """Owns the time of both blocks. `steps` counts what was executed, for the bench."""

    def __init__(self, rp2040: Any, clock: Any) -> None:
        self._clock = clock
        self._rp2040 = rp2040
        self.blocks: list[Any] = [rp2040.pio[0], rp2040.pio[1]]
        rp2040.pio = Unstepped(self.blocks)
        for key, block in zip(_BLOCKS, self.blocks, strict=True):
            rp2040.peripherals[key] = _Access(self, block)
        self._at = 0  # tick to which both blocks have been brought
        self._due: int | None = None
        self._busy = False
        self._alarm = clock.create_alarm(self._fire)
        self.steps = 0
        self.edge_tick: int | None = None  # while a block runs: the exact tick of what it does

    def now(self) -> int:
        """Board time in whole ticks."""
        return int(self._clock.nanos / NS_PER_TICK + 1e-6)

    @property
    def backlog_drops(self) -> int:
        """Steps that rp2040py dropped; stays 0."""
        return sum(block.backlog_drops for block in self.blocks)

    def restarted(self) -> None:
        """The chip was reset: the blocks' own clocks begin again."""
        self._at = self.now()
        self.plan()

    def sync(self) -> None:
        """Bring both blocks to now, step by step in the order of time."""
        if self._busy:
            return
        self._busy = True
        try:
            now = self.now()
            while True:
                due = min(self._next(block, now) for block in self.blocks)
                if due > now:
                    break
                self._forward(due)
                self.edge_tick = due
                for block in self.blocks:
                    block.advance(0)  # steps every machine that is due
                self.steps += 1
            self._forward(now)
        finally:
            self.edge_tick = None
            self._busy = False

    def _next(self, block: Any, now: int) -> int:
        """Tick at which a machine of the block is due, loops that do nothing taken forward to `now`."""
        if block.stopped:
            return _NEVER
        self._skip(block, now - self._at)
        return int(self._at + max(0, -((block.cycle_fp - block.next_due_fp) >> _FP)))

    def _forward(self, tick: int) -> None:
        """Let the blocks' clocks go on to `tick`: no machine is due before."""
        clocks = tick - self._at
        if clocks > 0:
            for block in self.blocks:
                block.cycle_fp += clocks << _FP
            self._at = tick

    def settle_pins(self) -> None:
        """After a register write: an executed instruction may have moved pins."""
        if not self._busy:
            for block in self.blocks:
                block.check_changed_pins()

    def plan(self) -> None:
        """Set the alarm for the next time at which a machine does something of its own accord."""
        if self._busy:
            return
        best: int | None = None
        for block in self.blocks:
            if block.stopped:
                continue
            self._skip(block, 0)
            due_fp = min(
                (m.next_due_fp for m in block.machines if m.enabled and not m.waiting and not self._period(block, m)),
                default=_NEVER,
            )
            if due_fp < _NEVER:
                due = self._at + max(0, -((block.cycle_fp - due_fp) >> _FP))
                best = due if best is None else min(best, due)
        if best == self._due:
            return
        self._due = best
        if best is None:
            self._alarm.cancel()
        else:
            self._alarm.schedule(max(0.0, best * NS_PER_TICK - self._clock.nanos))

    def _fire(self) -> None:
        self._due = None
        self.sync()
        self.plan()

    def input_changed(self, change: Callable[[], None]) -> None:
        """Carry out a change of an input at its exact time; machines that wait for it go on."""
        if self._busy:  # a machine moved an output that loops back: the others see it in the same clock
            change()
            self._wake()
            return
        self.sync()
        change()
        self._wake()
        self.plan()

    def _wake(self) -> None:
        for block in self.blocks:
            for machine in block.machines:
                if machine.enabled and machine.waiting:
                    machine.check_wait()

    def _skip(self, block: Any, left: int) -> None:
        """Take loops of this block forward that do nothing else, as far as nothing else can happen."""
        horizon = block.cycle_fp + (left << _FP)
        spinning = []
        for machine in block.machines:
            if not machine.enabled or machine.waiting:
                continue
            if self._countdown(block, machine):
                horizon = min(horizon, machine.next_due_fp)
                continue
            period = self._period(block, machine)
            if period:
                spinning.append((machine, period * machine.div_fp))
            else:
                horizon = min(horizon, machine.next_due_fp)
        for machine, period_fp in spinning:
            if machine.next_due_fp < horizon:
                machine.next_due_fp += (horizon - machine.next_due_fp) // period_fp * period_fp
        block.recompute_due()

    @staticmethod
    def _countdown(block: Any, machine: Any) -> bool:
        """`jmp x--` or `jmp y--` to itself: all but the last turn at once."""
        op = block.instructions[machine.pc]
        condition = op >> 5 & 7
        if op >> 13 or op & 31 != machine.pc or condition not in (2, 4):
            return False
        turn_fp = machine.div_fp * (1 + (op >> 8 & 31))
        if condition == 2 and machine.x > 1:
            machine.next_due_fp += (machine.x - 1) * turn_fp
            machine.x = 1
        elif condition == 4 and machine.y > 1:
            machine.next_due_fp += (machine.y - 1) * turn_fp
            machine.y = 1
        return True

    def _period(self, block: Any, machine: Any) -> int:
        """Clocks of one turn when the machine turns in a polling loop that changes nothing; else 0."""
        if machine.sideset_count or machine.exec_valid:
            return 0
        start = pc = machine.pc
        clocks = 0
        for _ in range(_SPIN_MAX):
            op = block.instructions[pc]
            kind = op >> 13
            following = machine.wrap_bottom if pc == machine.wrap_top else (pc + 1) & 31
            if kind == 0:
                taken = self._jump(machine, op >> 5 & 7)
                if taken is None:
                    return 0
                following = op & 31 if taken else following
            elif not (
                (kind == 1 and self._wait_passes(block, machine, op))
                or (kind == 7 and self._set_changes_nothing(block, machine, op))
                or (kind == 5 and op & 0xFF in (0x21, 0x42))  # mov x, x and mov y, y: nop
            ):
                return 0
            clocks += 1 + (op >> 8 & 31)
            pc = following
            if pc == start:
                return clocks
        return 0

    @staticmethod
    def _jump(machine: Any, condition: int) -> bool | None:
        """Whether the jump is taken; None when it counts and so is not periodic."""
        if condition == 0:
            return True
        if condition == 1:
            return bool(machine.x == 0)
        if condition == 3:
            return bool(machine.y == 0)
        if condition == 5:
            return bool(machine.x != machine.y)
        if condition == 6:
            return bool(machine.rp2040.gpio[machine.jmp_pin].input_value)
        if condition == 7:
            return bool(machine.output_shift_count < machine.pull_threshold)
        return None

    @staticmethod
    def _wait_passes(block: Any, machine: Any, op: int) -> bool:
        polarity, source, index = op >> 7 & 1, op >> 5 & 3, op & 31
        if source == 2:  # waiting for a set flag clears it, which is not nothing
            number = (index & 4 | (index + machine.index) & 3) if index & 16 else index & 7
            return not polarity and not block.irq >> number & 1
        gpio = index if source == 0 else (index + machine.in_base) & 31
        gpios = machine.rp2040.gpio
        return source in (0, 1) and gpio < len(gpios) and bool(gpios[gpio].input_value) == bool(polarity)

    @staticmethod
    def _set_changes_nothing(block: Any, machine: Any, op: int) -> bool:
        destination, data = op >> 5 & 7, op & 31
        mask = (1 << machine.set_count) - 1
        if destination == 0:
            held = block.pin_values
        elif destination == 4:
            held = block.pin_directions
        else:
            return False
        return bool((held >> machine.set_base) & mask == data & mask)
