"""How the parts of the board hang together: what each event changes, and what follows from it.

Event driven: something happens at a tick, the board settles, and the next comparator crossing gets its alarm. In
between everything analog is a closed form. Gate, latches and analog switches answer at once; comparators, current
sensor and interlock filter have the delays of PlantParameters.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from contract import pins

from .contact import FilteredContact
from .faults import STUCK_LINES
from .power import PowerStage
from .safety import SafetyChain
from .switch import DischargeSwitch
from .timeline import Timeline

if TYPE_CHECKING:
    from collections.abc import Callable

    from .faults import Faults
    from .parameters import PlantParameters
    from .power import Compared
    from .surface import AlarmLike, ChipLike

_STUCK = {gpio: f"{name.lower()}_stuck" for gpio, name in pins.NAMES.items() if name in STUCK_LINES}
_HEARD = (pins.TRIG_A, pins.CHARGE_EN, pins.CHARGER_SUPPLY_EN, pins.DUMP_INHIBIT)


class Circuit:
    """Power stage, safety chain, gate and discharge switch around one chip."""

    def __init__(
        self,
        chip: ChipLike,
        record: Callable[[int, int, int], None],
        parameters: PlantParameters,
        faults: Faults,
        *,
        bank_wired: bool,
    ) -> None:
        self._chip = chip
        self._record = record
        self._parameters = parameters
        self._faults = faults
        self._heard = dict.fromkeys(_HEARD, 0)  # levels of the chip's outputs at the board
        self._levels: dict[int, int] = {}  # of the lines into the chip
        self._alarm: AlarmLike | None = None
        self.stage = PowerStage(parameters, faults)
        self.chain = SafetyChain()
        self.contact = FilteredContact(parameters.interlock_filter_s, self.chain.interlock, closed=True)
        self.switch = DischargeSwitch(parameters, faults, self.stage, wired=bank_wired)
        self.timeline = Timeline(chip, self._settle)
        self._at_comparators = self._compared = self.stage.look(chip.ticks)  # before and after their delay
        for gpio in _HEARD:
            chip.on_output(gpio, partial(self._output, gpio))

    @property
    def supply_on(self) -> bool:
        """The charger has its supply."""
        faults = self._faults
        return (self.chain.supply_latch and not faults.supply_latch_stuck_off) or faults.supply_latch_stuck_on

    # events

    def _output(self, gpio: int, tick: int, level: int | None) -> None:
        """An output of the chip; its pull-down makes high impedance low."""
        self.timeline.happen(lambda _: self._hear(gpio, level or 0), tick)

    def _hear(self, gpio: int, level: int) -> None:
        if gpio == pins.CHARGER_SUPPLY_EN and level > self._heard[gpio]:
            self.chain.supply_rises()
        self._heard[gpio] = level

    def look_anew(self, tick: int) -> None:
        """The PWM behind the target, or what is broken, may have changed."""
        self.stage.aim(tick, self._chip.pwm_duty(pins.TARGET_PWM))

    def _answer(self, compared: Compared) -> None:
        self._compared = compared

    def _crossed(self, _: int) -> None:
        self.stage.stale = True

    # what follows from every event

    def _settle(self, tick: int) -> None:
        self.chain.settle(self._compared.overvoltage, self._heard[pins.CHARGER_SUPPLY_EN])
        gated = bool(self._heard[pins.TRIG_A]) and (self.chain.safe_ok or self._faults.gate_bypassed)
        self.switch.follow(self.timeline, gated)
        enabled = bool(self._heard[pins.CHARGE_EN]) or self._faults.charger_stuck_on
        self.stage.load(tick, charging=enabled and self.supply_on, dumping=not self._heard[pins.DUMP_INHIBIT])
        compared = self.stage.look(tick)
        if compared != self._at_comparators:
            self._at_comparators = compared
            self.timeline.after(self._parameters.comparator_delay_s, lambda _: self._answer(compared))
        self._drive(gated)
        if self.stage.stale:
            self._plan(tick)

    def _drive(self, gated: bool) -> None:
        for gpio, level in (
            (pins.SAFE_OK, self.chain.safe_ok),
            (pins.TRIG_SENSE, gated),
            (pins.FIRED, self.switch.fired),
            (pins.INTERLOCK, self.chain.interlock_closed),
            (pins.SUPPLY_ON, self.supply_on),
            (pins.TARGET_BELOW, self._compared.target_below),
            (pins.BANK_OK, self._compared.bank_ok),
            (pins.BANK_COOL, 1),
        ):
            self.put(gpio, int(level))

    def put(self, gpio: int, level: int) -> None:
        """Drive a line into the chip at the present event, and record it when it changes. A stuck line stays so."""
        stuck = getattr(self._faults, _STUCK[gpio]) if gpio in _STUCK else None
        level = level if stuck is None else stuck
        if self._levels.get(gpio) != level:
            self._levels[gpio] = level
            self._record(gpio, self.timeline.tick, level)
            self._chip.set_input(gpio, level)

    def _plan(self, tick: int) -> None:
        """Alarm at the tick by which a comparator will have changed."""
        if self._alarm:
            self._alarm.cancel()
        wake = self.stage.next_look(tick)
        self._alarm = None if wake is None else self.timeline.at(wake, self._crossed)
