"""Conformance cases (MicroPython): PWM, ADC, timer, pins, SIO and the bus."""

from time import sleep_us

from bench import *
from machine import mem8

PWM, ADC, TIMER, SIO, SCRATCH3 = 0x40050000, 0x4004C000, 0x40054000, 0xD0000000, 0x40058018
GPIO_IN, GPIO_OUT, GPIO_OE, DIVIDER, SPINLOCK0 = SIO + 0x04, SIO + 0x10, SIO + 0x20, SIO + 0x60, SIO + 0x100
_PWM_FUNCTION, _SIO_FUNCTION = 4, 5
_XOR = 0x1000
_IO_INTR0 = IO_BANK0 + 0xF0


def unsigned(address):
    """A word as it is."""
    return mem32[address] & 0xFFFFFFFF


def function(gpio, select):
    """Give a pin to a peripheral."""
    mem32[IO_BANK0 + 8 * gpio + 4] = select


def pwm(b, control, divider, compares, top, us=2):
    """Let slice 1 (GPIO 2 and 3) run for a while."""
    function(2, _PWM_FUNCTION)
    function(3, _PWM_FUNCTION)
    at = PWM + 0x14
    for offset, value in ((0x00, control), (0x04, divider), (0x08, 0), (0x0C, compares), (0x10, top)):
        mem32[at + offset] = value
    say("run", b.name)
    marker(1)
    mem32[at + SET] = 1
    sleep_us(us)
    mem32[at + CLEAR] = 1
    marker(0)
    mem32[PWM + 0xA4] = 0xFF
    return ()


@case
def pwm_of_two_outputs(b):
    return pwm(b, 0, 1 << 4, 7 << 16 | 3, 9)


@case
def pwm_inverted(b):
    return pwm(b, 1 << 3, 1 << 4, 7 << 16 | 3, 9)


@case
def pwm_divided(b):
    return pwm(b, 0, 2 << 4 | 8, 2, 3)


@case
def pwm_never_and_always(b):
    return pwm(b, 0, 1 << 4, 10 << 16 | 0, 9)


@case
def adc_once(b):
    mem32[ADC + 8] = 0
    mem32[ADC] = 1 | 2 << 12 | 1 << 2
    busy = mem32[ADC] >> 8 & 1
    while not mem32[ADC] >> 8 & 1:
        pass
    return busy, mem32[ADC + 4], mem32[ADC]


@case
def adc_round_robin(b):
    mem32[ADC + 8] = 1 | 15 << 16
    mem32[ADC] = 1 | 0b1011 << 16 | 1 << 12 | 1 << 3
    sleep_us(20)
    mem32[ADC] = 1
    sleep_us(5)
    flags = mem32[ADC + 8] & 0xF00
    seen = [mem32[ADC + 12] for _ in range(4)]
    seen += flags, mem32[ADC + 8] & 0xF0F00
    mem32[ADC + 8] = 3 << 10
    return tuple(seen)


@case
def timer_alarm(b):
    begin = mem32[TIMER + 0x28]
    mem32[TIMER + 0x34] = 1
    mem32[TIMER + 0x10] = begin + 20_000
    armed = mem32[TIMER + 0x20] & 1
    while not mem32[TIMER + 0x34] & 1:
        pass
    late = mem32[TIMER + 0x28] - begin - 20_000
    disarmed = mem32[TIMER + 0x20] & 1
    mem32[TIMER + 0x34] = 1
    return armed, disarmed, int(0 <= late < 1_000), mem32[TIMER + 0x34] & 1


@case
def timer_alarm_disarmed(b):
    mem32[TIMER + 0x34] = 1
    mem32[TIMER + 0x10] = mem32[TIMER + 0x28] + 20_000
    mem32[TIMER + 0x20] = 1
    sleep_us(21_000)
    return mem32[TIMER + 0x20] & 1, mem32[TIMER + 0x34] & 1


@case
def pins_by_sio(b):
    function(2, _SIO_FUNCTION)
    mem32[GPIO_OE + 4] = 1 << 2
    mem32[_IO_INTR0] = 0xC00
    seen = [mem32[GPIO_IN] >> 2 & 1]
    mem32[GPIO_OUT + 4] = 1 << 2
    seen += mem32[GPIO_IN] >> 2 & 1, mem32[_IO_INTR0] >> 8 & 15
    mem32[GPIO_OUT + 12] = 1 << 2
    seen += mem32[GPIO_IN] >> 2 & 1, mem32[_IO_INTR0] >> 8 & 15
    mem32[_IO_INTR0] = 0xC00
    seen += (mem32[_IO_INTR0] >> 8 & 15,)
    mem32[GPIO_OE + 8] = 1 << 2
    return tuple(seen)


@case
def pads_and_overrides(b):
    function(2, _SIO_FUNCTION)
    seen = []
    for pad in (0x56, 0x5A, 0x1A):  # pulled down, pulled up, pulled up with its input off
        mem32[PADS_BANK0 + 12] = pad
        seen.append(mem32[GPIO_IN] >> 2 & 1)
    mem32[PADS_BANK0 + 12] = 0x56
    for control in (1 << 16, 3 << 12 | 3 << 8, 3 << 12 | 1 << 8, 2 << 12 | 3 << 8):
        function(2, _SIO_FUNCTION | control)
        seen.append(mem32[GPIO_IN] >> 2 & 1)
    function(2, 31)
    return tuple(seen)


@case
def sio_divides(b):
    seen = []
    for signed, dividend, divisor in (
        (0, 100, 7),
        (8, -100 & 0xFFFFFFFF, 7),
        (8, 100, -7 & 0xFFFFFFFF),
        (0, 5, 0),
        (8, -5 & 0xFFFFFFFF, 0),
    ):
        mem32[DIVIDER + signed] = dividend
        mem32[DIVIDER + signed + 4] = divisor
        sleep_us(1)
        seen += unsigned(DIVIDER + 0x14), unsigned(DIVIDER + 0x10)
    return tuple(seen)


@case
def spinlock_is_taken_once(b):
    at = SPINLOCK0 + 4 * 30
    mem32[at] = 0
    seen = [unsigned(at), unsigned(at), unsigned(SIO + 0x5C) >> 30 & 1]
    mem32[at] = 0
    seen += (unsigned(SIO + 0x5C) >> 30 & 1,)
    return tuple(seen)


@case
def aliases_and_lanes(b):
    seen = []
    for offset, value in ((0, 0xF0), (SET, 0x0F), (CLEAR, 0x18), (_XOR, 0xFF)):
        mem32[SCRATCH3 + offset] = value
        seen.append(unsigned(SCRATCH3))
    mem8[SCRATCH3 + 1] = 0x5A
    seen.append(unsigned(SCRATCH3))
    mem32[SCRATCH3] = 0
    return tuple(seen)
