"""The interlock's contact behind its filter."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from .surface import AlarmLike
    from .timeline import Timeline


class FilteredContact:
    """A change passes when it has lasted for the filter's time; every bounce starts that anew, both ways."""

    def __init__(self, filter_s: float, passed: Callable[[bool], None], *, closed: bool) -> None:
        self._filter_s = filter_s
        self._passed = passed
        self._closed = closed  # behind the filter
        self._alarm: AlarmLike | None = None

    def put(self, timeline: Timeline, closed: bool) -> None:
        """The contact, at the present event."""
        if self._alarm:
            self._alarm.cancel()
            self._alarm = None
        if closed != self._closed:
            self._alarm = timeline.after(self._filter_s, lambda _: self._pass(closed))

    def bounce(self, timeline: Timeline, lasting_s: tuple[float, ...]) -> None:
        """Open, close, open ... from the present event on, each state for so long."""
        closed, seconds = False, 0.0
        for lasts_s in (*lasting_s, 0.0):
            timeline.after(seconds, partial(self._put_at, timeline, closed))
            closed, seconds = not closed, seconds + lasts_s

    def _put_at(self, timeline: Timeline, closed: bool, _: int) -> None:
        self.put(timeline, closed)

    def _pass(self, closed: bool) -> None:
        self._alarm = None
        self._closed = closed
        self._passed(closed)
