"""Switches around the bank: target, charger supply, dump. Their safe side is low, and low at reset."""

import micropython
from contract import limits, pins
from kernel import gate
from machine import PWM, Pin

_PWM_HZ = 30_000
_COMPARED = 0xFFFF
_DRIVEN = 3 << 16
_SUPPLY = 1 << 18
_INHIBIT = 1 << 19


@micropython.viper
def _set() -> int:
    """Level and direction of CHARGER_SUPPLY_EN and DUMP_INHIBIT, and the level that TARGET_PWM is compared with."""
    sio = ptr32(0xD0000010)  # GPIO_OUT, and GPIO_OE four words on [2.3.1.7]
    compared = ptr32(0x40050098)  # CC of slice 7, of which channel B is the upper half [4.5.3]
    return (sio[0] >> 13 & 3) << 18 | (sio[4] >> 13 & 3) << 16 | compared[0] >> 16 & 0xFFFF


class Charger:
    """Every switch to the unsafe side asks the gate here, and nowhere else."""

    def __init__(self, the_gate):
        self._gate = the_gate
        self._supply = Pin(pins.CHARGER_SUPPLY_EN, Pin.OUT, value=0)
        self._inhibit = Pin(pins.DUMP_INHIBIT, Pin.OUT, value=0)
        self._led = Pin(pins.LED, Pin.OUT, value=0)
        self._target = PWM(Pin(pins.TARGET_PWM), freq=_PWM_HZ, duty_u16=0)
        self._switched = 0
        self._compared = 0

    def prepare(self, target_mv):
        """Set the target, hold the dump off, latch the supply on: as far as the gate permits each."""
        if self._gate.permits(gate.HOLD_BANK):
            self._target.duty_u16(target_mv * 65_535 // limits.BANK_WORKING_MAX_MV)
            self._compared = _set() & _COMPARED
            self._inhibit.value(1)
            self._switched |= _INHIBIT
            self._led.value(1)
        if self._gate.permits(gate.SUPPLY):
            self._supply.value(1)
            self._switched |= _SUPPLY

    def dump(self):
        """Supply off, dump on, target to nothing."""
        self._supply.value(0)
        self._inhibit.value(0)
        self._target.duty_u16(0)
        self._led.value(0)
        self._switched = self._compared = 0

    def holds(self):
        """Whether the switches and the target are as they were set, and driven."""
        return _set() == self._switched | _DRIVEN | self._compared

    def dumping(self):
        """Whether the dump resistor lies across the bank, as far as the Pico knows."""
        return not self._inhibit.value()
