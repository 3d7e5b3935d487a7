"""A chip of nothing but pads and a clock, with a plant on it. Each test says what the pads do."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import pytest
from contract import pins
from thetabox.board.emulated.parameters import TICK_S
from thetabox.board.emulated.plant import Plant

if TYPE_CHECKING:
    from collections.abc import Callable

US = 125  # ticks


class FakeAlarm:
    def __init__(self, callback: Callable[[], None]) -> None:
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        self.callback = None


class FakeChip:
    """`surface.ChipLike` with an event queue."""

    def __init__(self) -> None:
        self.ticks = 0
        self.duty = 0.0
        self.inputs: dict[int, int] = {}
        self.rest: dict[int, int] = {}
        self.on_pwm: Callable[[], None] = lambda: None
        self.on_input: Callable[[int, int], None] = lambda gpio, level: None
        self._queue: list[tuple[int, int, FakeAlarm]] = []
        self._number = itertools.count()
        self._watched: dict[int, list[Callable[[int, int | None], None]]] = defaultdict(list)
        self._on_reset: list[Callable[[], None]] = []
        self._analog: dict[int, Callable[[], int]] = {}

    def at(self, tick: int, callback: Callable[[], None]) -> FakeAlarm:
        alarm = FakeAlarm(callback)
        heapq.heappush(self._queue, (max(tick, self.ticks), next(self._number), alarm))
        return alarm

    def set_input(self, gpio: int, level: int) -> None:
        self.inputs[gpio] = level
        self.on_input(gpio, level)

    def set_rest_level(self, gpio: int, level: int) -> None:
        self.rest[gpio] = level

    def on_output(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        self._watched[gpio].append(callback)

    def on_reset(self, callback: Callable[[], None]) -> None:
        self._on_reset.append(callback)

    def set_analog(self, channel: int, read: Callable[[], int]) -> None:
        self._analog[channel] = read

    def pwm_duty(self, gpio: int) -> float:
        assert gpio == pins.TARGET_PWM
        return self.duty

    # what a test does

    def run(self, seconds: float) -> None:
        self.run_to(self.ticks + round(seconds / TICK_S))

    def run_to(self, end: int) -> None:
        while self._queue and self._queue[0][0] <= end:
            tick, _, alarm = heapq.heappop(self._queue)
            self.ticks = tick
            if alarm.callback:
                alarm.callback()
        self.ticks = end

    def pending(self) -> int:
        return sum(alarm.callback is not None for _, _, alarm in self._queue)

    def output(self, gpio: int, level: int | None, ago: int = 0) -> None:
        for callback in self._watched[gpio]:
            callback(self.ticks - ago, level)

    def pulse(self, gpio: int, seconds: float) -> None:
        self.output(gpio, 1)
        self.run(seconds)
        self.output(gpio, 0)

    def reset(self) -> None:
        self.duty = 0.0
        for gpio in pins.OUTPUTS:
            self.output(gpio, None)
        for callback in self._on_reset:
            callback()

    def counts(self, gpio: int) -> int:
        return self._analog[gpio - 26]()


class Bench:
    """A plant on a fake chip, and what it recorded: (gpio, tick, level)."""

    def __init__(self, **settings: Any) -> None:
        self.chip = FakeChip()
        self.record: list[tuple[int, int, int]] = []
        self.plant = Plant(self.chip, lambda gpio, tick, level: self.record.append((gpio, tick, level)), **settings)

    def level(self, gpio: int) -> int:
        return self.chip.inputs[gpio]

    def edges(self, gpio: int, since: int = 0) -> list[tuple[int, int]]:
        return [(tick, level) for pin, tick, level in self.record if pin == gpio and tick >= since]

    def target(self, volts: float, settle_s: float = 0.2) -> None:
        """Set the target and let the filter settle, the bank kept as it is by nothing: it bleeds meanwhile."""
        self.chip.duty = volts / 360
        self.chip.on_pwm()
        self.chip.run(settle_s)

    def supply(self) -> None:
        self.chip.output(pins.CHARGER_SUPPLY_EN, 1)

    def hold(self) -> None:
        self.chip.output(pins.DUMP_INHIBIT, 1)

    def charge(self, level: int = 1) -> None:
        self.chip.output(pins.CHARGE_EN, level)

    def ready(self, volts: float) -> None:
        """Supply on, dump held off, target settled, bank at `volts`."""
        self.supply()
        self.hold()
        self.target(volts)
        self.plant.precharge(volts)


def approx(value: float, rel: float = 1e-9) -> Any:
    return pytest.approx(value, rel=rel)
