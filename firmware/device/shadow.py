"""Registers read back against what was written: before ARM, and once a second while anything is active.

A machine knows its own settings; what belongs to no machine is remembered once, when all has been set up. The
instruction memory cannot be read on this chip.
"""

from array import array

import micropython
from contract import pins
from machine import mem32

from . import regs

_OUTPUTS = (pins.TRIG_A, pins.TRIG_B, pins.MARKER, pins.BLANK, pins.CHARGE_EN, pins.SYNC)
_SWITCHES = (pins.CHARGER_SUPPLY_EN, pins.DUMP_INHIBIT, pins.TARGET_PWM)
_PWM_SLICE = pins.TARGET_PWM >> 1 & 7


def _addresses():
    for gpio in _OUTPUTS + _SWITCHES:
        yield regs.IO_BANK0 + 8 * gpio + 4
        yield regs.PADS_BANK0 + 4 + 4 * gpio
    target = regs.PWM + _PWM_SLICE * regs.PWM_SLICE_STRIDE
    for register in (regs.PWM_CSR, regs.PWM_DIV, regs.PWM_TOP):
        yield target + register
    yield from (regs.CLK_SYS_CTRL, regs.CLK_SYS_DIV, regs.PLL_SYS_PWR, regs.PLL_SYS_FBDIV, regs.PLL_SYS_PRIM)


@micropython.viper
def _same(addresses: ptr32, values: ptr32, length: int) -> bool:
    index = 0
    while index < length:
        if ptr32(addresses[index])[0] != values[index]:
            return False
        index += 1
    return True


class Shadow:
    """Made when everything has been set up."""

    def __init__(self):
        self._addresses = array("I", _addresses())
        self._values = array("I", [mem32[address] for address in self._addresses])

    def holds(self):
        """Whether all of them are as they were."""
        return _same(self._addresses, self._values, len(self._addresses))
