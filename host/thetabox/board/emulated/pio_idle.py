"""Whether a PIO instruction, as things stand, changes nothing but the program counter and the time."""

from __future__ import annotations

from collections.abc import Callable

from rp2040py.peripherals.pio import RPPIO
from rp2040py.peripherals.state_machine import StateMachine

JMP, WAIT, MOV, IRQ, SET = 0, 1, 5, 6, 7
_PIN, _OSR = 6, 7  # conditions of a jump
_GPIOS = 30
_SIDE_OPTIONAL = 1 << 30
_WORD = 0xFFFFFFFF


def delay_of(machine: StateMachine, op: int) -> int:
    """The delay of an instruction; -1 when it sets side pins."""
    field = op >> 8 & 31
    side = machine.pin_ctrl >> 29
    if not side:
        return field
    if not machine.exec_ctrl & _SIDE_OPTIONAL or field & 16:
        return -1
    return field & (1 << 5 - side) - 1 if side < 6 else -1  # no such count, but a register can hold it


def jumps(machine: StateMachine, condition: int) -> bool:
    """Whether a jump is taken; for one that counts, the answer means nothing."""
    if condition == _PIN:
        return bool(machine.rp2040.gpio[machine.jmp_pin].input_value)
    if condition == _OSR:
        return bool(machine.output_shift_count < machine.pull_threshold)
    return (True, machine.x == 0, False, machine.y == 0, False, machine.x != machine.y)[condition]


def looks_at_pins_alone(op: int) -> bool:
    """Whether what an instruction does hangs on pins and flags, not on registers and FIFOs."""
    kind, field = op >> 13, op >> 5 & 7
    return kind in (WAIT, IRQ) or (kind == JMP and field in (0, _PIN)) or (kind == SET and field in (0, 4))


def _flag(machine: StateMachine, index: int) -> int:
    """The number of an IRQ flag as an instruction names it."""
    return index & 4 | index + machine.index & 3 if index & 16 else index & 7


def _wait_passes(block: RPPIO, machine: StateMachine, op: int) -> bool:
    polarity, source, index = op >> 7 & 1, op >> 5 & 3, op & 31
    if source == 2:  # to wait for a set flag clears it
        return not polarity and not block.irq >> _flag(machine, index) & 1
    gpio = index if source == 0 else index + machine.in_base & 31
    return source < 2 and gpio < _GPIOS and bool(machine.rp2040.gpio[gpio].input_value) == bool(polarity)


def _irq_is_so(block: RPPIO, machine: StateMachine, op: int) -> bool:
    flag = block.irq >> _flag(machine, op & 31) & 1
    return bool(not flag if op & 0x40 else flag and not op & 0x20)


def _pins_are(held: int, base: int, count: int, value: int) -> bool:
    mask = (1 << count) - 1 << base & 0x3FFFFFFF
    return held & mask == value << base & mask


def _set_is_so(block: RPPIO, machine: StateMachine, op: int) -> bool:
    destination, data = op >> 5 & 7, op & 31
    if destination == 0:
        return _pins_are(block.pin_values, machine.set_base, machine.set_count, data)
    if destination == 4:
        return _pins_are(block.pin_directions, machine.set_base, machine.set_count, data)
    return destination in (1, 2) and data == (machine.x if destination == 1 else machine.y)


def _mov_is_so(block: RPPIO, machine: StateMachine, op: int) -> bool:
    destination, invert, source = op >> 5 & 7, op >> 3 & 3, op & 7
    if source == 1:
        value = machine.x
    elif source == 2:
        value = machine.y
    elif source == 3:
        value = 0
    elif source == 5:
        value = machine.status
    else:
        return False
    if invert == 1:
        value = ~value & _WORD
    elif invert:
        return False
    if destination == 0:
        return machine.out_count < 32 and _pins_are(
            block.pin_values, machine.out_base, machine.out_count, value & (1 << machine.out_count) - 1
        )
    return destination in (1, 2) and value == (machine.x if destination == 1 else machine.y)


CHANGES_NOTHING: dict[int, Callable[[RPPIO, StateMachine, int], bool]] = {
    JMP: lambda block, machine, op: True,
    WAIT: _wait_passes,
    MOV: _mov_is_so,
    IRQ: _irq_is_so,
    SET: _set_is_so,
}
