"""PIO conformance cases (MicroPython): several machines, and the processor's hand."""

from bench import *
from rp2 import asm_pio


@case
def highest_machine_prevails(b):
    @asm_pio()
    def low():
        set(pins, 1)
        set(pins, 0)
        set(pins, 1)
        set(pins, 0)
        label("end")
        jmp("end")

    @asm_pio()
    def high():
        set(pins, 0)
        nop()
        set(pins, 0)
        nop()
        label("end")
        jmp("end")

    @asm_pio()
    def beside():
        set(pins, 1)[7]
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, beside, set_pins=(3, 1)).machine(1, low, set_pins=(2, 1)).machine(3, high, set_pins=(2, 1))
    b.run()
    return ()


@case
def level_and_direction_separately(b):
    @asm_pio()
    def level():
        set(pins, 1)[9]
        set(pins, 0)[9]
        set(pins, 1)
        label("end")
        jmp("end")

    @asm_pio()
    def direction():
        nop()[4]
        set(pindirs, 0)[9]
        set(pindirs, 1)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, level, set_pins=(2, 1)).machine(1, direction, set_pins=(2, 1)).run()
    return ()


@case
def out_sticky(b):
    @asm_pio()
    def holds():
        set(pins, 1)
        nop()
        label("end")
        jmp("end")

    @asm_pio()
    def tries():
        nop()[5]
        set(pins, 0)
        set(pins, 0)
        nop()
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, tries, set_pins=(2, 1)).machine(1, holds, set_pins=(2, 1), execctrl=STICKY).run()
    return ()


@case
def inline_out_enable(b):
    @asm_pio()
    def program():
        pull()
        out(pins, 3)
        out(pins, 3)
        out(pins, 3)
        label("end")
        jmp("end")

    b.pins(0, 3).machine(0, program, out=(2, 2), execctrl=INLINE | 2 << 19, feed=(0b100_000_101,)).run()
    return ()


@case
def restart_keeps_x_y_osr_pc(b):
    @asm_pio()
    def program():
        set(x, 3)
        set(y, 4)
        pull()
        out(null, 4)
        in_(x, 8)
        wait(1, irq, 7)
        mov(isr, x)
        push()
        mov(isr, y)
        push()
        mov(isr, osr)
        push()
        label("end")
        jmp("end")

    b.machine(0, program, feed=(0xABCDE,)).run()
    put(CTRL, 1 << 4)
    stood = get(MACHINE + ADDR)
    put(IRQ_FORCE, 0x80)
    return (stood,) + b.run().received()


@case
def exec_of_the_processor(b):
    at = MACHINE + EXECCTRL
    b.execute(0, 0xE03F)  # set(x, 31)
    b.execute(0, 0xA0C1)  # mov(isr, x)
    b.execute(0, 0x8020)  # push(block)
    b.execute(0, 0x20C3)  # wait(1, irq, 3)
    stalled = get(at) >> 31
    b.execute(0, 0x0007)  # jmp(7): breaks the stall
    return (stalled, get(at) >> 31, get(MACHINE + ADDR)) + b.received()


@case
def exec_that_waits(b):
    @asm_pio()
    def program():
        set(pins, 1)
        set(pins, 0)
        label("end")
        jmp("end")

    b.pins(0, 1).machine(0, program, set_pins=(2, 1))
    b.execute(0, 0x20C7)  # wait(1, irq, 7)
    b.run()
    before = get(MACHINE + EXECCTRL) >> 31, get(MACHINE + ADDR)
    put(IRQ_FORCE, 0x80)
    b.run()
    return before + (get(MACHINE + EXECCTRL) >> 31, get(MACHINE + ADDR), get(IRQ))


@case
def configuration(b):
    return get(0x44), get(FSTAT), get(CTRL)


@case
def reset_of_the_block(b):
    put(CTRL, 0xF)
    put(IRQ_FORCE, 0xFF)
    put(TXF, 1)
    put(MACHINE + CLKDIV, 5 << 16)
    put(INTE, 0xFFF)
    Bench(b.name, trusted=True)
    at = MACHINE
    settings = get(at + CLKDIV), get(at + EXECCTRL), get(at + SHIFTCTRL), get(at + PINCTRL)
    return (get(CTRL), get(IRQ), get(FLEVEL), get(INTE)) + settings
