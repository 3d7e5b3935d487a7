"""Comparators on the bank's voltage: what they say, and exactly when they will change their mind.

A comparator's reference may itself be moving (the target behind its filter); then bank energy minus the reference's
energy is a sum of at most four exponentials, whose first root is found, not stepped to.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .relaxation import Relaxation, first_root

if TYPE_CHECKING:
    from .parameters import PlantParameters

STILL_V = 1e-6  # a reference this close to its end stands still


@dataclass
class Comparator:
    """`above` becomes true at `high` times the reference, false under `low` times the reference."""

    low: float
    high: float
    above: bool = False

    def look(self, volts: float, reference_v: float) -> bool:
        """Compare; True when the output changes."""
        before = self.above
        if volts >= self.high * reference_v:
            self.above = True
        elif volts < self.low * reference_v:
            self.above = False
        return self.above != before

    def change_s(self, energy: Relaxation, capacitance_f: float, reference: Relaxation) -> float | None:
        """Seconds until the next change; None when there is none while everything goes on as it does.

        With a moving reference only the time until it stands still is searched.
        """
        factor = self.low if self.above else self.high
        half = factor * factor * capacitance_f / 2
        if reference.value == reference.final:
            return energy.time_to(half * reference.value * reference.value)
        terms = energy.terms() + [(-half * a, r) for a, r in reference.squared()]
        return first_root(terms, still_s(reference))


def still_s(reference: Relaxation) -> float:
    """Seconds until a reference stands still."""
    way = abs(reference.final - reference.value)
    return reference.tau_s * math.log(way / STILL_V) if way > STILL_V else 0.0


class BankComparators:
    """Those of the board: three on the main divider against the target, one on a divider and reference of its own."""

    def __init__(self, parameters: PlantParameters) -> None:
        self.target = Comparator(1 - parameters.target_hysteresis_share, 1.0)
        self.window_low = Comparator(parameters.window_low_share, parameters.window_low_share)
        self.window_high = Comparator(parameters.window_high_share, parameters.window_high_share)
        trip_v = parameters.overvoltage_trip_v
        self.overvoltage = Comparator(parameters.touch_safe_v / trip_v, 1.0)
        self.trip = Relaxation(trip_v, trip_v, 1.0)
        self.on_target = (self.target, self.window_low, self.window_high)

    def outputs(self) -> tuple[int, int, bool]:
        """TARGET_BELOW, BANK_OK, and the over-voltage comparator."""
        inside = self.window_low.above and not self.window_high.above
        return int(not self.target.above), int(inside), self.overvoltage.above
