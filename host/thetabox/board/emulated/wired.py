"""A board around an emulated chip: plant and analyser wired to it, virtual time, and bytes over its link."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from contract import limits

from .analyser import Analyser
from .plant import Plant
from .surface import ChipLike

if TYPE_CHECKING:
    from collections.abc import Callable

    from thetabox.capture import Capture


class RunningChip(ChipLike, Protocol):
    """A chip that can be run. Whoever emulates it, the board around it is the same."""

    def run_until(self, tick: int) -> None:
        """Run to a board time, or until `stop` is called."""

    def stop(self) -> None:
        """End `run_until` soon."""


_C = TypeVar("_C", bound=RunningChip)


class WiredBoard(Generic[_C]):
    """`chip`, `plant` and `analyser` are there for tests and for whoever wants to look.

    `feed` takes bytes to the chip's end of the link; `listen` is given who hears what it sends. `inbound` and
    `outbound` are the cable between: whoever puts something else there spoils it.
    """

    emulated = True

    def __init__(
        self,
        name: str,
        chip: _C,
        feed: Callable[[bytes], None],
        listen: Callable[[Callable[[int], None]], None],
        *,
        bank_wired: bool,
        seed: int,
    ) -> None:
        self.name = name
        self.chip = chip
        self.analyser = Analyser(chip)
        self.plant = Plant(chip, self.analyser.record, bank_wired=bank_wired, seed=seed)
        self._received = bytearray()
        self.inbound = feed
        self.outbound = self._byte
        listen(lambda byte: self.outbound(byte))

    def _byte(self, byte: int) -> None:
        self._received.append(byte)
        if byte == 0:  # a frame has ended: worth waking the host for
            self.chip.stop()

    def now_s(self) -> float:
        """Board time since power-on."""
        return self.chip.ticks / limits.CLOCK_SYS_HZ

    def write(self, data: bytes) -> None:
        """Bytes into the board, as fast as the line takes them."""
        self.inbound(data)

    def read(self, timeout_s: float) -> bytes:
        """Run the board until a frame has come, `timeout_s` of board time at the most."""
        # at least a tick, so that a deadline which is nearer than that passes
        end = self.chip.ticks + max(1, round(timeout_s * limits.CLOCK_SYS_HZ))
        while not self._received and self.chip.ticks < end:
            self.chip.run_until(end)
        return self.received()

    def received(self) -> bytes:
        """What the board has sent and nobody has read yet."""
        data = bytes(self._received)
        self._received.clear()
        return data

    def wait(self, seconds: float) -> None:
        """Run the board."""
        end = self.chip.ticks + round(seconds * limits.CLOCK_SYS_HZ)
        while self.chip.ticks < end:
            self.chip.run_until(end)

    def capture(self) -> Capture | None:
        """All edges since power-on."""
        return self.analyser.capture()

    def close(self) -> None:
        """Nothing is held."""
