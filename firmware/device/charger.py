"""Switches around the bank: target, charger supply, dump. Their safe side is low, and low at reset."""

from contract import limits, pins
from kernel import gate
from machine import PWM, Pin

from .shadow import switches

_PWM_HZ = 30_000
_COMPARED = 0xFFFF
_DRIVEN = 3 << 16
_SUPPLY = 1 << 18
_INHIBIT = 1 << 19


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
            self._compared = switches() & _COMPARED
            self._inhibit.value(1)
            self._switched |= _INHIBIT
            self._led.value(1)
        if self._gate.permits(gate.SUPPLY):
            self._supply.value(1)
            self._switched |= _SUPPLY

    def dump(self):
        """Supply off, dump on, target to nothing. Their pins are set up anew, whatever has become of the registers."""
        self._supply.init(Pin.OUT, value=0)
        self._inhibit.init(Pin.OUT, value=0)
        self._target.duty_u16(0)
        self._led.value(0)
        self._switched = self._compared = 0

    def holds(self):
        """Whether the switches and the target are as they were set, and driven."""
        return switches() == self._switched | _DRIVEN | self._compared

    def dumping(self):
        """Whether the dump resistor lies across the bank, as far as the Pico knows."""
        return not self._inhibit.value()
