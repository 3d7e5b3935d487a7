"""The board's own stamps become ticks and volts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from contract import limits, messages
from contract.protocol import TICKS_PER_US

if TYPE_CHECKING:
    from numpy.typing import NDArray

COUNTER_WRAP = 1 << 16
TIMER_WRAP = 1 << 32
RESOLUTION_TICKS = 16  # declared: what DMA's contention may add to a stamp; the counter itself has 1 tick
BAD_SAMPLE = 0xFFFF
_STAMP = np.dtype([("us", "<u4"), ("counter", "<u2")])


def edge_ticks(data: bytes) -> NDArray[np.int64]:
    """Ticks (n,) of contract.messages.STAMP entries, from an arbitrary zero.

    The timer counts microseconds (32 bits), the counter ticks (16 bits), from the same crystal. A tick is the number
    congruent to the counter that is nearest to the timer's; their fixed offset is taken from the data.
    """
    raw = np.frombuffer(data, _STAMP)
    if not len(raw):
        return np.zeros(0, np.int64)
    us = raw["us"].astype(np.int64)
    us += np.concatenate(([0], np.cumsum(np.diff(us) < -(TIMER_WRAP // 2)))) * TIMER_WRAP
    coarse = us * TICKS_PER_US
    beyond = (raw["counter"].astype(np.int64) - coarse) % COUNTER_WRAP
    turn = np.exp(2j * np.pi * beyond / COUNTER_WRAP).mean()
    offset = round(float(np.angle(turn)) / (2 * np.pi) * COUNTER_WRAP)
    half = COUNTER_WRAP // 2
    return np.asarray(coarse + offset + (beyond - offset + half) % COUNTER_WRAP - half, np.int64)


def bank_volts(data: bytes) -> NDArray[np.float64]:
    """Volts (windows, 2), before and after each blank window; nan where a sample was spoilt."""
    counts = np.frombuffer(data, messages.SAMPLE)
    counts = counts[: len(counts) // 2 * 2].reshape(-1, 2)
    scale = limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_DIVIDER_RATIO / limits.BANK_ADC_COUNTS / 1000
    return np.where(counts == BAD_SAMPLE, np.nan, counts * scale)
