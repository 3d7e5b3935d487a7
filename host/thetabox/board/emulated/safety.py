"""The hardware's own safety chain, as logic: over-voltage latch, SAFE_OK, the charger's supply latch."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class SafetyChain:
    """Latches and the AND of both; the interlock is already filtered."""

    interlock_closed: bool = True
    overvoltage: bool = False  # the latch
    supply_latch: bool = False

    @property
    def safe_ok(self) -> bool:
        """Interlock chain closed and over-voltage latch clear."""
        return self.interlock_closed and not self.overvoltage

    def interlock(self, closed: bool) -> None:
        """The filtered contact."""
        self.interlock_closed = closed

    def supply_rises(self) -> None:
        """A rising edge of CHARGER_SUPPLY_EN: sets the supply latch, if it is safe at that moment."""
        if self.safe_ok:
            self.supply_latch = True

    def settle(self, overvoltage_above: bool, supply_en: int) -> None:
        """Let the latches follow.

        The over-voltage latch is set while the comparator is above. The comparator falls only below the touch-safe
        voltage, and then CHARGER_SUPPLY_EN low clears the latch: never while the charger is wanted, and never with a
        bank that is not safe to touch.
        """
        if overvoltage_above:
            self.overvoltage = True
        elif not supply_en:
            self.overvoltage = False
        if not supply_en or not self.safe_ok:
            self.supply_latch = False
