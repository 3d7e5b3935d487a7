"""What the board needs of the chip, and nothing else: tests put a small fake in its place."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class AlarmLike(Protocol):
    """A callback to come."""

    def cancel(self) -> None:
        """Forget it."""


class ChipLike(Protocol):
    """A chip seen from its pads. Ticks are system clocks (8 ns) since power-on; a level of None is high impedance."""

    on_pwm: Callable[[], None]

    @property
    def ticks(self) -> int:
        """Now."""

    def at(self, tick: int, callback: Callable[[], None]) -> AlarmLike:
        """Call back at a board time."""

    def set_input(self, gpio: int, level: int) -> None:
        """Drive an input."""

    def set_rest_level(self, gpio: int, level: int) -> None:
        """The level of a pad that nobody drives."""

    def on_output(self, gpio: int, callback: Callable[[int, int | None], None]) -> None:
        """Be told (tick, level) of every change of an output."""

    def on_reset(self, callback: Callable[[], None]) -> None:
        """Be told of every reset."""

    def set_analog(self, channel: int, read: Callable[[], int]) -> None:
        """Who gives the counts of an ADC channel."""

    def pwm_duty(self, gpio: int) -> float:
        """Share of time that a PWM pin is high; `on_pwm` is called when it may have changed."""
