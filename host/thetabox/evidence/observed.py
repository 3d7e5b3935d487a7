"""What was seen of the triggers: from a capture where there is one, else from the board's own stamps."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from thetabox.capture import Capture

from . import folder as files
from . import vcd
from .stamps import RESOLUTION_TICKS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from .judge import Judgement


@dataclass(frozen=True)
class Observed:
    """Edges in ticks from an arbitrary zero. fired: None where there is no such sensor. stamped: rises by the board's
    own stamps, None where they are all there is."""

    rises: NDArray[np.int64]
    falls: NDArray[np.int64]
    fired: NDArray[np.int64] | None
    tolerance_ticks: int
    source: str
    stamped: NDArray[np.int64] | None = None

    def compare(self, judgement: Judgement) -> None:
        """The board's own stamps must tell the same story as the capture, within their resolution."""
        if self.stamped is None:
            return
        if len(self.stamped) != len(self.rises):
            judgement.reasons.append(
                f"The board stamped {len(self.stamped)} triggers, the capture holds {len(self.rises)}."
            )
        elif len(self.rises):
            worst = int(np.abs((self.stamped - self.stamped[0]) - (self.rises - self.rises[0])).max())
            if worst > RESOLUTION_TICKS:
                judgement.reasons.append(f"The board's stamps differ from the capture by {worst} ticks.")


def read_stamps(path: Path) -> dict[str, Any]:
    """The arrays of a session's stamps."""
    with np.load(path / files.STAMPS, allow_pickle=False) as data:
        return {name: data[name] for name in data.files}


def observe(path: Path, stamps: dict[str, Any], bank: bool) -> Observed:
    """What was seen in a session's folder."""
    capture = None
    if (path / files.CAPTURE).exists():
        capture = Capture.load(path / files.CAPTURE)
    elif (path / files.VCD).exists():
        capture = vcd.read(path / files.VCD)
    if capture is None:
        fired = stamps["fired_rise"] if bank else None
        source = "the board's own stamps"
        return Observed(stamps["trigger_rise"], stamps["trigger_fall"], fired, RESOLUTION_TICKS, source)
    rises, falls = capture.pulses("TRIG_A")
    fired = capture.pulses("FIRED")[0] if bank else None
    return Observed(rises, falls, fired, 0, "the emulated board's capture", stamps["trigger_rise"])
