"""What became of each single pulse, from how many stamps and readings had come before it and how many after."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from contract import messages

from thetabox.evidence.record import ABORTED, DELIVERED, MISFIRED, SKIPPED, UNKNOWN
from thetabox.evidence.singles import Single

from .about import now

if TYPE_CHECKING:
    from thetabox.protocol import Compiled

    from .stages import Session

NAN = float("nan")


@dataclass(frozen=True)
class _Marks:
    """How many there are of each: triggers, coil currents, blank windows, readings, trains started."""

    triggers: int
    fired: int
    windows: int
    readings: int
    starts: int


@dataclass(frozen=True)
class _Begun:
    percent: float
    target_v: float
    utc: str
    marks: _Marks


class Rows:
    """The pulses of one session."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._begun: list[_Begun] = []

    def __len__(self) -> int:
        return len(self._begun)

    def begin(self, compiled: Compiled) -> None:
        """A pulse comes: what is stamped from now on is its own."""
        percent = compiled.intensity_percent
        utc = now().isoformat(timespec="milliseconds")
        begun = _Begun(NAN if percent is None else float(percent), compiled.target_mv / 1000, utc, self._marks())
        self._begun.append(begun)

    def _marks(self) -> _Marks:
        collector = self._session.collector
        triggers, fired = (len(collector.edges(ring)[0]) for ring in (messages.RING_TRIGGER, messages.RING_FIRED))
        starts = len(self._session.segments)
        return _Marks(triggers, fired, len(collector.bank_v), len(collector.readings), starts)

    def row(self, index: int) -> Single:
        """A pulse, as far as its stamps have been fetched."""
        begun, collector, bank = self._begun[index], self._session.collector, self._begun[index].target_v > 0
        before = begun.marks
        after = self._begun[index + 1].marks if index + 1 < len(self) else self._marks()
        triggered, windows = after.triggers > before.triggers, after.windows > before.windows
        fired = after.fired > before.fired or not bank
        rises, falls = collector.edges(messages.RING_TRIGGER)
        untold = after.starts > before.starts and index + 1 == len(self) and not self._session.recorded
        never = UNKNOWN if untold else SKIPPED if windows else ABORTED
        volts = collector.bank_v[before.windows] if bank and windows else (NAN, NAN)
        return Single(
            index, begun.utc, begun.percent, begun.target_v,
            start_us=self._session.segments[before.starts]["start_us"] if after.starts > before.starts else 0,
            width_ticks=int(falls[before.triggers] - rises[before.triggers]) if triggered else 0,
            bank_before_v=float(volts[0]), bank_after_v=float(volts[1]),
            coil_c=float(collector.readings[after.readings - 1, 2]) if after.readings > before.readings else NAN,
            outcome=(DELIVERED if fired else MISFIRED) if triggered else never,
        )  # fmt: skip

    def all(self, responses: dict[int, str]) -> list[Single]:
        """Every pulse that was begun, with its response."""
        return [replace(self.row(index), response=responses.get(index, "")) for index in range(len(self))]
