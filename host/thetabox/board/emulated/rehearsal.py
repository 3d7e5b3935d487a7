"""What a user can rehearse on an emulated board, by name: whatever of the plant can break, and interlock, processor,
clock, power and link besides.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from contract import limits, pins

from .faults import NAMED

if TYPE_CHECKING:
    from collections.abc import Callable

    from .board import EmulatedBoard

_NOISE = 2_000  # one byte in so many
_LATE_TICKS = limits.CLOCK_SYS_HZ * 2 // 5
_FAST_PPM = 10_000
_PAD_OF_TRIG_A = 0x4001C000 + 4 + 4 * pins.TRIG_A  # [RP2040 datasheet, 2.19.6.3]
_DRIVE = 1 << 4


@dataclass(frozen=True)
class Rehearsed:
    """A sentence, and what makes it so."""

    sentence: str
    strike: Callable[[EmulatedBoard], None]


def _inject(name: str, board: EmulatedBoard) -> None:
    board.plant.inject(name)


def _processor_stops(board: EmulatedBoard) -> None:
    board.chip.on_reset(board.chip.thaw_cpu)
    board.chip.freeze_cpu()


def _register_changes(board: EmulatedBoard) -> None:
    rp2040 = board.chip.rp2040
    rp2040.write_uint32(_PAD_OF_TRIG_A, rp2040.read_uint32(_PAD_OF_TRIG_A) ^ _DRIVE)


def _link_cut(board: EmulatedBoard) -> None:
    board.inbound = lambda data: None
    board.outbound = lambda byte: None


def _link_noisy(board: EmulatedBoard) -> None:
    rng, inbound, outbound = random.Random(1), board.inbound, board.outbound

    def spoilt(byte: int) -> int:
        return byte if rng.randrange(_NOISE) else byte ^ 1 << rng.randrange(8)

    board.inbound = lambda data: inbound(bytes(map(spoilt, data)))
    board.outbound = lambda byte: outbound(spoilt(byte))


def _link_slow(board: EmulatedBoard) -> None:
    chip, inbound = board.chip, board.inbound

    def late(data: bytes) -> None:
        chip.at(chip.ticks + _LATE_TICKS, lambda: inbound(data))

    board.inbound = late


REHEARSED: dict[str, Rehearsed] = {
    "interlock_open": Rehearsed("The interlock is opened, and stays so.", lambda board: board.plant.interlock(False)),
    "processor_stops": Rehearsed("The processor stops, until the watchdog resets it.", _processor_stops),
    "register_changes": Rehearsed("A bit of the register of TRIG_A's pad changes.", _register_changes),
    "clock_fast": Rehearsed("The timer is 1 % fast.", lambda board: board.chip.skew_timer(_FAST_PPM)),
    "power_cut": Rehearsed("The power goes, and comes back at once.", lambda board: board.chip.power_cycle()),
    "link_cut": Rehearsed("The link is cut.", _link_cut),
    "link_noisy": Rehearsed("One byte in 2,000 on the link is damaged.", _link_noisy),
    "link_slow": Rehearsed("What the host sends comes 0.4 s late.", _link_slow),
} | {name: Rehearsed(named.sentence, partial(_inject, name)) for name, named in NAMED.items()}
