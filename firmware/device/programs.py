"""The PIO programs. Block 0 makes and guards the edges, block 1 looks at them.

Block 0 is full: 18 + 5 + 6 + 3 instructions of 32. The sequencer lies at the origin, because its words hold addresses.
Flags of block 0: 0 underrun, 1 veto, 2 done, 3 tripped (the processor sees these); 4 no charging near a pulse, 5 no
token. A flag is raised at least four clocks before the level is taken down: the regulator, which may have passed its
look at the flag in that very clock, then writes before, not after. The closest race is a token that begins in the clock
in which flag 4 is raised: regulator and sequencer then write in the same clock, and the machine with the higher number,
the sequencer, has its way [RP2040 datasheet, 3.5.6].
"""

import rp2
from rp2 import PIO


@rp2.asm_pio(out_shiftdir=PIO.SHIFT_RIGHT)
def sequencer():
    # WAIT, and where every step that may end a train comes back to
    wrap_target()
    label("fetch")
    mov(y, status)  # all ones while fewer than FETCH_WORDS words wait
    jmp(not_y, "go")
    mov(pins, null)
    irq(block, 0)  # underrun: parks; late is never
    label("go")
    pull(block)  # never stalls: the fetch has seen all up to the last fall
    out(x, 23)
    label("tick")
    jmp(x_dec, "tick")
    out(pc, 5)
    # BLANK_ON
    irq(4)[2]
    jmp("edge")
    # RISE
    label("rise")
    out(pins, 5)
    jmp("go")  # without a look at the FIFO: what has risen will fall
    # FIRE
    jmp(pin, "rise")
    irq(1)  # veto; patched to irq(block, 1) when the policy is to abort
    jmp("go")  # as long as a rise takes: what follows keeps its time
    # DONE
    irq(block, 2)
    # BLANK_OFF
    irq(clear, 4)
    # EDGE
    label("edge")
    out(pins, 5)  # the fifth is CHARGE_EN, always 0
    wrap()


VETO_AT = 13  # instruction that the policy patches
VETO_AND_PARK = 0xC021  # irq(block, 1)
VETO_AND_GO = 0xC001  # irq(1)


@rp2.asm_pio()
def regulator():
    label("on")
    set(pins, 1)
    wrap_target()
    wait(0, irq, 4)
    wait(0, irq, 5)  # the last look: a token may run out inside a window
    jmp(pin, "on")
    set(pins, 0)
    wrap()


@rp2.asm_pio(sideset_init=rp2.PIO.OUT_LOW)
def token():
    wrap_target()
    irq(5)[3]
    pull(block).side(0)  # CHARGE_EN low until a token comes
    mov(y, osr)
    wait(0, irq, 4)  # the regulator, which has passed its look at that flag, goes on at once
    irq(clear, 5)
    label("tick")
    jmp(y_dec, "tick")
    wrap()


@rp2.asm_pio()
def watcher():
    wait(0, pin, 0)  # SAFE_OK
    wrap_target()
    set(pindirs, 0)
    irq(block, 3)
    wrap()


@rp2.asm_pio()
def sync():
    wait(1, pin, 0)  # the first blank window: locked to the train
    wrap_target()
    pull(block)  # the last interval over: rests here, low
    mov(x, osr)
    label("tick")
    jmp(x_dec, "tick")
    set(pins, 1)
    mov(y, isr)  # the width
    label("high")
    jmp(y_dec, "high")
    set(pins, 0)
    wrap()


@rp2.asm_pio()
def edges():
    wrap_target()
    wait(1, pin, 0)
    mov(isr, x)
    push(noblock)
    wait(0, pin, 0)
    mov(isr, x)
    push(noblock)
    wrap()
