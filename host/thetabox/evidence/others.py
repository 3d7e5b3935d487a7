"""The outputs beside the judged trigger: the second channel with its lag, MARKER, SYNC. From a capture alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from contract import limits, sync
from contract.protocol import CHANNEL_A, CHANNEL_B, TICKS_PER_US

from thetabox.plural import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from contract.protocol import Protocol
    from numpy.typing import NDArray

    from thetabox.capture import Capture

    from .segments import Segment

    _Pulses = tuple[NDArray[np.int64], NDArray[np.int64]]

SYNC_WIDTH_TICKS = limits.SYNC_WIDTH_MS * 1_000 * TICKS_PER_US


def trigger(protocol: Protocol) -> str:
    """The signal that is judged onset by onset."""
    return "TRIG_A" if protocol.channels & CHANNEL_A else "TRIG_B"


def wrongs(capture: Capture, protocol: Protocol, parts: list[Segment], whole: bool) -> Iterator[str]:
    """What is wrong with the other outputs, a sentence each. whole: the train came to its end; else its last edges may
    have been cut off together."""
    if not parts:
        return
    begin = parts[0].begin
    pulses = {name: _since(capture, name, begin) for name in ("TRIG_A", "TRIG_B", "MARKER", "SYNC")}
    if protocol.channels == CHANNEL_A | CHANNEL_B:
        yield from _lag(pulses["TRIG_A"], pulses["TRIG_B"], protocol, whole)
    else:
        unused = "TRIG_B" if protocol.channels == CHANNEL_A else "TRIG_A"
        if len(pulses[unused][0]):
            yield f"{unused} gave {counted(len(pulses[unused][0]), 'pulse')}, and the protocol does not use it."
    yield from _marker(pulses)
    if len(parts) == 1:  # after a pause the intervals go on, and not from the first blank window
        yield from _sync(pulses["SYNC"], _since(capture, "BLANK", begin)[0], protocol)


def _since(capture: Capture, name: str, begin: int) -> _Pulses:
    rises, falls = capture.pulses(name)
    return rises[rises >= begin], falls[rises >= begin]


def _lag(a: _Pulses, b: _Pulses, protocol: Protocol, whole: bool) -> Iterator[str]:
    missing = len(a[0]) - len(b[0])
    if missing and (whole or abs(missing) > 1):
        yield f"Channel A gave {counted(len(a[0]), 'pulse')} and channel B {len(b[0])}."
        return
    both = min(len(a[0]), len(b[0]))
    wrong = b[0][:both] - a[0][:both] - protocol.lag_ticks
    if np.abs(wrong).max(initial=0):
        yield f"The lag of channel B is {counted(int(np.abs(wrong).max()), 'tick')} wrong."
    sound = both if whole else both - 1
    width = (b[1] - b[0])[: max(0, sound)] - protocol.width_ticks
    if np.abs(width).max(initial=0):
        yield f"A width of channel B is {counted(int(np.abs(width).max()), 'tick')} wrong."


def _marker(pulses: dict[str, _Pulses]) -> Iterator[str]:
    """MARKER is high exactly while a trigger is."""
    edges = [(tick, 1) for name in ("TRIG_A", "TRIG_B") for tick in pulses[name][0].tolist()]
    edges += [(tick, -1) for name in ("TRIG_A", "TRIG_B") for tick in pulses[name][1].tolist()]
    rises, falls, high = [], [], 0
    for tick, step in sorted(edges, key=lambda edge: (edge[0], -edge[1])):
        if high == 0:
            rises.append(tick)
        high += step
        if high == 0:
            falls.append(tick)
    if rises != pulses["MARKER"][0].tolist() or falls != pulses["MARKER"][1].tolist():
        yield "MARKER does not mirror the triggers."


def _sync(seen: _Pulses, blank: NDArray[np.int64], protocol: Protocol) -> Iterator[str]:
    """Its rises are the seed's, from the first blank window on; a last pulse that is cut off is no fault."""
    rises, falls = seen
    if protocol.sync == sync.NONE or not len(blank):
        if len(rises):
            yield f"SYNC gave {counted(len(rises), 'pulse')} that nobody asked for."
        return
    made = np.cumsum(list(sync.intervals(protocol.sync, int(blank[-1] - blank[0])))) + blank[0] - SYNC_WIDTH_TICKS
    due = int((made <= blank[-1]).sum())
    if len(rises) < due or not np.array_equal(rises[:due], made[:due]):
        yield "SYNC is not at the intervals that its seed makes."
    elif np.any((falls - rises)[: max(0, len(rises) - 1)] != SYNC_WIDTH_TICKS):
        yield "A pulse of SYNC has the wrong width."
