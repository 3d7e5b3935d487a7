"""What is missing on this machine, and how to get it."""

from __future__ import annotations

from collections.abc import Iterator

from . import building, emulated, place, ports, python, renode
from .finding import BOARD, BUILD, COMFORT, RUN, Finding

__all__ = ["BOARD", "BUILD", "COMFORT", "RUN", "Finding", "examine"]


def examine() -> Iterator[Finding]:
    """Look at everything, in the order in which it should be mended."""
    yield python.python()
    yield python.packages()
    yield emulated.image()
    yield emulated.board()
    yield place.disk()
    yield place.sessions()
    yield from building.building()
    yield from ports.ports()
    yield emulated.emulator()
    yield place.terminal()
    yield place.clock()
    yield renode.renode()
