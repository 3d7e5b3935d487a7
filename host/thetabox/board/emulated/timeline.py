"""Events of the board one after the other, each at its exact tick, also when one causes the next."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from .parameters import ticks_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from .surface import AlarmLike, ChipLike


class Timeline:
    """Calls each change with its tick, then `settle` with the same tick.

    Driving a line into the chip may make the chip move a line of its own at once (a state machine that waited): that
    event comes after the present one has settled, not in the middle of it.
    """

    def __init__(self, chip: ChipLike, settle: Callable[[int], None]) -> None:
        self._chip = chip
        self._settle = settle
        self._queue: deque[tuple[int, Callable[[int], None]]] = deque()
        self._busy = False
        self.tick = chip.ticks

    def happen(self, change: Callable[[int], None], tick: int | None = None) -> None:
        """Something happens, now or at a tick that the chip has just named. Time never goes back."""
        self._queue.append((self._chip.ticks if tick is None else tick, change))
        if self._busy:
            return
        self._busy = True
        try:
            while self._queue:
                tick, change = self._queue.popleft()
                self.tick = max(self.tick, tick)
                change(self.tick)
                self._settle(self.tick)
        finally:
            self._busy = False

    def at(self, tick: int, change: Callable[[int], None]) -> AlarmLike:
        """Something will happen at a tick."""
        return self._chip.at(tick, lambda: self.happen(change, tick))

    def after(self, seconds: float, change: Callable[[int], None]) -> AlarmLike:
        """Something will happen so long after the present event."""
        return self.at(self.tick + ticks_of(seconds), change)
