"""A protocol as a line of text: when there are pulses, and when there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from contract import limits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from thetabox.protocol import Compiled

COLUMNS = 48


def timeline(compiled: Compiled) -> Iterator[str]:
    """One line for the whole, then one for the first unit of each level inside it."""
    onsets, patterns = compiled.onset_ticks, compiled.spec.patterns
    listed = compiled.indices.shape[1] - len(patterns)  # listed onsets are a level of their own
    yield _line("whole", onsets)
    for level in reversed(range(1, compiled.indices.shape[1])):
        first = onsets[(compiled.indices[:, level:] == 0).all(axis=1)]
        if 1 < len(first) < len(onsets):
            yield _line(f"first {patterns[level - listed].unit}", first)


def _line(name: str, onsets: NDArray[np.int64]) -> str:
    """A column is a part of the time from the first onset to the last: | where a pulse lies in it."""
    counts, _ = np.histogram(onsets, COLUMNS)
    seconds = float(onsets[-1] - onsets[0]) / limits.CLOCK_SYS_HZ
    last = f"{seconds:g} s" if seconds >= 1 or not seconds else f"{seconds * 1e3:g} ms"
    return f"{name:<13}{''.join('|' if count else '.' for count in counts)}  {len(onsets)} in {last}"
