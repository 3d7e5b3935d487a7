"""The ADC or the main divider lies; or anything else breaks."""

from contract import faults, limits, messages
from rig import HZ
from thetabox.board.emulated.faults import NAMED

from .bank import PERCENT, all_off
from .campaign import MS, NEVER, TRAIN, ms_between, until
from .interlock import freeze

LOOK_S = 0.8
ASK_S = 0.005
# the last barrier itself: never with a second fault, for then nothing is left
BLIND = {"overvoltage_divider_open", "supply_latch_stuck_on"}
LIES = {
    "adc_frozen": (faults.ADC_FROZEN, faults.BANK_SENSE_IMPLAUSIBLE),
    "adc_noisy": (faults.ADC_NOISY,),
    "divider_open": (faults.OVERVOLTAGE, faults.BANK_NOT_READY),
    "divider_short": (faults.BANK_SENSE_IMPLAUSIBLE, faults.BANK_OVER_TARGET),
    "counts": (faults.ADC_FROZEN, faults.BANK_SENSE_IMPLAUSIBLE, faults.BANK_OVER_TARGET),
}


def _look(rig, seconds, asking):
    """(tick at which a fault is told or None, V at the highest), the host asking every 5 ms or not at all."""
    told, highest, end, beat = None, rig.plant.bank_v, rig.chip.ticks + round(seconds * HZ), rig.chip.ticks
    while rig.chip.ticks < end:
        if asking and not told:
            code = rig.link.heartbeat if rig.chip.ticks >= beat else rig.link.status
            beat = beat + 100 * MS if rig.chip.ticks >= beat else beat
            told = rig.chip.ticks if code()["fault"] else None
        rig.board.wait(ASK_S)
        highest = max(highest, rig.plant.bank_v)
    return told, highest


def converter(rig, tick, rng):
    """(ms until its fault is told, ms until charge is off, V) when the ADC or its divider lies, in a train.

    At any intensity. With the processor stopped as well, V only.
    """
    rig.board.wait((tick - rig.chip.ticks) / HZ)
    percent = rng.randint(*PERCENT)
    rig.start(TRAIN, percent=percent)
    rig.beat(rng.uniform(0, 2))
    kind = rng.choice(sorted(LIES))
    stopped = rng.random() < 0.25
    if stopped:
        freeze(rig, rig.chip.ticks)
    if kind == "counts":
        full_scale_v = limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_DIVIDER_RATIO / 1000
        held = round(rig.plant.bank_v / full_scale_v * limits.BANK_ADC_COUNTS)
        counts = rng.choice((rng.randrange(limits.BANK_ADC_COUNTS), held + rng.randrange(-50, 50)))
        rig.plant.faults.bank_sense_frozen_counts = counts
        rig.plant.update()
    else:
        rig.plant.inject(kind)
    broken = rig.chip.ticks
    told, highest = _look(rig, LOOK_S, not stopped)
    if stopped:
        return None, None, highest
    fault = rig.link.status()["fault"]
    rig.note = f"{kind} at {percent} %: {fault}"
    off = NEVER if rig.level("CHARGE_EN") == 1 else ms_between(broken, max(broken, rig.last_edge(("CHARGE_EN",))))
    return ms_between(broken, told) if told and fault in LIES[kind] else NEVER, off, highest


def anything_breaks(rig, tick, rng):
    """(V,) when one or two things break at once; NEVER when an output stays on."""
    until(rig, tick)
    highest = rig.plant.bank_v
    first, second = rng.sample(sorted(NAMED), 2)
    rig.plant.inject(first)
    if rng.random() < 0.5 and not BLIND & {first, second}:
        rig.plant.inject(second)
    for _ in range(60):
        rig.board.wait(0.02)
        highest = max(highest, rig.plant.bank_v)
        if rig.link.heartbeat()["state"] == messages.FAULT:
            break
    rig.link.request(messages.ABORT)
    rig.board.wait(limits.BANK_DISCHARGE_S)
    return (highest if all_off(rig, "DUMP_INHIBIT") else NEVER,)
