"""Loops in which a state machine does nothing that anyone could see, so that they can be taken in one step.

A countdown is `jmp x--` or `jmp y--` to itself. A polling loop comes back to where it was, having executed only
instructions that change nothing as things stand: jumps, waits that pass, sets and moves of what is already so. As long
as nothing else happens in the block or on the pins it is exactly periodic.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.state_machine import StateMachine

from .pio_idle import CHANGES_NOTHING, JMP, delay_of, jumps, looks_at_pins_alone

NEVER_FP = 1 << 61  # of rp2040py's times, which are 1/256 clocks
_LONGEST = 16  # instructions of a polling loop that is looked for
_X_DEC, _Y_DEC = 2, 4  # conditions of a jump


@dataclass
class Countdown:
    """As many turns of `turn_fp` as X or Y says; the step that falls through is left to be executed."""

    machine: StateMachine
    uses_x: bool
    turn_fp: int

    @property
    def end_fp(self) -> int:
        """When it falls through."""
        machine = self.machine
        return machine.next_due_fp + (machine.x if self.uses_x else machine.y) * self.turn_fp

    def skip(self, until_fp: int) -> None:
        """Take the machine forward over what it does before `until_fp`."""
        machine = self.machine
        turns = -((machine.next_due_fp - until_fp) // self.turn_fp)
        if turns <= 0:
            return
        if self.uses_x:
            turns = min(turns, machine.x)
            machine.x -= turns
        else:
            turns = min(turns, machine.y)
            machine.y -= turns
        machine.next_due_fp += turns * self.turn_fp


@dataclass
class Poll:
    """A polling loop: the addresses it passes, when after the first of them it does, and its period."""

    machine: StateMachine
    addresses: list[int]
    offsets_fp: list[int]
    period_fp: int
    end_fp: int = NEVER_FP

    def skip(self, until_fp: int) -> None:
        """Take the machine forward over what it does before `until_fp`, to where it is in its turn then."""
        machine = self.machine
        start_fp = machine.next_due_fp - self.offsets_fp[self.addresses.index(machine.pc)]
        turns, rest_fp = divmod(until_fp - start_fp, self.period_fp)
        at = bisect_left(self.offsets_fp, rest_fp)
        if at == len(self.addresses):
            at, turns = 0, turns + 1
        due_fp = start_fp + turns * self.period_fp + self.offsets_fp[at]
        if due_fp > machine.next_due_fp:
            machine.next_due_fp = due_fp
            machine.pc = self.addresses[at]


def find(block: RPPIO, machine: StateMachine) -> tuple[Countdown | Poll | None, bool]:
    """The loop that a running machine is in as things stand; None when its next steps have to be executed.

    Also says whether the answer holds wherever program, settings, flags and pins are the same.
    """
    pc = machine.pc
    op = block.instructions[pc]
    if op >> 13 == JMP and op & 31 == pc and op >> 5 & 7 in (_X_DEC, _Y_DEC):
        delay = delay_of(machine, op)
        turn_fp = machine.div_fp * (1 + delay)
        return (None if delay < 0 else Countdown(machine, op >> 5 & 7 == _X_DEC, turn_fp)), True
    if machine.div_fp & 0xFF:  # a passing wait goes on at a whole clock
        return None, True
    addresses: list[int] = []
    offsets_fp: list[int] = []
    gone = 0
    start = pc
    lasting = True
    top, bottom = machine.wrap_top, machine.wrap_bottom
    for _ in range(_LONGEST):
        delay = delay_of(machine, op)
        changes_nothing = CHANGES_NOTHING.get(op >> 13)
        if delay < 0 or changes_nothing is None:
            return None, lasting
        following = bottom if pc == top else pc + 1 & 31
        lasting &= looks_at_pins_alone(op)
        if op >> 13 == JMP:
            condition = op >> 5 & 7
            if condition in (_X_DEC, _Y_DEC):
                return None, lasting
            if jumps(machine, condition):
                following = op & 31
        elif not changes_nothing(block, machine, op):
            return None, lasting
        addresses.append(pc)
        offsets_fp.append(gone * machine.div_fp)
        gone += 1 + delay
        if following == start:
            return Poll(machine, addresses, offsets_fp, gone * machine.div_fp), lasting
        pc = following
        op = block.instructions[pc]
    return None, lasting
