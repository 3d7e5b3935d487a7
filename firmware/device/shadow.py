"""Registers read back against what was written: before ARM, and once a second while anything is active.

What changes with what the board does, its owner compares (`Block0.holds`, `Charger.holds`); what stays is remembered
here, once, when all has been set up. The instruction memory cannot be read on this chip.
"""

from array import array

import micropython
from contract import pins
from machine import mem32

from . import regs

_PWM_SLICE = pins.TARGET_PWM >> 1 & 7


def _pads():
    for gpio in pins.OUTPUTS + pins.INPUTS + pins.ANALOG:
        yield regs.IO_BANK0 + 8 * gpio + 4, regs.ALL
        yield regs.PADS_BANK0 + 4 + 4 * gpio, regs.ALL
    yield regs.PADS_BANK0, regs.ALL  # their supply
    yield regs.PIO0 + regs.PIO_INPUT_SYNC_BYPASS, regs.ALL
    yield regs.PIO1 + regs.PIO_INPUT_SYNC_BYPASS, regs.ALL


def _target():
    target = regs.PWM + _PWM_SLICE * regs.PWM_SLICE_STRIDE
    for register in (regs.PWM_CSR, regs.PWM_DIV, regs.PWM_TOP):
        yield target + register, regs.ALL


def _clocks():
    for register in (regs.CLK_REF_CTRL, regs.CLK_SYS_CTRL, regs.CLK_SYS_DIV):
        yield register, regs.ALL
    for register in (regs.PLL_SYS_PWR, regs.PLL_SYS_FBDIV, regs.PLL_SYS_PRIM):
        yield register, regs.ALL
    yield regs.WATCHDOG_TICK, regs.TICK_SETTINGS


def _resets():
    """What bites when the processor stands, what it then resets, and the reset when the supply sags."""
    yield regs.WATCHDOG_CTRL, regs.WATCHDOG_SETTINGS
    yield regs.PSM_WDSEL, regs.ALL
    yield regs.VREG, regs.VREG_SETTINGS
    yield regs.BOD, regs.ALL


@micropython.viper
def _same(addresses: ptr32, masks: ptr32, values: ptr32, length: int) -> bool:
    index = 0
    while index < length:
        if (ptr32(addresses[index])[0] ^ values[index]) & masks[index]:
            return False
        index += 1
    return True


@micropython.viper
def switches() -> int:
    """Level and direction of CHARGER_SUPPLY_EN and DUMP_INHIBIT, and the level that TARGET_PWM is compared with."""
    sio = ptr32(0xD0000010)  # GPIO_OUT, and GPIO_OE four words on [2.3.1.7]
    compared = ptr32(0x40050098)  # CC of slice 7, of which channel B is the upper half [4.5.3]
    return (sio[0] >> 13 & 3) << 18 | (sio[4] >> 13 & 3) << 16 | compared[0] >> 16 & 0xFFFF


class Shadow:
    """Made when everything has been set up. What has `settings()` tells (address, mask of what stays) of its own."""

    def __init__(self, stamps, sensors):
        addresses, masks = [], []
        for each in (_pads(), _target(), _clocks(), _resets(), stamps.settings(), sensors.settings()):
            for address, mask in each:
                addresses.append(address)
                masks.append(mask)
        self._addresses = array("I", addresses)
        self._masks = array("I", masks)
        self._values = array("I", [mem32[address] for address in addresses])

    def holds(self):
        """Whether all of them are as they were."""
        return _same(self._addresses, self._masks, self._values, len(self._values))
