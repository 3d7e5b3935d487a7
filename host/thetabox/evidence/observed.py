"""What was seen of the triggers: from a capture where there is one, else from the board's own stamps."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from contract.protocol import CHANNEL_A, TICKS_PER_US, decode

from thetabox.capture import Capture
from thetabox.plural import counted

from . import folder as files
from . import vcd
from .others import trigger, wrongs
from .segments import Segment, segments
from .stamps import RESOLUTION_TICKS, TIMER_WRAP

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .judge import Judgement


UNSEEN = "Channel B is read back by no sensor of the board: judge it from a logic analyser's capture."


@dataclass(frozen=True)
class Observed:
    """Edges in ticks from an arbitrary zero; nothing is kept from before the first segment.

    fired: None where there is no such sensor. stamped: rises by the board's own stamps, None where there are no two to
    compare. others: what is wrong with the other outputs, or cannot be seen. recorded: nothing given is missing.
    """

    rises: NDArray[np.int64]
    falls: NDArray[np.int64]
    fired: NDArray[np.int64] | None
    tolerance_ticks: int
    source: str
    segments: list[Segment]
    stamped: NDArray[np.int64] | None = None
    others: list[str] = field(default_factory=list)
    recorded: bool = True

    def compare(self, judgement: Judgement) -> None:
        """The other outputs must be right, and the board's own stamps tell the same story within their resolution."""
        judgement.reasons += self.others
        if self.stamped is None:
            return
        if len(self.stamped) != len(self.rises):
            stamped = counted(len(self.stamped), "trigger")
            judgement.reasons.append(f"The board stamped {stamped}, the capture holds {len(self.rises)}.")
        elif len(self.rises):
            worst = int(np.abs((self.stamped - self.stamped[0]) - (self.rises - self.rises[0])).max())
            if worst > RESOLUTION_TICKS:
                judgement.reasons.append(f"The board's stamps differ from the capture by {counted(worst, 'tick')}.")


def read_stamps(path: Path) -> dict[str, Any]:
    """The arrays of a session's stamps."""
    with np.load(path / files.STAMPS, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def _on_the_boards_clock(stamps: dict[str, Any], found: list[Segment]) -> dict[str, Any]:
    """Stamps count 32 bits of microseconds, the board's clock 64: the wraps before the first FIRE are added."""
    if not found or not len(stamps["trigger_rise"]):
        return stamps
    wrap = TIMER_WRAP * TICKS_PER_US
    shift = round((found[0].begin - int(stamps["trigger_rise"][0])) / wrap) * wrap
    edges = ("trigger_rise", "trigger_fall", "fired_rise", "fired_fall")
    return {**stamps, **{name: stamps[name] + shift for name in edges}}


def observe(path: Path, stamps: dict[str, Any], bank: bool, about: dict[str, Any]) -> Observed:
    """What was seen in a session's folder of the trigger that is judged, and what is wrong with the other outputs."""
    capture = None
    if (path / files.CAPTURE).exists():
        capture = Capture.load(path / files.CAPTURE)
    elif (path / files.VCD).exists():
        capture = vcd.read(path / files.VCD)
    protocol = decode((path / files.IMAGE).read_bytes()) if (path / files.IMAGE).exists() else None
    if capture is None:
        fired = stamps["fired_rise"] if bank else None
        source = "the board's own stamps"
        found = segments(about, captured=False)
        stamps = _on_the_boards_clock(stamps, found)
        blind = protocol is not None and protocol.channels != CHANNEL_A
        return Observed(
            stamps["trigger_rise"], stamps["trigger_fall"], fired, RESOLUTION_TICKS, source, found,
            others=[UNSEEN] if blind else [], recorded=about["recorded"],
        )  # fmt: skip
    name = "TRIG_A" if protocol is None else trigger(protocol)
    found = segments(about, captured=True)
    begin = found[0].begin if found else np.iinfo(np.int64).max
    rises, falls = capture.pulses(name)
    fired = capture.pulses("FIRED")[0] if bank else None
    return Observed(
        rises[rises >= begin], falls[rises >= begin], None if fired is None else fired[fired >= begin], 0,
        "the emulated board's capture", found, stamps["trigger_rise"] if name == "TRIG_A" else None,
        [] if protocol is None else list(wrongs(capture, protocol, found, whole=not about["ended"])),
    )  # fmt: skip
