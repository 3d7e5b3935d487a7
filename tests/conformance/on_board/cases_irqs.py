"""Conformance cases (MicroPython): interrupts that reach the processor, by MicroPython's own handlers."""

from time import sleep_ms

import rp2
from bench import *
from machine import Pin, Timer
from rp2 import DMA, asm_pio


class _Count:
    """Calls so far."""

    def __init__(self):
        self.calls = 0

    def __call__(self, _):
        self.calls += 1


@case
def irq_of_a_pin(b):
    pin, both, rising = Pin(2, Pin.OUT, value=0), _Count(), _Count()
    pin.irq(both, Pin.IRQ_RISING | Pin.IRQ_FALLING, hard=True)
    for level in (1, 0, 1):
        pin(level)
    pin.irq(rising, Pin.IRQ_RISING, hard=True)
    for level in (0, 1, 0, 1):
        pin(level)
    pin.irq(None)
    pin(0)
    Pin(2, Pin.IN)
    return both.calls, rising.calls


@case
def irq_of_pio(b):
    @asm_pio()
    def program():
        irq(0)
        irq(1)
        label("end")
        jmp("end")

    count = _Count()
    rp2.PIO(0).irq(count, rp2.PIO.IRQ_SM0, hard=True)
    b.machine(0, program).run()
    rp2.PIO(0).irq(None)
    flags = get(IRQ)
    put(IRQ, 0xFF)
    return count.calls, flags


@case
def irq_of_dma(b):
    source, target, count = bytearray(8), bytearray(8), _Count()
    channel = DMA()
    channel.irq(count, hard=True)
    for _ in range(2):
        channel.config(read=source, write=target, count=2, ctrl=channel.pack_ctrl(irq_quiet=False), trigger=True)
        sleep_ms(1)
    channel.irq(None)
    channel.close()
    return (count.calls,)


@case
def irq_of_a_timer(b):
    count = _Count()
    timer = Timer(period=2, mode=Timer.PERIODIC, callback=count)
    sleep_ms(9)
    timer.deinit()
    calls = count.calls
    sleep_ms(5)
    return calls, count.calls
