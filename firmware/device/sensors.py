"""Levels and voltages of the board, into the kernel's readings."""

import micropython
from contract import limits, messages, pins
from machine import ADC, Pin, mem32
from time import ticks_diff, ticks_us

from . import regs

_START = 1 | 1 << 2  # enabled, convert once
_FIFO_ON = 1 | 1 << 3 | 1 << 24  # FIFO and its DREQ on, from one entry
_SHIFT_CHANNEL = 12
_FIRST_ADC_GPIO = 26
SAMPLE_BANK = _START | (pins.BANK_SENSE - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL
_LEVELS = (
    1 << pins.SAFE_OK | 1 << pins.INTERLOCK | 1 << pins.BANK_OK | 1 << pins.TARGET_BELOW | 1 << pins.SUPPLY_ON
    | 1 << pins.POLARITY_STRAP | 1 << pins.TRIG_SENSE | 1 << pins.CHARGE_EN
)  # fmt: skip

COIL_MV_PER_K = 10
COIL_ZERO_C = -50
_ATTEMPTS = 3
_SAME_US = 50  # a sample taken again so soon after the edge of BLANK is as good as the one that was lost
_SPOILT = 0xFFFF


def bank_mv(counts):
    """Bank voltage of ADC counts."""
    return counts * limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_DIVIDER_RATIO // limits.BANK_ADC_COUNTS


@micropython.viper
def _convert(word: int, samples_at: int) -> int:
    """Counts of one conversion; -1 when a sample of the bank's came in between (their count lies at `samples_at`).

    As short as can be, because a sample that begins meanwhile is lost: some 3 us.
    """
    adc = ptr32(0x4004C000)  # CS, RESULT, FCS, FIFO [4.9.6]
    samples = ptr32(samples_at)
    while not adc[0] & 0x100:
        pass
    before = samples[0]
    adc[0] = word
    while not adc[0] & 0x100:
        pass
    empty = adc[2] & 0x100
    counts = adc[3] & 0xFFF
    if samples[0] == before and not empty:
        return counts
    while not adc[2] & 0x100:
        counts = adc[3]
    return -1


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
        self._levels = -1

    def _counts(self, gpio):
        word = _START | (gpio - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL
        for _ in range(_ATTEMPTS):
            began_us = ticks_us()
            counts = _convert(word, self._samples_at)
            if counts >= 0:
                return counts
            again = _convert(SAMPLE_BANK, self._samples_at)
            late = ticks_diff(ticks_us(), began_us) > _SAME_US
            self._stamps.replace_last_sample(_SPOILT if late or again < 0 else again)
        return limits.BANK_ADC_COUNTS - 1  # in doubt the worst: full scale is a fault of every input

    def levels(self, readings):
        """Read the digital inputs."""
        word = mem32[regs.SIO_GPIO_IN] & _LEVELS
        if word == self._levels:
            return
        self._levels = word
        readings.safe_ok = word >> pins.SAFE_OK & 1
        readings.interlock = word >> pins.INTERLOCK & 1
        readings.bank_ok = word >> pins.BANK_OK & 1
        readings.supply_on = word >> pins.SUPPLY_ON & 1
        readings.strap_inverted = word >> pins.POLARITY_STRAP & 1
        readings.trig_sense = word >> pins.TRIG_SENSE & 1
        readings.flags = (
            readings.safe_ok * messages.FLAG_SAFE_OK
            | readings.interlock * messages.FLAG_INTERLOCK
            | readings.bank_ok * messages.FLAG_BANK_OK
            | (word >> pins.TARGET_BELOW & 1) * messages.FLAG_TARGET_BELOW
            | readings.supply_on * messages.FLAG_SUPPLY_ON
            | readings.strap_inverted * messages.FLAG_STRAP_INVERTED
            | (word >> pins.CHARGE_EN & 1) * messages.FLAG_CHARGE_EN
        )

    def voltages(self, readings):
        """Convert the three analog inputs."""
        readings.bank_mv = bank_mv(self._counts(pins.BANK_SENSE))
        readings.target_sense_mv = (
            self._counts(pins.TARGET_SENSE) * limits.BANK_WORKING_MAX_MV // limits.BANK_ADC_COUNTS
        )
        coil_mv = self._counts(pins.COIL_SENSE) * limits.BANK_ADC_FULL_SCALE_MV // limits.BANK_ADC_COUNTS
        readings.coil_centi_c = coil_mv * 100 // COIL_MV_PER_K + COIL_ZERO_C * 100
