"""The capacitor bank in closed form: energy under constant charging power and a resistive load.

With E = C V^2 / 2, a charger of power P and a resistance R across the bank: dE/dt = P - 2 E / (R C), whose solution is
E(t) = Einf + (E0 - Einf) exp(-2 t / (R C)) with Einf = P R C / 2. No time is stepped; crossings are solved for.
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass
class Bank:
    """Energy at `since_s` and what acts on it from then on. SI units."""

    capacitance_f: float
    resistance_ohm: float
    power_w: float = 0.0
    energy_j: float = 0.0
    since_s: float = 0.0

    @property
    def _tau_s(self) -> float:
        return self.resistance_ohm * self.capacitance_f / 2

    @property
    def _final_j(self) -> float:
        return self.power_w * self._tau_s

    def energy_at(self, now_s: float) -> float:
        """Stored energy in J."""
        decay = math.exp(-(now_s - self.since_s) / self._tau_s)
        return self._final_j + (self.energy_j - self._final_j) * decay

    def volts_at(self, now_s: float) -> float:
        """Voltage in V."""
        return math.sqrt(2 * max(0.0, self.energy_at(now_s)) / self.capacitance_f)

    def change(self, now_s: float, *, power_w: float, resistance_ohm: float, lost_share: float = 0.0) -> None:
        """From `now_s` on, other conditions; `lost_share` of the energy goes at that instant."""
        self.energy_j = self.energy_at(now_s) * (1 - lost_share)
        self.since_s = now_s
        self.power_w = power_w
        self.resistance_ohm = resistance_ohm

    def crossing_s(self, volts: float, now_s: float) -> float | None:
        """When the voltage reaches `volts`, after `now_s`; None when it never does under these conditions."""
        wanted = self.capacitance_f * volts * volts / 2 - self._final_j
        have = self.energy_at(now_s) - self._final_j
        if have == 0 or wanted == 0 or wanted / have <= 0 or wanted / have >= 1:
            return None
        return now_s + self._tau_s * math.log(have / wanted)
