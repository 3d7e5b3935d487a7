"""What is wired to the Pico, as a test or an emulated session sees it: true values, and hands to act on it.

Simplified, and said:
- A discharge takes its share of the energy at once, when the coil's current ends; until then comparators and ADC see
  the bank as it was. A trigger while the switch conducts does nothing.
- With an external stimulator the bank's switch is not wired: no discharge, and FIRED stays low, because the current
  sensor sits at the bank's own coil. Everything else is the same board.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract import pins

from . import faults
from .circuit import Circuit
from .parameters import PlantParameters
from .sensors import Sensors

if TYPE_CHECKING:
    from collections.abc import Callable

    from .surface import ChipLike


def _unrecorded(gpio: int, tick: int, level: int) -> None:
    """Nobody listens."""


class Plant:
    """The board around one chip, from power-on: bank empty, interlock closed, key released, outputs not inverted.

    `record(gpio, tick, level)` is told of every change of a line into the Pico. `bank_wired`: trigger A drives the
    bank's switch, else an external stimulator. `seed` is for the ADC's noise. After `faults` has been changed by hand,
    `update` makes it count; `inject` and `mend` do so by themselves.
    """

    def __init__(
        self,
        chip: ChipLike,
        record: Callable[[int, int, int], None] = _unrecorded,
        *,
        bank_wired: bool = True,
        seed: int = 1,
        parameters: PlantParameters | None = None,
    ) -> None:
        self.chip = chip
        self.bank_wired = bank_wired
        self.parameters = parameters or PlantParameters.reference()
        self.faults = faults.Faults()
        self._circuit = Circuit(chip, record, self.parameters, self.faults, bank_wired=bank_wired)
        sensors = Sensors(self.parameters, self.faults, seed)
        sensors.wire(chip, lambda: self.bank_v, lambda: self.coil_c, lambda: self.target_v)
        for gpio in pins.IDLE_HIGH:
            chip.set_rest_level(gpio, 1)
        chip.on_pwm = self.update
        chip.on_reset(self.update)
        self.update()

    # what is true, whatever the sensors say

    @property
    def bank_v(self) -> float:
        """Bank voltage now."""
        return self._circuit.stage.bank.volts(self.chip.ticks)

    @property
    def coil_c(self) -> float:
        """Coil temperature now."""
        return self._circuit.stage.coil.at(self.chip.ticks)

    @property
    def target_v(self) -> float:
        """Filtered target now, in V of the bank."""
        return self._circuit.stage.target.at(self.chip.ticks)

    @property
    def safe_ok(self) -> bool:
        """Interlock chain closed (behind its filter) and over-voltage latch clear."""
        return self._circuit.chain.safe_ok

    @property
    def overvoltage(self) -> bool:
        """The over-voltage latch."""
        return self._circuit.chain.overvoltage

    @property
    def supply_on(self) -> bool:
        """The charger has its supply."""
        return self._circuit.supply_on

    @property
    def pulses_fired(self) -> int:
        """Discharges completed since power-on."""
        return self._circuit.switch.pulses

    # what acts on it

    def interlock(self, closed: bool) -> None:
        """Open or close the interlock's contact; the chain follows when it has stayed so for the filter's time."""
        circuit = self._circuit
        circuit.timeline.happen(lambda _: circuit.contact.put(circuit.timeline, closed))

    def trig_in(self, level: int) -> None:
        """Drive the external start."""
        self.set_level(pins.TRIG_IN, level)

    def strap(self, level: int) -> None:
        """Strap the output stage: 1 is inverting."""
        self.set_level(pins.POLARITY_STRAP, level)

    def key(self, level: int) -> None:
        """Hold or release the stand-alone key."""
        self.set_level(pins.KEY_SWITCH, level)

    def set_level(self, gpio: int, level: int) -> None:
        """Drive a line into the Pico that nothing else on the board drives."""
        self._circuit.timeline.happen(lambda _: self._circuit.put(gpio, level))

    def precharge(self, volts: float) -> None:
        """Put the bank at a voltage, as if it had been charged before."""
        self._circuit.timeline.happen(lambda tick: self._circuit.stage.put_volts(tick, volts))

    def inject(self, name: str) -> None:
        """Break something, by its name in `faults.NAMED`. Raises KeyError for another."""
        faults.inject(self.faults, name)
        if "bounce_s" in faults.NAMED[name].fields:
            circuit = self._circuit
            circuit.timeline.happen(lambda _: circuit.contact.bounce(circuit.timeline, self.faults.bounce_s))
        self.update()

    def mend(self, name: str) -> None:
        """Make it sound again."""
        faults.mend(self.faults, name)
        self.update()

    def update(self) -> None:
        """Look at the PWM and at `faults` anew."""
        self._circuit.timeline.happen(self._circuit.look_anew)
