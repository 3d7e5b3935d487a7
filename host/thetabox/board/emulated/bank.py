"""The capacitor bank in closed form: energy under constant charging power and a resistive load.

With E = C V^2 / 2, a charger of power P and a resistance R across the bank: dE/dt = P - 2 E / (R C), a relaxation to
P R C / 2 with the time constant R C / 2. It has no singularity at 0 V; a real charger's limit of current there is left
out (LT3751 class chargers are slower than constant power only in the first volts).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .relaxation import Course

if TYPE_CHECKING:
    from .relaxation import Relaxation


class Bank:
    """Energy on the board's clock. SI units."""

    def __init__(self, capacitance_f: float, resistance_ohm: float) -> None:
        self.capacitance_f = capacitance_f
        self._energy = Course(0.0, resistance_ohm * capacitance_f / 2)

    def joules(self, tick: int) -> float:
        """Stored energy."""
        return max(0.0, self._energy.at(tick))

    def volts(self, tick: int) -> float:
        """Voltage."""
        return math.sqrt(2 * self.joules(tick) / self.capacitance_f)

    def energy(self, tick: int) -> Relaxation:
        """What the energy does from `tick` on while nothing changes."""
        return self._energy.from_tick(tick)

    def load(self, tick: int, power_w: float, resistance_ohm: float) -> bool:
        """From `tick` on, charger and load; True when that is a change."""
        tau_s = resistance_ohm * self.capacitance_f / 2
        return self._energy.aim(tick, power_w * tau_s, tau_s)

    def lose(self, tick: int, share: float) -> float:
        """Lose a share of the energy at once; returns it in J."""
        joules = self.joules(tick)
        self._energy.put(tick, joules * (1 - share))
        return joules * share

    def put_volts(self, tick: int, volts: float) -> None:
        """Be at a voltage, from nowhere: a bank that was charged before."""
        self._energy.put(tick, self.capacitance_f * volts * volts / 2)

    def become(self, tick: int, capacitance_f: float) -> None:
        """Have another capacitance at the same voltage; `load` has to follow."""
        if capacitance_f != self.capacitance_f:
            volts = self.volts(tick)
            self.capacitance_f = capacitance_f
            self.put_volts(tick, volts)
