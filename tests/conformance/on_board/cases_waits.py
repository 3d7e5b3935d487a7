"""PIO conformance cases (MicroPython): WAIT, IRQ and interrupts."""

from bench import *
from rp2 import asm_pio


@asm_pio()
def stimulus():
    nop()[9]
    set(pins, 1)[19]
    set(pins, 0)[19]
    set(pins, 1)[19]
    set(pins, 0)
    label("end")
    jmp("end")


@asm_pio()
def waits_for_gpio():
    wait(1, gpio, 2)
    set(pins, 1)
    wait(0, gpio, 2)
    set(pins, 0)
    label("end")
    jmp("end")


@case
def wait_gpio(b):
    b.pins(0, 3).machine(0, waits_for_gpio, set_pins=(3, 1)).machine(1, stimulus, set_pins=(2, 1)).run()
    return ()


@case
def wait_gpio_bypassed(b):
    put(BYPASS, 1 << 2)
    b.pins(0, 3).machine(0, waits_for_gpio, set_pins=(3, 1)).machine(1, stimulus, set_pins=(2, 1)).run()
    return ()


@case
def wait_pin_from_base(b):
    @asm_pio()
    def program():
        wait(1, pin, 31)
        set(pins, 1)
        wait(0, pin, 31)
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(3, 1), in_base=3).machine(1, stimulus, set_pins=(2, 1)).run()
    return ()


@case
def wait_irq_takes_it(b):
    @asm_pio()
    def program():
        wait(1, irq, 5)
        set(pins, 1)
        wait(0, irq, 6)
        set(pins, 0)
        label("end")
        jmp("end")

    @asm_pio()
    def other():
        irq(6)[7]
        irq(5)[9]
        irq(clear, 6)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1)).machine(1, other).run()
    return (get(IRQ),)


@case
def wait_irq_of_two(b):
    @asm_pio()
    def program():
        wait(1, irq, 4)
        set(pins, 1)
        label("end")
        jmp("end")

    @asm_pio()
    def other():
        nop()[7]
        irq(4)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, set_pins=(2, 1)).machine(1, program, set_pins=(3, 1)).machine(2, other).run()
    return (get(IRQ),)


@case
def irq_wait_until_cleared(b):
    @asm_pio()
    def program():
        set(pins, 1)
        irq(block, 1)
        set(pins, 0)
        label("end")
        jmp("end")

    @asm_pio()
    def other():
        nop()[9]
        wait(1, irq, 1)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1)).machine(1, other).run()
    return (get(IRQ),)


@case
def irq_relative(b):
    @asm_pio()
    def program():
        irq(rel(3))
        irq(rel(6))
        label("end")
        jmp("end")

    b.machine(2, program).run()
    return (get(IRQ),)


@case
def irq_clear_relative(b):
    @asm_pio()
    def program():
        irq(clear, rel(3))
        label("end")
        jmp("end")

    put(IRQ_FORCE, 0xFF)
    b.machine(3, program).run()
    seen = get(IRQ)
    put(IRQ, 0xF0)
    return seen, get(IRQ)


@case
def interrupts(b):
    @asm_pio()
    def program():
        irq(2)
        push()
        label("end")
        jmp("end")

    raw = get(INTR)
    put(INTE, 1 << 10 | 1 << 1)
    b.machine(1, program).run()
    ran = get(INTR), get(INTS)
    b.received(1)
    put(IRQ, 4)
    put(INTF, 1 << 8)
    return raw, ran[0], ran[1], get(INTR), get(INTS)
