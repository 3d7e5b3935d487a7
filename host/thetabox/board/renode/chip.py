"""The RP2040 in Renode, behind the same small surface as the one in this process.

Times are ticks of 8 ns (system clocks at 125 MHz) since power-on. Alarms are kept here: Renode is told the earliest.
"""

from __future__ import annotations

import heapq
from itertools import count
from typing import TYPE_CHECKING

from contract import limits

from thetabox.uf2 import FLASH_BASE

from . import wire

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from .wire import Event, Wire

CHANNELS = 5
POWER_ON, WATCHDOG, COMMAND = range(3)  # why the chip has been reset
_HIGH_Z = 2


class _Alarm:
    """A callback to come; None when it has been forgotten."""

    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        """Forget it."""
        self.callback = None


class Chip:
    """One RP2040 at the other end of a wire, held at its power-on with `memory` (address, bytes) in place."""

    def __init__(self, line: Wire, memory: Iterable[tuple[int, bytes]]) -> None:
        self._line = line
        self._ended = False
        self._alarms: list[tuple[int, int, _Alarm]] = []
        self._order = count()
        self._outputs: dict[int, list[Callable[[int, int | None], None]]] = {}
        self._on_reset: list[Callable[[], None]] = []
        self._on_byte: Callable[[int], None] = lambda byte: None
        self._analog: list[Callable[[], int]] = [lambda: 0] * CHANNELS
        self._inputs: dict[int, int] = {}
        self._duties: dict[int, float] = {}
        self.on_pwm: Callable[[], None] = lambda: None
        self.reset_cause = POWER_ON
        self.ticks = line.event().tick
        for address, data in memory:
            line.put(wire.WRITE, address, len(data), data=data)

    # time

    def at(self, tick: int, callback: Callable[[], None]) -> _Alarm:
        """Call back at a board time, as soon as possible when it has passed. The handle's `cancel` forgets it."""
        alarm = _Alarm(callback)
        heapq.heappush(self._alarms, (tick, next(self._order), alarm))
        return alarm

    def run_until(self, tick: int) -> None:
        """Run to a board time, or until `stop` is called from a callback."""
        self._ended = self.ticks >= tick
        while not self._ended:
            self._call_back()
            self._line.put(wire.GO, tick=min(tick, self._soonest()))
            self._handle()
            self._ended |= self.ticks >= tick
        self._call_back()

    def stop(self) -> None:
        """End `run_until` at the present event."""
        self._ended = True

    def _soonest(self) -> int:
        while self._alarms and self._alarms[0][2].callback is None:
            heapq.heappop(self._alarms)
        return self._alarms[0][0] if self._alarms else (1 << 62)

    def _call_back(self) -> None:
        while self._soonest() <= self.ticks:
            callback = heapq.heappop(self._alarms)[2].callback
            if callback is not None:
                callback()

    def _handle(self) -> None:
        """Take events up to one that Renode waits after."""
        while (event := self._line.event()).kind == wire.SENT and event.first:
            self.ticks = max(self.ticks, event.tick)
            self._on_byte(event.first)
        self.ticks = max(self.ticks, event.tick)
        if event.kind == wire.OUTPUT:
            for callback in self._outputs.get(event.first, ()):
                callback(event.tick, None if event.second == _HIGH_Z else event.second)
        elif event.kind == wire.SAMPLE:
            self._line.put(wire.COUNTS, min(max(self._analog[event.first](), 0), 0xFFF))
        elif event.kind == wire.SENT:
            self._on_byte(event.first)
        elif event.kind == wire.RESET:
            self._reset(event)
        elif event.kind == wire.DUTY:
            gpio, period = event.first & 0xFF, event.first >> 8
            self._duties[gpio] = event.second / period if period else 0.0
            self.on_pwm()

    def _reset(self, event: Event) -> None:
        self.reset_cause = event.first
        for callback in self._on_reset:
            callback()

    # processor and resets

    def freeze_cpu(self) -> None:
        """The processor executes nothing more; everything else goes on."""
        self._line.put(wire.HALT, 1)

    def thaw_cpu(self) -> None:
        """The processor goes on."""
        self._line.put(wire.HALT, 0)

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Be told of every reset, after it; `reset_cause` says which it was."""
        self._on_reset.append(callback)

    def power_cycle(self) -> None:
        """Power off and on: flash stays, memory and scratch registers do not."""
        self._line.put(wire.POWER)
        self.run_until(self.ticks + 1)

    # pins

    def on_output(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        """Be told (tick, level) of every change of what the chip drives onto a pad."""
        self._outputs.setdefault(gpio, []).append(callback)

    def set_input(self, gpio: int, level: int) -> None:
        """Drive a pad from outside, from now on. What the chip drives itself prevails. No change is no event."""
        if self._inputs.get(gpio) != level:
            self._inputs[gpio] = level
            self._line.put(wire.INPUT, gpio, level)

    def set_rest_level(self, gpio: int, level: int) -> None:
        """The level of an output's pad while the chip does not drive it: the board's resistor."""
        self.set_input(gpio, level)

    def pwm_duty(self, gpio: int) -> float:
        """Share of time, 0 to 1, that a pin of a PWM slice is high; 0 when the pin has another function."""
        if gpio not in self._duties:
            self._duties[gpio] = 0.0
            self._line.put(wire.LOOK, gpio)
        return self._duties[gpio]

    # analog, link, memory

    def set_analog(self, channel: int, read: Callable[[], int]) -> None:
        """Who gives the counts (0 to 4095) of an ADC channel at the end of each conversion; channel 0 is GPIO 26."""
        self._analog[channel] = read

    def uart_feed(self, data: bytes) -> None:
        """Bytes into UART 0, one after the other at the programmed rate; lost while the UART is off."""
        for byte in data:
            self._line.put(wire.FEED, byte)

    def on_uart(self, callback: Callable[[int], None]) -> None:
        """Be given every byte that UART 0 sends, when it has left."""
        self._on_byte = callback

    @property
    def flash(self) -> bytes:
        """The flash as it is now, 2 MiB; what is erased reads 0xFF."""
        self._line.put(wire.READ, FLASH_BASE, limits.FLASH_SIZE)
        return self._line.take(limits.FLASH_SIZE)
