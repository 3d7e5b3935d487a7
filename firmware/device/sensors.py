"""Levels and voltages of the board, into the kernel's readings."""

from array import array

import micropython
from contract import limits, messages, pins
from machine import ADC, Pin, mem32

from . import regs

_START = 1 | 1 << 2  # enabled, convert once
_FIFO_ON = 1 | 1 << 3 | 1 << 24  # FIFO and its DREQ on, from one entry
_SHIFT_CHANNEL = 12
_FIRST_ADC_GPIO = 26
SAMPLE_BANK = _START | (pins.BANK_SENSE - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL
_LEVELS = (
    1 << pins.SAFE_OK | 1 << pins.INTERLOCK | 1 << pins.BANK_OK | 1 << pins.TARGET_BELOW | 1 << pins.SUPPLY_ON
    | 1 << pins.POLARITY_STRAP | 1 << pins.TRIG_SENSE | 1 << pins.FIRED | 1 << pins.CHARGE_EN
    | 1 << pins.TRIG_IN | 1 << pins.KEY_SWITCH | 1 << pins.BANK_COOL
)  # fmt: skip

COIL_MV_PER_K = 10
COIL_ZERO_C = -50
_INPUTS = len(pins.ANALOG)
_TIMES = 8  # each input in a tick
_ATTEMPTS = 3
_SAME_US = 50  # a sample taken again so soon after the edge of BLANK is as good as the one that was lost
_SPOILT = 0xFFFF
# each by itself: in a tuple such a number would be frozen as a long one, which allocates
_JUMP = 0xFFF
_FIRST_SAME = 1 << 12
_ALL_SAME = 1 << 13
_WIDE_EVERY, _WIDE_FROM, _WIDE_TO = 1_024, 510, 514  # codes so wide that a ripple may not leave them (erratum E11)


_GPIO_IN = regs.SIO_GPIO_IN
# a count in 1/256 of what it measures, so that no product reaches 2**30
_SHIFT = 8
_STEPS = limits.BANK_ADC_COUNTS >> _SHIFT
_BANK_MV = limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_DIVIDER_RATIO // _STEPS
_COIL_CENTI_C = limits.BANK_ADC_FULL_SCALE_MV * 100 // COIL_MV_PER_K
_TARGET_MV = limits.BANK_WORKING_MAX_MV // _STEPS


@micropython.viper
def _safe_fell() -> bool:
    """Whether SAFE_OK has fallen since this was asked last: the pad's own latch misses no bounce between two ticks."""
    latch = ptr32(0x400140F0)  # INTR0, four bits a GPIO from 0 to 7, of which the third is a falling edge [2.19.6.1]
    fell = latch[0] >> 30 & 1
    if fell:
        latch[0] = fell << 30  # writing it back clears it
    return fell != 0


@micropython.viper
def _convert(words: ptr32, counts: ptr32, first: int, end: int, samples_at: int) -> int:
    """Convert the inputs of `words[first:end]` into `counts`; return `end`, or the index at which a sample clashed.

    A sample of the bank's that DMA begins meanwhile is lost (their count lies at `samples_at`): so it is taken again at
    once into `counts[end]`, with the word there; _SPOILT when that has come too late.
    """
    adc = ptr32(0x4004C000)  # CS, RESULT, FCS, FIFO [4.9.6]
    samples = ptr32(samples_at)
    timer = ptr32(0x40054028)  # TIMERAWL [4.6.5]
    while first < end:
        while not adc[0] & 0x100:
            pass
        while not adc[2] & 0x100:  # what a clash has left behind, or every reading would be the one before
            counts[first] = adc[3]
        began_us = timer[0]
        before = samples[0]
        adc[0] = words[first]
        while not adc[0] & 0x100:
            pass
        empty = adc[2] & 0x100
        counts[first] = adc[3] & 0xFFF
        if empty or samples[0] != before:
            while not adc[2] & 0x100:
                counts[first] = adc[3]
            before = samples[0]
            adc[0] = words[end]
            while not adc[0] & 0x100:
                pass
            empty = adc[2] & 0x100
            counts[end] = adc[3] & 0xFFF
            if empty or samples[0] != before or timer[0] - began_us > int(_SAME_US):
                counts[end] = int(_SPOILT)
            return first
        first += 1
    return end


@micropython.viper
def _compare(counts: ptr32, before: ptr32, inputs: int, end: int) -> int:
    """The largest difference of two conversions of an input; with _FIRST_SAME when nothing of the first input differs
    from the tick before, with _ALL_SAME when nothing at all does.

    `counts[:end]` holds each of the `inputs` in turn, `before` what they were, and is what they are afterwards.
    """
    all_same = int(_ALL_SAME)
    first_same = int(_FIRST_SAME)
    jump = 0
    index = 0
    turn = 0
    while index < end:
        if counts[index] != before[index]:
            all_same = 0
            if turn == 0:
                first_same = 0
            before[index] = counts[index]
        turn += 1
        if turn == inputs:
            turn = 0
        if index + inputs < end:
            apart = counts[index] - counts[index + inputs]
            if apart < 0:
                apart = -apart
            if apart > jump:
                jump = apart
        index += 1
    return jump | first_same | all_same


class Sensors:
    """Inputs and the ADC. While a train runs, DMA converts too: a clash is seen, and the sample is taken again."""

    def __init__(self, stamps):
        for gpio in pins.INPUTS:
            if gpio != pins.UART_RX:
                Pin(gpio, Pin.IN, Pin.PULL_DOWN)
        for gpio in pins.ANALOG:
            ADC(Pin(gpio))
        mem32[regs.ADC_FCS] = _FIFO_ON
        self._stamps = stamps
        self._samples_at = stamps.samples_at
        each = [_START | (gpio - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL for gpio in pins.ANALOG]
        self._words = array("I", each * _TIMES + [SAMPLE_BANK])  # so often: whether the converter can be believed
        self._counts = array("I", [0] * len(self._words))
        self._before = array("I", self._counts)
        self._levels = -1

    def settings(self):
        """(address, mask) of the register that stays as it is from here on."""
        yield regs.ADC_FCS, regs.FCS_SETTINGS

    def _sample(self):
        """Counts of every analog input; in doubt full scale, which is a fault of each of them."""
        counts, end = self._counts, _TIMES * _INPUTS
        done = clashes = 0
        while clashes < _ATTEMPTS:
            done = _convert(self._words, counts, done, end, self._samples_at)
            if done == end:
                return counts
            clashes += 1
            self._stamps.replace_last_sample(counts[end])
        for index in range(done, end):
            counts[index] = limits.BANK_ADC_COUNTS - 1
        return counts

    def levels(self, readings):
        """Read the digital inputs."""
        if _safe_fell():
            readings.safe_fell = True
        word = mem32[_GPIO_IN] & _LEVELS
        if word == self._levels:
            return
        self._levels = word
        readings.safe_ok = word >> pins.SAFE_OK & 1
        readings.interlock = word >> pins.INTERLOCK & 1
        readings.bank_ok = word >> pins.BANK_OK & 1
        readings.supply_on = word >> pins.SUPPLY_ON & 1
        readings.strap_inverted = word >> pins.POLARITY_STRAP & 1
        readings.trig_sense = word >> pins.TRIG_SENSE & 1
        readings.fired_sense = word >> pins.FIRED & 1
        readings.trig_in = word >> pins.TRIG_IN & 1
        readings.key = word >> pins.KEY_SWITCH & 1
        readings.bank_cool = word >> pins.BANK_COOL & 1
        readings.target_below = word >> pins.TARGET_BELOW & 1
        readings.flags = (
            readings.safe_ok * messages.FLAG_SAFE_OK
            | readings.interlock * messages.FLAG_INTERLOCK
            | readings.bank_ok * messages.FLAG_BANK_OK
            | readings.target_below * messages.FLAG_TARGET_BELOW
            | readings.supply_on * messages.FLAG_SUPPLY_ON
            | readings.strap_inverted * messages.FLAG_STRAP_INVERTED
            | (word >> pins.CHARGE_EN & 1) * messages.FLAG_CHARGE_EN
            | readings.trig_in * messages.FLAG_TRIG_IN
            | readings.bank_cool * messages.FLAG_BANK_COOL
        )

    def voltages(self, readings):
        """Convert the three analog inputs."""
        counts = self._sample()
        jump = _compare(counts, self._before, _INPUTS, _TIMES * _INPUTS)
        readings.adc_same = jump & _ALL_SAME
        readings.adc_jump = jump & _JUMP
        bank, coil, target = counts[0], counts[1], counts[2]
        readings.bank_same = jump & _FIRST_SAME and not _WIDE_FROM <= bank % _WIDE_EVERY <= _WIDE_TO
        readings.bank_mv = bank * _BANK_MV >> _SHIFT
        readings.coil_centi_c = coil * _COIL_CENTI_C // limits.BANK_ADC_COUNTS + COIL_ZERO_C * 100
        readings.target_sense_mv = target * _TARGET_MV >> _SHIFT
        readings.bank_steady = readings.bank_ok and mem32[_GPIO_IN] >> pins.BANK_OK & 1
