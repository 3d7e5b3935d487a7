"""The pads: what the chip drives, what the board drives, and what an input reads.

In rp2040py inputs are off at reset, a pad's output never reaches its own input, inputs raise edge interrupts without
an edge, and listeners are not told when a reset releases a pad. Here all of that passes through one place.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from rp2040py.gpio_pin import GPIOPin, GPIOPinState
from rp2040py.peripherals.io import GPIO_CTRL_LAST, RPIO
from rp2040py.peripherals.pads import RPPADS
from rp2040py.rp2040 import RP2040

from .pio_driver import PioDriver

GPIOS = 30
_PULL_UP = 1 << 3
_LEVEL_BITS = 3
_EMULATORS_RESET, _RESET = 0x36, 0x56
_OUTPUT_DISABLE = 1 << 7


class Pads:
    """Levels of the 30 pads. An output is 0, 1 or None for high impedance."""

    def __init__(self, rp2040: RP2040, driver: PioDriver) -> None:
        self._pins: list[GPIOPin] = rp2040.gpio
        self._driver = driver
        self._output: list[int | None] = [None] * GPIOS
        self._board: list[int | None] = [None] * GPIOS
        self._input = [-1] * GPIOS
        self._listeners: list[list[Callable[[int, int | None], None]]] = [[] for _ in range(GPIOS)]
        self._reset_values()
        for gpio, pin in enumerate(self._pins):
            pin.add_listener(partial(self._listen_to, gpio))
            self._settle(gpio)
            pin.irq_status &= _LEVEL_BITS  # to find a pad low at power-on is no edge
        rp2040.pads_bank0 = PadRegisters(rp2040, self, driver)
        rp2040.peripherals[0x4001C] = rp2040.pads_bank0
        rp2040.peripherals[0x40014] = IoRegisters(rp2040, self, driver)

    def _reset_values(self) -> None:
        """Inputs are enabled at reset (datasheet, PADS_BANK0); in rp2040py they are not."""
        for pin in self._pins:
            if pin.pad_value == _EMULATORS_RESET:
                pin.pad_value = _RESET

    def listen(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        """Call (tick, level) at every change of an output."""
        self._listeners[gpio].append(callback)

    def output(self, gpio: int) -> int | None:
        """What the chip drives onto a pad."""
        return self._output[gpio]

    def drive(self, gpio: int, level: int | None) -> None:
        """What the board drives onto a pad, or holds it at with a resistor; None leaves it to the pad's own pulls."""
        if self._board[gpio] != level:
            self._board[gpio] = level
            self._settle(gpio)

    def level(self, gpio: int) -> int:
        """The level on a pad."""
        return self._input[gpio]

    def output_changed(self, gpio: int) -> None:
        """The chip may drive a pad differently now."""
        pin = self._pins[gpio]
        state = pin.value
        level = None if state > GPIOPinState.HIGH or pin.pad_value & _OUTPUT_DISABLE else int(state)
        if self._output[gpio] == level:
            return
        self._output[gpio] = level
        self._settle(gpio)
        tick = self._driver.tick
        for callback in self._listeners[gpio]:
            callback(tick, level)

    def _listen_to(self, gpio: int, _new: GPIOPinState, _old: GPIOPinState) -> None:
        self.output_changed(gpio)

    def register_changed(self, gpio: int) -> None:
        """A pad's registers were written: it may be driven, pulled or read differently."""
        self._driver.forget()
        self.output_changed(gpio)
        self._settle(gpio)

    def all_changed(self) -> None:
        """After a reset."""
        self._reset_values()
        for gpio in range(GPIOS):
            self.register_changed(gpio)

    def _settle(self, gpio: int) -> None:
        level = self._output[gpio]
        if level is None:
            level = self._board[gpio]
        if level is None:
            level = int(bool(self._pins[gpio].pad_value & _PULL_UP))
        if self._input[gpio] != level:
            self._input[gpio] = level
            self._driver.set_input(self._pins[gpio], level)


class PadRegisters(RPPADS):
    """PADS_BANK0 with an output-disable bit that works, and without an edge when only a setting changes."""

    def __init__(self, rp2040: RP2040, pads: Pads, driver: PioDriver) -> None:
        super().__init__(rp2040, "PADS_BANK0", "bank0")
        self._pads = pads
        self._driver = driver

    def write_uint32(self, offset: int, value: int) -> None:
        if not 4 <= offset <= 4 * GPIOS:
            super().write_uint32(offset, value)
            return
        gpio = offset // 4 - 1
        self._driver.change(lambda: self._set(self.rp2040.gpio[gpio], value & 0xFF))
        self._pads.register_changed(gpio)

    @staticmethod
    def _set(pin: GPIOPin, value: int) -> None:
        before = pin.input_value
        pin.pad_value = value
        if pin.input_value != before:
            pin.refresh_input()


class IoRegisters(RPIO):
    """IO_BANK0; overrides act at once, also on what the state machines see."""

    def __init__(self, rp2040: RP2040, pads: Pads, driver: PioDriver) -> None:
        super().__init__(rp2040, "IO_BANK0")
        self._pads = pads
        self._driver = driver

    def write_uint32(self, offset: int, value: int) -> None:
        if offset > GPIO_CTRL_LAST or not offset & 4:
            super().write_uint32(offset, value)
            return
        self._driver.change(lambda: super(IoRegisters, self).write_uint32(offset, value))
        self._pads.register_changed(offset >> 3)
