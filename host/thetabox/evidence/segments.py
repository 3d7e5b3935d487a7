"""The stretches of a train between its pauses: each begins with a FIRE, and is aligned to the schedule by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from contract import limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

STAMP_MARGIN_S = 0.25  # the board looks at its clock after FIRE; no pause is as short as this


@dataclass(frozen=True)
class Segment:
    """first: index of its first scheduled pulse. begin, end: ticks, on the zero of what was observed."""

    first: int
    begin: int
    end: int

    def holds(self, ticks: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which of these ticks lie in it."""
        return np.asarray((ticks >= self.begin) & (ticks < self.end))


def segments(about: dict[str, Any], captured: bool) -> list[Segment]:
    """Those of a session, on the zero of its capture or of its stamps. Without any FIRE there is none."""
    if captured:
        seconds = [each["board_s"] for each in about["segments"]]
    else:
        seconds = [each["start_us"] / 1e6 - STAMP_MARGIN_S for each in about["segments"]]
    begins = [round(each * limits.CLOCK_SYS_HZ) for each in seconds]
    ends = [*begins[1:], int(np.iinfo(np.int64).max)][: len(begins)]
    return [
        Segment(each["first"], begin, end) for each, begin, end in zip(about["segments"], begins, ends, strict=True)
    ]


def whole() -> list[Segment]:
    """One, of all there is."""
    return [Segment(0, int(np.iinfo(np.int64).min), int(np.iinfo(np.int64).max))]


@dataclass(frozen=True)
class Pause:
    """after: pulses before it. gap_s: from the pulse before to the pulse after; scheduled_s: without the pause."""

    after: int
    gap_s: float
    scheduled_s: float

    @property
    def early(self) -> bool:
        """Whether the train went on before its gap had passed."""
        return self.gap_s < self.scheduled_s - 0.5 / limits.CLOCK_SYS_HZ


def pauses(found: list[Segment], scheduled: NDArray[np.int64], rises: NDArray[np.int64]) -> list[Pause]:
    """The pauses of a train: where there is a pulse before and one after."""
    result = []
    for segment in found[1:]:
        before, after = rises[rises < segment.begin], rises[segment.holds(rises)]
        if len(before) and len(after):
            gap = int(after[0] - before[-1])
            nominal = int(scheduled[segment.first] - scheduled[segment.first - 1])
            result.append(Pause(segment.first, gap / limits.CLOCK_SYS_HZ, nominal / limits.CLOCK_SYS_HZ))
    return result
