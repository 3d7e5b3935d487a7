"""PIO conformance cases (MicroPython): PUSH, PULL, autopush, autopull and joined FIFOs."""

from bench import *
from rp2 import asm_pio


@case
def push_blocks_when_full(b):
    @asm_pio()
    def program():
        set(y, 7)
        mov(isr, y)
        push()
        mov(isr, y)
        push()
        mov(isr, y)
        push()
        mov(isr, y)
        push()
        set(pins, 1)
        push()
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1)).run()
    debug, level, status = get(FDEBUG), get(FLEVEL), get(FSTAT)
    put(FDEBUG, 1)
    b.received()
    return debug, level, status, get(FDEBUG)


@case
def push_noblock_loses(b):
    @asm_pio()
    def program():
        set(y, 7)
        label("turn")
        mov(isr, y)
        push(noblock)
        jmp(y_dec, "turn")
        label("end")
        jmp("end")

    b.machine(0, program).run()
    return (get(FDEBUG),) + b.received()


@case
def pull_blocks_when_empty(b):
    @asm_pio()
    def program():
        set(pins, 1)
        pull()
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1)).run()
    return (get(FDEBUG), get(FSTAT))


@case
def pull_noblock_takes_x(b):
    @asm_pio()
    def program():
        set(x, 21)
        pull(noblock)
        mov(isr, osr)
        push()
        pull(noblock)
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, feed=(0x55AA,)).run().received()


@case
def pull_if_empty(b):
    @asm_pio()
    def program():
        pull()
        out(x, 8)
        pull(ifempty)
        mov(isr, osr)
        push()
        out(x, 8)
        pull(ifempty)
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=RIGHT | thresholds(pull=16), feed=(0x11223344, 0x55667788)).run().received()


@case
def push_if_full(b):
    @asm_pio()
    def program():
        set(x, 3)
        in_(x, 8)
        push(iffull)
        in_(x, 8)
        push(iffull)
        in_(x, 8)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=thresholds(push=16)).run().received()


@case
def autopush(b):
    @asm_pio()
    def program():
        set(x, 1)
        in_(x, 4)
        set(x, 2)
        in_(x, 4)
        set(x, 3)
        in_(x, 4)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=AUTOPUSH | thresholds(push=8)).run().received()


@case
def autopull_costs_no_clock_but_the_first(b):
    @asm_pio()
    def program():
        wrap_target()
        out(pins, 1)
        wrap()

    b.pins(0, 1).machine(0, program, out=(2, 1), shift=RIGHT | AUTOPULL | thresholds(pull=4), feed=(5, 5, 5, 5)).run()
    return (get(FDEBUG), get(FLEVEL))


@case
def autopull_needs_no_out(b):
    @asm_pio()
    def program():
        nop()
        jmp(not_osre, "full")
        set(y, 1)
        label("full")
        mov(isr, y)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=RIGHT | AUTOPULL, feed=(3,)).run().received() + (get(FLEVEL),)


@case
def autopull_makes_pull_a_barrier(b):
    @asm_pio()
    def program():
        out(x, 32)
        pull()  # what autopull has fetched stays
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    feed = 0x11223344, 0x55667788, 0x99AABBCC
    return b.machine(0, program, shift=RIGHT | AUTOPULL, feed=feed).run().received() + (get(FLEVEL),)


@case
def fifo_of_tx_joined(b):
    @asm_pio()
    def program():
        label("turn")
        pull(noblock)
        out(pins, 1)
        jmp("turn")

    levels = get(FLEVEL)
    b.pins(0, 1).machine(0, program, out=(2, 1), shift=RIGHT | JOIN_TX)
    for word in (1, 0, 1, 1, 0, 0, 1, 0, 1):
        put(TXF, word)
    full, debug, depth = get(FSTAT), get(FDEBUG), get(FLEVEL)
    b.run()
    return (levels, full, debug, depth, get(FLEVEL))


@case
def fifo_of_rx_joined(b):
    @asm_pio()
    def program():
        set(x, 9)
        label("turn")
        mov(isr, x)
        push(noblock)
        jmp(x_dec, "turn")
        label("end")
        jmp("end")

    b.machine(0, program, shift=RIGHT | JOIN_RX).run()
    full, depth = get(FSTAT), get(FLEVEL)
    b.received()
    get(RXF)
    return full, depth, get(FDEBUG)


@case
def join_empties(b):
    at = MACHINE + SHIFTCTRL
    put(TXF, 1)
    put(TXF, 2)
    before = get(FLEVEL)
    put(at, RIGHT | JOIN_TX)
    joined = get(FLEVEL)
    put(TXF, 3)
    put(at, RIGHT)
    return before, joined, get(FLEVEL)
