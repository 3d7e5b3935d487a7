"""The bank's discharge switch and the current sensor behind it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .faults import Faults
    from .parameters import PlantParameters
    from .power import PowerStage
    from .timeline import Timeline


class DischargeSwitch:
    """A rising edge at its gate starts one resonant, biphasic cycle of the coil's current, which is then completed.

    The bank loses its share at the cycle's end. `fired` follows the current after the sensor's delay, at both edges.
    """

    def __init__(self, parameters: PlantParameters, faults: Faults, stage: PowerStage, *, wired: bool) -> None:
        self._parameters = parameters
        self._faults = faults
        self._stage = stage
        self._wired = wired
        self._gate = False
        self.conducting = False
        self.fired = 0
        self.pulses = 0

    def follow(self, timeline: Timeline, gate: bool) -> None:
        """The gate's level, at the present event."""
        rising = gate and not self._gate
        self._gate = gate
        if (rising or self._faults.switch_latched) and not self.conducting and self._can_conduct(timeline.tick):
            self.conducting = True
            self._cycle(timeline)
            timeline.after(self._parameters.fired_delay_s, lambda _: self._sense(1))

    def _can_conduct(self, tick: int) -> bool:
        volts = self._stage.bank.volts(tick)
        return self._wired and not self._faults.coil_open and volts >= self._parameters.conduction_min_v

    def _sense(self, level: int) -> None:
        self.fired = level

    def _cycle(self, timeline: Timeline) -> None:
        timeline.after(self._parameters.pulse_s, lambda _: self._end(timeline))

    def _end(self, timeline: Timeline) -> None:
        self._stage.discharge(timeline.tick)
        self.pulses += 1
        if self._faults.switch_latched and self._can_conduct(timeline.tick):
            self._cycle(timeline)  # it rings on
            return
        self.conducting = False
        timeline.after(self._parameters.fired_delay_s, lambda _: self._sense(0))
