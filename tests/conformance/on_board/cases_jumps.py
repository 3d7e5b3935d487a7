"""PIO conformance cases (MicroPython): jumps and wrapping."""

from bench import *
from rp2 import PIO, asm_pio


@case
def jmp_conditions(b):
    @asm_pio(in_shiftdir=PIO.SHIFT_RIGHT)
    def program():
        set(x, 0)
        set(y, 1)
        jmp(not_x, "a")
        in_(y, 1)
        label("a")
        jmp(not_y, "b")
        in_(y, 1)
        label("b")
        jmp(x_not_y, "c")
        in_(y, 1)
        label("c")
        jmp(y_dec, "d")
        in_(y, 1)
        label("d")
        jmp(y_dec, "e")
        push()
        label("e")
        mov(isr, y)
        push()
        jmp(x_dec, "f")
        mov(isr, x)
        push()
        label("f")
        mov(isr, x)
        push()
        label("end")
        jmp("end")

    return b.machine(0, program).run().received()


@case
def jmp_x_dec_turns(b):
    @asm_pio()
    def program():
        set(x, 5)
        set(pins, 1)
        label("turn")
        jmp(x_dec, "turn")[1]
        set(pins, 0)
        mov(isr, x)
        push()
        label("end")
        jmp("end")

    return b.pins(0, 1).machine(0, program, set_pins=(2, 1)).run().received()


@case
def jmp_y_dec_turns(b):
    @asm_pio()
    def program():
        pull()
        mov(y, osr)
        set(pins, 1)
        label("turn")
        jmp(y_dec, "turn")
        set(pins, 0)
        label("end")
        jmp("end")

    return b.pins(0, 1).machine(0, program, set_pins=(2, 1), feed=(300,)).run().received()


@case
def jmp_pin(b):
    @asm_pio()
    def program():
        set(pins, 1)[7]
        jmp(pin, "high")
        set(y, 1)
        label("high")
        set(pins, 0)[7]
        jmp(pin, "again")
        set(x, 2)
        label("again")
        mov(isr, x)
        push()
        mov(isr, y)
        push()
        label("end")
        jmp("end")

    return b.pins(0, 1).machine(0, program, set_pins=(2, 1), jmp_pin=2).run().received()


@case
def jmp_not_osre(b):
    @asm_pio()
    def program():
        pull()
        set(pins, 1)
        label("turn")
        out(null, 8)
        jmp(not_osre, "turn")
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1), shift=RIGHT | thresholds(pull=24), feed=(1,)).run()
    return ()


@case
def wrap_and_target(b):
    @asm_pio()
    def program():
        set(pins, 1)
        wrap_target()
        set(pins, 0)
        jmp(x_dec, "high")
        label("end")
        jmp("end")
        label("high")
        set(pins, 1)
        wrap()
        set(pins, 2)

    b.pins(0, 3).machine(0, program, set_pins=(2, 2))
    b.execute(0, 0xE022)  # set(x, 2)
    b.run()
    return ()
