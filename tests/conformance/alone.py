"""The third opinion: rp2040-pio-emulator runs what one machine does alone.

It knows no other machine, flags, dividers, joined FIFOs, `exec`, nor what the processor does meanwhile.
"""

from collections import deque

from pioemu import State, emulate

from .observe import PINS

CLOCKS = 400
_ONE = 1 << 16
_STICKY_OR_INLINE, _JOINED, _IRQ = 3 << 17, 3 << 30, 6  # of EXECCTRL, of SHIFTCTRL, a kind of instruction


def can_run(seen):
    """Whether it knows what the case needs."""
    if list(seen.machines) != [0] or len(seen.runs) != 1:
        return False
    clkdiv, execctrl, shiftctrl, _ = seen.machines[0]
    kinds = {instruction >> 13 for instruction in seen.programs[0]}
    executes = any(op & 0xE0E0 in (0x60E0, 0xA080) for op in seen.programs[0])
    plain = clkdiv == _ONE and not execctrl & _STICKY_OR_INLINE and not shiftctrl & _JOINED
    return plain and _IRQ not in kinds and not executes


def run(seen):
    """(words in the RX FIFO, edges since the first one)"""
    _, execctrl, shiftctrl, pinctrl = seen.machines[0]
    levels, directions = (bits << PINS[0] for bits in seen.pins)
    edges = []
    states = emulate(
        seen.programs[0],
        stop_when=lambda _, state: state.clock > CLOCKS,
        initial_state=State(pin_values=levels, pin_directions=directions, transmit_fifo=deque(seen.feeds[0])),
        auto_pull=bool(shiftctrl >> 17 & 1),
        auto_push=bool(shiftctrl >> 16 & 1),
        pull_threshold=shiftctrl >> 25 & 31 or 32,
        push_threshold=shiftctrl >> 20 & 31 or 32,
        shift_isr_right=bool(shiftctrl >> 18 & 1),
        shift_osr_right=bool(shiftctrl >> 19 & 1),
        out_base=pinctrl & 31,
        out_count=pinctrl >> 20 & 63,
        set_base=pinctrl >> 5 & 31,
        set_count=pinctrl >> 26 & 7,
        side_set_base=pinctrl >> 10 & 31,
        side_set_count=pinctrl >> 29,
        jmp_pin=execctrl >> 24 & 31,
        wrap_target=execctrl >> 7 & 31,
        wrap_top=execctrl >> 12 & 31,
    )
    words = []
    for before, after in states:
        levels, directions = before.pin_values, before.pin_directions
        for gpio in PINS:
            old = "z" if not directions >> gpio & 1 else str(levels >> gpio & 1)
            new = "z" if not after.pin_directions >> gpio & 1 else str(after.pin_values >> gpio & 1)
            if old != new:
                edges.append((before.clock, gpio, new))
        words = list(after.receive_fifo)
    return words, [(clock - edges[0][0], gpio, level) for clock, gpio, level in edges]
