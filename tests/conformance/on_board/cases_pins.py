"""PIO conformance cases (MicroPython): what SET, MOV and OUT do to pins, and delays."""

from bench import *
from rp2 import asm_pio


@case
def set_and_delay(b):
    @asm_pio()
    def program():
        set(pins, 1)[3]
        set(pins, 0)
        set(pins, 1)[31]
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1)).run()
    return ()


@case
def set_pindirs(b):
    @asm_pio()
    def program():
        set(pindirs, 3)
        set(pindirs, 1)[1]
        set(pindirs, 0)
        label("end")
        jmp("end")

    b.pins(1, 0).machine(0, program, set_pins=(2, 2)).run()
    return ()


@case
def set_takes_its_pins_alone(b):
    @asm_pio()
    def program():
        set(pins, 31)
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 255).machine(0, program, set_pins=(3, 2)).run()
    return ()


@case
def mov_pins_inverted(b):
    @asm_pio()
    def program():
        set(x, 5)
        mov(pins, x)
        mov(pins, invert(x))
        mov(pins, null)
        label("end")
        jmp("end")

    b.pins(0, 15).machine(0, program, out=(2, 4)).run()
    return ()


@case
def out_pins_and_pindirs(b):
    @asm_pio()
    def program():
        pull(block)
        out(pins, 2)
        out(pindirs, 2)
        out(pins, 2)
        out(pindirs, 2)
        label("end")
        jmp("end")

    b.pins(0, 0).machine(0, program, out=(2, 2), feed=(0b00_01_11_10,)).run()
    return ()
