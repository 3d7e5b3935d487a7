"""PIO conformance cases (MicroPython): side-set."""

from bench import *
from rp2 import PIO, asm_pio


@case
def side_set_with_delay(b):
    @asm_pio(sideset_init=(PIO.OUT_LOW, PIO.OUT_LOW))
    def program():
        nop().side(1)[2]
        nop().side(2)[7]
        nop().side(3)
        nop().side(0)
        label("end")
        jmp("end").side(0)

    b.pins(0, 3).machine(0, program, side=(2, 2)).run()
    return ()


@case
def side_set_optional(b):
    @asm_pio(sideset_init=PIO.OUT_LOW)
    def program():
        nop().side(1)[2]
        nop()[4]
        nop().side(0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, side=(2, 1)).run()
    return ()


@case
def side_set_of_directions(b):
    @asm_pio(sideset_init=PIO.OUT_LOW, side_pindir=True)
    def program():
        nop().side(1)[2]
        nop().side(0)
        label("end")
        jmp("end").side(0)

    b.pins(1, 0).machine(0, program, side=(2, 1)).run()
    return ()


@case
def side_set_prevails_over_set(b):
    @asm_pio(sideset_init=PIO.OUT_LOW)
    def program():
        set(pins, 1).side(0)
        set(pins, 0).side(1)
        nop().side(0)
        label("end")
        jmp("end").side(0)

    b.pins(0, 1).machine(0, program, side=(2, 1), set_pins=(2, 1)).run()
    return ()


@case
def side_set_when_stalled(b):
    @asm_pio(sideset_init=PIO.OUT_LOW)
    def program():
        nop().side(0)
        wait(1, irq, 0).side(1)[2]
        nop().side(0)
        label("end")
        jmp("end").side(0)

    @asm_pio()
    def other():
        nop()[9]
        irq(0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, side=(2, 1)).machine(1, other).run()
    return ()
