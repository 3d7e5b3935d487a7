"""Registers of the RP2040 that MicroPython's own classes do not reach (RP2040 datasheet, sections in brackets)."""

from machine import mem32
from micropython import const

ALL = const(0xFFFFFFFF)

PIO0 = const(0x50200000)  # [3.7]
PIO1 = const(0x50300000)
PIO_CTRL = const(0x000)
PIO_FLEVEL = const(0x00C)
PIO_TXF0 = const(0x010)
PIO_RXF0 = const(0x020)
PIO_IRQ = const(0x030)
PIO_IRQ_FORCE = const(0x034)
PIO_INPUT_SYNC_BYPASS = const(0x038)
PIO_INSTR_MEM0 = const(0x048)
PIO_SM0_CLKDIV = const(0x0C8)
PIO_SM_STRIDE = const(0x18)
EXECCTRL_SETTINGS = const(0x7FFFFFFF)  # without the sign of a stalled instruction

IO_BANK0 = const(0x40014000)  # [2.19.6.1]
INTR0 = const(0x400140F0)
FUNC_PIO0 = const(6)
FUNC_PIO1 = const(7)
PADS_BANK0 = const(0x4001C000)  # [2.19.6.3]
_PAD = const(0x56)  # input on, pull-down, 4 mA, Schmitt trigger: as after reset

DMA = const(0x50000000)  # [2.5.7]
DMA_STRIDE = const(0x40)
DMA_READ_ADDR = const(0)
DMA_WRITE_ADDR = const(4)
DMA_CTRL = const(0x10)  # without trigger
DMA_SETTINGS = const(0x00FFFFFF)  # of its bits; the others tell what happened

ADC_CS = const(0x4004C000)  # [4.9.6]
ADC_FCS = const(0x4004C008)
ADC_FIFO = const(0x4004C00C)
FCS_SETTINGS = const(0x0F00000F)

PWM = const(0x40050000)  # [4.5.3]
PWM_SLICE_STRIDE = const(0x14)
PWM_CSR = const(0x00)
PWM_DIV = const(0x04)
PWM_CTR = const(0x08)
PWM_TOP = const(0x10)

CLK_REF_CTRL = const(0x40008030)  # [2.15.7]
CLK_SYS_CTRL = const(0x4000803C)
CLK_SYS_DIV = const(0x40008040)
PLL_SYS_PWR = const(0x40028004)  # [2.18.4]
PLL_SYS_FBDIV = const(0x40028008)
PLL_SYS_PRIM = const(0x4002800C)

TIMERAWL = const(0x40054028)  # [4.6.5]

WATCHDOG_CTRL = const(0x40058000)  # [4.7.6]
WATCHDOG_LOAD = const(0x40058004)
WATCHDOG_REASON = const(0x40058008)
WATCHDOG_SCRATCH0 = const(0x4005800C)
WATCHDOG_TICK = const(0x4005802C)
WATCHDOG_SETTINGS = const(0x47000000)  # of CTRL: enabled, and when it stands
TICK_SETTINGS = const(0x3FF)

PSM_WDSEL = const(0x40010008)  # [2.13.5]
VREG = const(0x40064000)  # [2.10.6]
VREG_SETTINGS = const(0xF3)
BOD = const(0x40064004)

USB_SOF_RD = const(0x50110048)  # [4.1.4]

SIO_GPIO_IN = const(0xD0000004)  # [2.3.1.7]

XIP_BASE = const(0x10000000)

SET = const(0x2000)  # atomic aliases [2.1.2]
CLEAR = const(0x3000)


def function(gpio, select):
    """Connect a pad to a peripheral, its input enabled: machines read each other's outputs."""
    mem32[PADS_BANK0 + 4 + 4 * gpio] = _PAD
    mem32[IO_BANK0 + 8 * gpio + 4] = select
