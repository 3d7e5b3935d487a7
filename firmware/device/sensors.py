"""Levels and voltages of the board, into the kernel's readings."""

from contract import limits, pins
from machine import ADC, Pin, mem32

from . import regs

_START = 1 | 1 << 2  # enabled, convert once
_READY = 1 << 8
_FIFO_EMPTY = 1 << 8
_FIFO_ON = 1 | 1 << 3 | 1 << 24  # FIFO and its DREQ on, from one entry
_SHIFT_CHANNEL = 12
_FIRST_ADC_GPIO = 26
SAMPLE_BANK = _START | (pins.BANK_SENSE - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL

COIL_MV_PER_K = 10
COIL_ZERO_C = -50
_ATTEMPTS = 3


def bank_mv(counts):
    """Bank voltage of ADC counts."""
    return counts * limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_DIVIDER_RATIO // limits.BANK_ADC_COUNTS


def _sense_mv(counts):
    return counts * limits.BANK_ADC_FULL_SCALE_MV // limits.BANK_ADC_COUNTS


class Sensors:
    """Inputs and the ADC. While a train runs, the ADC also converts by DMA; a clash is seen and told to `stamps`."""

    def __init__(self):
        for gpio in pins.INPUTS:
            if gpio != pins.UART_RX:
                Pin(gpio, Pin.IN, Pin.PULL_DOWN)
        for gpio in pins.ANALOG:
            ADC(Pin(gpio))
        mem32[regs.ADC_FCS] = _FIFO_ON
        self._stamps = None

    def share_with(self, stamps):
        """Name the stamps, whose samples share the ADC."""
        self._stamps = stamps

    def _convert(self, gpio):
        """Counts of one conversion; -1 when a sample of the bank came in between."""
        while not mem32[regs.ADC_CS] & _READY:
            pass
        before = self._stamps.samples_raw()
        mem32[regs.ADC_CS] = _START | (gpio - _FIRST_ADC_GPIO) << _SHIFT_CHANNEL
        while not mem32[regs.ADC_CS] & _READY:
            pass
        empty = mem32[regs.ADC_FCS] & _FIFO_EMPTY
        counts = mem32[regs.ADC_FIFO] & 0xFFF
        if self._stamps.samples_raw() == before and not empty:
            return counts
        while not mem32[regs.ADC_FCS] & _FIFO_EMPTY:
            mem32[regs.ADC_FIFO]
        self._stamps.mark_bad(before)
        return -1

    def _counts(self, gpio):
        for _ in range(_ATTEMPTS):
            counts = self._convert(gpio)
            if counts >= 0:
                break
        return max(counts, 0)

    def levels(self, readings):
        """Read the digital inputs."""
        word = mem32[regs.SIO_GPIO_IN]
        readings.safe_ok = word >> pins.SAFE_OK & 1
        readings.interlock = word >> pins.INTERLOCK & 1
        readings.bank_ok = word >> pins.BANK_OK & 1
        readings.target_below = word >> pins.TARGET_BELOW & 1
        readings.supply_on = word >> pins.SUPPLY_ON & 1
        readings.strap_inverted = word >> pins.POLARITY_STRAP & 1
        readings.charge_en = word >> pins.CHARGE_EN & 1

    def voltages(self, readings):
        """Convert the three analog inputs."""
        readings.bank_mv = bank_mv(self._counts(pins.BANK_SENSE))
        sense_mv = _sense_mv(self._counts(pins.TARGET_SENSE))
        readings.target_sense_mv = sense_mv * limits.BANK_WORKING_MAX_MV // limits.BANK_ADC_FULL_SCALE_MV
        coil_mv = _sense_mv(self._counts(pins.COIL_SENSE))
        readings.coil_centi_c = coil_mv * 100 // COIL_MV_PER_K + COIL_ZERO_C * 100
