"""The bank is charged beyond its target, and what stops it."""

import numpy as np
from contract import faults
from rig import HZ
from windows import AFTER

from .bank import discharged
from .campaign import NEVER, SYNCHRONISER, ms_between, pass_by, until
from .ticks import BURST

OVER = (faults.OVERVOLTAGE, faults.BANK_OVER_TARGET, faults.BANK_NOT_READY)  # whichever barrier is reached first
OVERCHARGES = {
    "charger_stuck_on": OVER,
    "divider_open": (faults.OVERVOLTAGE, faults.BANK_NOT_READY),
    "target_below_stuck_high": OVER,
    "precharge": (faults.OVERVOLTAGE,),
    "target_pwm_low": (faults.TARGET_WRONG,),
    "target_pwm_high": (faults.TARGET_WRONG,),
}
BY_TOKEN = ("divider_open", "target_below_stuck_high", "precharge")  # CHARGE_EN itself may drive it to the trip
TOLD_S = 0.4  # within it all of them are told, and a processor that stands still is reset
LOOK_S = 0.002


def _supply_off(rig, since):
    """(V at the highest, ms from a tick until the charger's supply is off for good), in TOLD_S without a word."""
    highest, off = rig.plant.bank_v, NEVER
    while rig.chip.ticks < since + TOLD_S * HZ:
        rig.board.wait(LOOK_S)
        highest = max(highest, rig.plant.bank_v)
        if off == NEVER and not rig.plant.supply_on:
            off = ms_between(since, rig.chip.ticks)
    return highest, off if not rig.plant.supply_on else NEVER


def _while_charging(rig):
    """Run until a token charges after a burst, the longest gap; the target's comparator does not end it."""
    last = rig.expected()[BURST - 1 :: BURST]
    after = int(last[last > rig.chip.ticks + HZ // 5][0]) + AFTER
    until(rig, after)
    rig.link.heartbeat()
    rig.board.wait((after - rig.chip.ticks) / HZ + LOOK_S / 2)
    rig.plant.inject("target_below_stuck_high")


def overvoltage(rig, tick, rng):
    """(clocks from the comparator to CHARGE_EN, ms until the supply is off, V, s until below 60 V), by the board alone.

    Half of the times a token charges as it breaks; half of the times the processor stands still as well. No clocks
    where CHARGE_EN is low when the comparator trips. NEVER for the supply when it comes on again, or when the fault
    that is told is not the kind's own.
    """
    until(rig, tick)
    pass_by(rig, tick, 0)
    rig.link.heartbeat()  # the silence that follows is longer than what a kind takes
    by_token = rng.random() < 0.5
    kind = rng.choice(BY_TOKEN if by_token else sorted(OVERCHARGES))
    if by_token:
        _while_charging(rig)
    stopped = rng.random() < 0.5
    if stopped:
        rig.chip.freeze_cpu()
        rig.chip.on_reset(rig.chip.thaw_cpu)
    broken = rig.chip.ticks
    if kind == "precharge":
        rig.plant.precharge(rng.uniform(386, 395))
    else:
        rig.plant.inject(kind)
    highest, off_ms = _supply_off(rig, broken)
    clocks = _clocks_to_charge_off(rig, broken)
    seconds = discharged(rig, broken)
    rig.link.identify()
    told = rig.link.status()["fault"]
    rig.note = f"{kind}{' while charging' * by_token}{', stopped' * stopped}: {told}"
    if told not in ((faults.WATCHDOG_RESET,) if stopped else OVERCHARGES[kind]):
        off_ms = NEVER
    return clocks, off_ms, max(highest, rig.plant.bank_v), NEVER if rig.plant.supply_on else seconds


def _clocks_to_charge_off(rig, since):
    """From the first fall of SAFE_OK after a tick to the last of CHARGE_EN; None without, or where that is low then."""
    capture = rig.board.capture()
    ticks, levels = capture.edges("SAFE_OK")
    falls = ticks[(ticks >= since) & (levels == 0)]
    ticks, levels = capture.edges("CHARGE_EN")
    if not len(falls) or levels[np.searchsorted(ticks, falls[0]) - 1] != 1:
        return None
    if rig.level("CHARGE_EN") == 1:
        return NEVER
    return SYNCHRONISER + int(rig.pulses("CHARGE_EN")[1].max() - falls[0])
