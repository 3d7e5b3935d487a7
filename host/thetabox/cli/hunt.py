"""A threshold search with a person at the keys: which pulse follows, and what the person saw of the last one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from thetabox.evidence.record import DELIVERED
from thetabox.evidence.singles import DISCARDED, NO, YES
from thetabox.session.singles import Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

    from thetabox.evidence.singles import Single
    from thetabox.protocol import Compiled
    from thetabox.protocol.threshold import Method, Step, Trial

FIRE, UP, DOWN, UNDO, QUIT = (" ",), ("+", "="), ("-", "_"), ("u", "U"), ("q", "Q", "")
ANSWERS = {"y": YES, "Y": YES, "n": NO, "N": NO}
READY, RESPONSE = "ready", "response"  # what is asked


class Hunt:
    """A session.singles.Plan. make: a pulse of an intensity in whole %.

    ask: asks for READY or RESPONSE at an intensity and returns the key, '' when there will be none; it is called again
    after a key that means nothing there.
    """

    def __init__(
        self,
        method: Method,
        make: Callable[[int], Compiled],
        ask: Callable[[str, int], str],
        low: int,
        high: int,
    ) -> None:
        self.method = method
        self.responses: dict[int, str] = {}
        self.quit = False
        self._make, self._ask = make, ask
        self._low, self._high = low, high
        self._given: list[tuple[int, int]] = []  # (index of the pulse, %) of those that were delivered

    @property
    def trials(self) -> list[Trial]:
        """What was answered, in order."""
        answers = [(percent, self.responses.get(index)) for index, percent in self._given]
        return [(percent, answer == YES) for percent, answer in answers if answer in (YES, NO)]

    @property
    def step(self) -> Step:
        """Where the search stands."""
        return self.method.step(self.trials)

    def found(self) -> dict[str, Any]:
        """The search and its threshold, None where there is none."""
        step = self.step
        return {"search": {
            "method": self.method.name, "threshold_percent": step.threshold, "interval_percent": step.interval,
            "pulses": len(self.trials), "done": step.percent is None, "says": step.says,
        }}  # fmt: skip

    def following(self, last: Single | None) -> Wanted | None:
        """The next pulse, once the person has asked for it."""
        if last is not None and last.outcome == DELIVERED:
            self._given.append((last.index, round(last.intensity_percent)))
            self._answer()
        shift = 0
        while not self.quit and (proposed := self.step.percent) is not None:
            percent = max(self._low, min(self._high, proposed + shift))
            key = self._ask(READY, percent)
            if key in FIRE:
                return Wanted(self._make(percent))
            if key in UP + DOWN:
                shift = percent - proposed + (1 if key in UP else -1)
            elif key in UNDO and self._taken_back():
                self._answer()
                shift = 0
            self.quit = self.quit or key in QUIT
        return None

    def _taken_back(self) -> bool:
        """Take the last answer back, if there is one: its pulse is the last one again."""
        while self._given:
            index, _ = self._given[-1]
            if self.responses[index] != DISCARDED:
                del self.responses[index]
                return True
            self._given.pop()
        return False

    def _answer(self) -> None:
        """Ask what came of the last pulse."""
        index, percent = self._given[-1]
        while index not in self.responses:
            key = self._ask(RESPONSE, percent)
            if key in ANSWERS:
                self.responses[index] = ANSWERS[key]
            elif key in UNDO + QUIT:
                self.responses[index] = DISCARDED
                self.quit = key in QUIT
