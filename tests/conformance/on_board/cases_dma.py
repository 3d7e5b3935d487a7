"""Conformance cases (MicroPython): DMA, from memory and paced by PIO."""

from array import array

from bench import *
from rp2 import DMA, asm_pio
from uctypes import addressof

_DMA_INTR, _DMA_ABORT = 0x50000400, 0x50000444


def _close(*channels):
    for channel in channels:
        channel.active(0)
        channel.close()


@case
def dma_copies_words(b):
    source, target = array("I", range(1, 7)), array("I", [0] * 7)
    channel = DMA()
    mem32[_DMA_INTR] = 0xFFF
    channel.config(read=source, write=target, count=6, ctrl=channel.pack_ctrl(irq_quiet=False), trigger=True)
    while channel.active():
        pass
    raised = mem32[_DMA_INTR] >> channel.channel & 1
    seen = channel.count, channel.read - addressof(source), channel.write - addressof(target), raised
    _close(channel)
    return tuple(target) + seen


@case
def dma_swaps_and_narrows(b):
    source, target = array("I", [0x11223344, 0x55667788]), bytearray(8)
    channel = DMA()
    for size, count in ((1, 2), (0, 2)):
        control = channel.pack_ctrl(size=size, bswap=True)
        channel.config(
            read=source, write=addressof(target) + (0 if size else 4), count=count, ctrl=control, trigger=True
        )
        while channel.active():
            pass
    _close(channel)
    return tuple(target)


@case
def dma_rings(b):
    memory = bytearray(32)
    base = (addressof(memory) + 15) & ~15
    source = array("I", range(10, 16))
    channel = DMA()
    control = channel.pack_ctrl(ring_sel=True, ring_size=4)
    channel.config(read=source, write=base, count=6, ctrl=control, trigger=True)
    while channel.active():
        pass
    seen = [mem32[base + 4 * index] for index in range(4)]
    seen.append(channel.write - base)
    _close(channel)
    return tuple(seen)


@case
def dma_chains(b):
    source, target = array("I", [7, 8]), array("I", [0, 0])
    first, second = DMA(), DMA()
    second.config(read=addressof(source) + 4, write=addressof(target) + 4, count=1, ctrl=second.pack_ctrl())
    first.config(read=source, write=target, count=1, ctrl=first.pack_ctrl(chain_to=second.channel), trigger=True)
    while first.active() or second.active():
        pass
    _close(first, second)
    return tuple(target)


@case
def dma_null_trigger(b):
    channel = DMA()
    mem32[_DMA_INTR] = 0xFFF
    channel.registers[3] = channel.pack_ctrl(irq_quiet=True)
    channel.registers[15] = 0  # AL3_READ_ADDR_TRIG: nothing to read ends a list of blocks
    seen = channel.active(), mem32[_DMA_INTR] >> channel.channel & 1
    _close(channel)
    return tuple(int(value) for value in seen)


@case
def dma_feeds_pio(b):
    @asm_pio()
    def program():
        wrap_target()
        pull()
        mov(x, osr)
        set(pins, 1)
        label("turn")
        jmp(x_dec, "turn")
        set(pins, 0)
        wrap()

    counts = array("I", [10, 20, 30, 0, 40, 50, 60, 70, 80])
    b.pins(0, 1).machine(0, program, set_pins=(2, 1))
    channel = DMA()
    channel.config(
        read=counts,
        write=PIO0 + TXF,
        count=len(counts),
        ctrl=channel.pack_ctrl(inc_write=False, treq_sel=0),
        trigger=True,
    )
    waiting = channel.count, get(FLEVEL)
    b.run()
    left = channel.count
    _close(channel)
    return waiting + (left,)


@case
def dma_aborts(b):
    counts = array("I", range(9))
    channel = DMA()
    channel.config(
        read=counts, write=PIO0 + TXF, count=9, ctrl=channel.pack_ctrl(inc_write=False, treq_sel=0), trigger=True
    )
    busy = int(channel.active())
    mem32[_DMA_ABORT] = 1 << channel.channel
    while mem32[_DMA_ABORT]:
        pass
    seen = busy, int(channel.active()), get(FLEVEL)
    _close(channel)
    return seen
