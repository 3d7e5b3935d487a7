"""PIO conformance cases (MicroPython). What they see is for expected.py to say: words received, edges, registers.

A case gets a bench with a fresh block and returns registers. A program that is done stays in a `jmp` to itself.
"""

from bench import *
from rp2 import PIO, asm_pio

CASES = []


def case(function):
    """Make it one."""
    CASES.append(function)
    return function


# pins and delays


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


# side-set


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


# jumps


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


# waiting


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


# shifting


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


# FIFOs


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


# dividers


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


# several machines, and the processor


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
