"""PIO conformance cases (MicroPython): IN, OUT, MOV and EXEC."""

from bench import *
from rp2 import asm_pio


@case
def in_shifts_right(b):
    @asm_pio()
    def program():
        set(x, 0b10110)
        in_(x, 3)
        in_(x, 5)
        mov(y, isr)
        push()
        in_(y, 32)
        in_(null, 4)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program).run().received()


@case
def in_shifts_left(b):
    @asm_pio()
    def program():
        set(x, 0b10110)
        in_(x, 3)
        in_(x, 5)
        mov(y, isr)
        push()
        in_(y, 32)
        in_(null, 4)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=0).run().received()


@case
def in_of_isr_and_osr(b):
    @asm_pio()
    def program():
        pull()
        in_(osr, 16)
        in_(isr, 8)
        push()
        mov(isr, null)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=0, feed=(0x1234ABCD,)).run().received()


@case
def in_of_pins(b):
    @asm_pio()
    def program():
        set(pins, 0b101)[5]
        in_(pins, 2)
        push()
        label("end")
        jmp("end")

    return b.pins(0, 7).machine(0, program, set_pins=(2, 3), in_base=3, shift=0).run().received()


@case
def out_shifts_right(b):
    @asm_pio()
    def program():
        pull()
        out(x, 4)
        mov(isr, x)
        push()
        out(isr, 12)
        push()
        out(y, 32)
        mov(isr, y)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, feed=(0x89ABCDEF,)).run().received()


@case
def out_shifts_left(b):
    @asm_pio()
    def program():
        pull()
        out(x, 4)
        mov(isr, x)
        push()
        out(isr, 12)
        push()
        out(y, 32)
        mov(isr, y)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, shift=0, feed=(0x89ABCDEF,)).run().received()


@case
def out_of_all_leaves_nothing(b):
    @asm_pio()
    def program():
        pull()
        out(x, 32)
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, feed=(0x89ABCDEF,)).run().received()


@case
def out_isr_sets_its_count(b):
    @asm_pio()
    def program():
        pull()
        out(isr, 8)
        push(iffull)
        out(isr, 16)
        push(iffull)
        label("end")
        jmp("end")

    return b.machine(0, program, shift=RIGHT | thresholds(push=16), feed=(0x12345678,)).run().received()


@case
def out_pc(b):
    @asm_pio()
    def program():
        pull()
        out(pc, 5)
        set(pins, 1)
        set(pins, 2)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(2, 2), feed=(3,)).run()
    return ()


@case
def out_exec(b):
    @asm_pio()
    def program():
        set(pins, 1)
        pull()
        out(exec, 16)[5]
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(2, 2), feed=(0xE303,)).run()  # set(pins, 3)[3]
    return ()


@case
def mov_exec_of_jmp(b):
    @asm_pio()
    def program():
        set(pins, 1)
        set(x, 5)
        mov(exec, x)[3]
        set(pins, 2)
        set(pins, 3)
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(2, 2)).run()
    return ()


@case
def mov_pc(b):
    @asm_pio()
    def program():
        set(pins, 1)
        set(x, 4)
        mov(pc, x)[2]
        set(pins, 2)
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(2, 2)).run()
    return ()


@case
def mov_reversed(b):
    @asm_pio()
    def program():
        pull()
        mov(isr, reverse(osr))
        push()
        mov(isr, invert(osr))
        push()
        mov(y, osr)
        mov(x, y)
        mov(isr, x)
        push()
        mov(isr, invert(null))
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, feed=(0x00F01234,)).run().received()


@case
def mov_osr_fills_it(b):
    @asm_pio()
    def program():
        set(x, 9)
        mov(osr, x)
        out(y, 2)
        mov(isr, y)
        push()
        jmp(not_osre, "more")
        push()
        label("more")
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program).run().received()


@case
def mov_status_of_tx(b):
    @asm_pio()
    def program():
        mov(isr, status)
        push()
        pull()
        mov(isr, status)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, execctrl=2, feed=(1, 2)).run().received()


@case
def mov_status_of_rx(b):
    @asm_pio()
    def program():
        mov(isr, status)
        push()
        mov(isr, status)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program, execctrl=STATUS_RX | 1).run().received()
