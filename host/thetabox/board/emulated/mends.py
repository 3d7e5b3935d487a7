"""Puts our own peripherals in the place of those of rp2040py 0.3.6 that are wrong or dear; each says why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rp2040py.rp2040 import RP2040

from .adc import Adc
from .dma import Dma
from .pwm import Pwm
from .timer import Timer
from .uart import Uart
from .usb import Usb


@dataclass(frozen=True)
class Parts:
    """The peripherals that have an outside."""

    adc: Adc
    pwm: Pwm
    timer: Timer
    uart: Uart
    usb: Usb


def mend(rp2040: RP2040, uart_irq: int) -> Parts:
    """Exchange the peripherals of a chip that has not run yet."""
    for channel in rp2040.pwm.channels:
        for alarm in (channel.alarm_a, channel.alarm_b, channel.alarm_bottom):
            alarm.enable = False
    parts = Parts(Adc(rp2040), Pwm(rp2040), Timer(rp2040, "TIMER"), Uart(rp2040, uart_irq), Usb(rp2040))
    chip: Any = rp2040  # its attributes are typed as the classes that are replaced
    chip.adc, chip.pwm, chip.uart[0] = parts.adc, parts.pwm, parts.uart
    chip.usb_ctrl = parts.usb
    chip.timer = parts.timer
    chip.dma = Dma(rp2040, rp2040.dma.dreq)
    rp2040.peripherals.update(
        {0x40034: chip.uart[0], 0x4004C: chip.adc, 0x40050: chip.pwm, 0x40054: chip.timer, 0x50000: chip.dma}
        | {0x50110: chip.usb_ctrl}
    )
    return parts
