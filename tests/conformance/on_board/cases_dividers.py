"""PIO conformance cases (MicroPython): clock dividers."""

from bench import *
from rp2 import asm_pio


@asm_pio()
def square():
    wrap_target()
    set(pins, 1)
    set(pins, 0)
    wrap()


@case
def divider_of_three(b):
    b.pins(0, 1).machine(0, square, set_pins=(2, 1), clkdiv=3 << 16).run(1)
    return ()


@case
def divider_of_two_and_a_half(b):
    b.pins(0, 1).machine(0, square, set_pins=(2, 1), clkdiv=2 << 16 | 128 << 8).run(1)
    return ()


@case
def divider_of_one_and_a_bit(b):
    b.pins(0, 1).machine(0, square, set_pins=(2, 1), clkdiv=1 << 16 | 64 << 8).run(1)
    return ()


@case
def dividers_in_phase(b):
    b.pins(0, 3).machine(0, square, set_pins=(2, 1), clkdiv=4 << 16).machine(1, square, set_pins=(3, 1), clkdiv=6 << 16)
    b.run(1)
    return ()


@case
def delay_is_divided(b):
    @asm_pio()
    def program():
        set(pins, 1)[4]
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1), clkdiv=3 << 16).run()
    return ()
