"""The power stage: charger, bleeder and dump on the bank, the target behind its filter, the comparators, the coil."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from .bank import Bank
from .comparators import STILL_V, BankComparators, still_s
from .parameters import TICK_S
from .relaxation import Course

if TYPE_CHECKING:
    from .faults import Faults
    from .parameters import PlantParameters


class Compared(NamedTuple):
    """What the comparators say."""

    target_below: int = 0
    bank_ok: int = 0
    overvoltage: bool = False


class PowerStage:
    """Closed forms in between, changed at ticks that do not go back.

    `stale` says that something has changed since `next_look` was worked out.
    """

    def __init__(self, parameters: PlantParameters, faults: Faults) -> None:
        self._parameters = parameters
        self._faults = faults
        self._comparators = BankComparators(parameters)
        self.stale = True
        self.bank = Bank(parameters.capacitance_f, parameters.bleeder_ohm)
        self.coil = Course(parameters.coil_ambient_c, parameters.coil_time_constant_s)  # in C
        self.target = Course(0.0, parameters.target_filter_s)  # in V of the bank

    def aim(self, tick: int, duty: float) -> None:
        """The PWM behind the target has a duty of 0 to 1; called when that, or what is broken, may have changed."""
        self.stale = True
        faults = self._faults
        if faults.target_duty is not None:
            duty = faults.target_duty
        final = self.target.at(tick) if faults.target_frozen else duty * self._parameters.target_full_scale_v
        self.target.aim(tick, final, self._parameters.target_filter_s)

    def load(self, tick: int, *, charging: bool, dumping: bool) -> None:
        """Charger and dump as they are switched."""
        parameters, faults = self._parameters, self._faults
        siemens = 1 / parameters.leakage_ohm if faults.bleeder_open else 1 / parameters.bleeder_ohm
        if (dumping and not faults.dump_stuck_off) or faults.dump_stuck_on:
            siemens += 1 / parameters.dump_ohm
        siemens += 1 / faults.leak_ohm
        power_w = parameters.charger_w * faults.charger_factor if charging else 0.0
        self.bank.become(tick, parameters.capacitance_f * faults.capacitance_factor)
        self.stale |= self.bank.load(tick, power_w, 1 / siemens)

    def put_volts(self, tick: int, volts: float) -> None:
        """The bank is at a voltage, from nowhere."""
        self.bank.put_volts(tick, volts)
        self.stale = True

    def discharge(self, tick: int) -> None:
        """A pulse ends: the bank has lost its share, and a part of that has warmed the coil."""
        parameters = self._parameters
        lost_j = self.bank.lose(tick, parameters.energy_lost_share)
        warmed_k = lost_j * parameters.coil_heat_share / parameters.coil_heat_capacity_j_per_k
        self.coil.put(tick, self.coil.at(tick) + warmed_k)
        self.stale = True

    def look(self, tick: int) -> Compared:
        """Compare."""
        if (
            abs(self.target.at(tick) - self.target.final) <= STILL_V * 1.001
        ):  # planned with STILL_V: leave rounding room
            self.target.put(tick, self.target.final)
        volts, target_v = self.bank.volts(tick), self.target.at(tick)
        for comparator in self._comparators.on_target:
            self.stale |= comparator.look(volts * self._faults.bank_sense_factor, target_v)
        trip_v = self._comparators.trip.value
        self.stale |= self._comparators.overvoltage.look(volts * self._faults.overvoltage_sense_factor, trip_v)
        return Compared(*self._comparators.outputs())

    def next_look(self, tick: int) -> int | None:
        """The tick by which a comparator will have changed, or the target will stand still; None when all is still."""
        self.stale = False
        energy, target = self.bank.energy(tick), self.target.from_tick(tick)
        farads = self.bank.capacitance_f
        sensed = energy.scaled(self._faults.bank_sense_factor**2)
        waits = [comparator.change_s(sensed, farads, target) for comparator in self._comparators.on_target]
        sensed = energy.scaled(self._faults.overvoltage_sense_factor**2)
        waits.append(self._comparators.overvoltage.change_s(sensed, farads, self._comparators.trip))
        if target.value != target.final:
            waits.append(still_s(target))
        soonest = min((wait for wait in waits if wait is not None), default=None)
        return None if soonest is None else tick + max(1, math.ceil(soonest / TICK_S))
