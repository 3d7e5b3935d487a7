"""What charges, measures and dumps fails; what the bank reaches, and when it is safe again."""

from contract import faults, limits, messages
from kernel.charge import NOMINAL_CHARGE_MS
from rig import HZ, OUTPUTS, Rig, in_child
from thetabox.board.emulated.faults import NAMED
from thetabox.board.link import BoardRefused

from .campaign import MS, NEVER, TRAIN, ms_between, pass_by, until
from .interlock import SYNCHRONISER, freeze

SAFE_V = limits.BANK_TOUCH_SAFE_MV / 1000
# the last barrier itself: never with a second fault, for then nothing is left
BLIND = {"overvoltage_divider_open", "supply_latch_stuck_on"}


def full():
    """A train at the highest intensity: the charger is busy in nearly every gap."""
    return Rig().start(TRAIN, percent=100)


def fresh():
    """A board with a protocol, at rest, that has not charged yet; `sound_ms`: from CHARGE to ready when all is well."""
    rig = Rig().upload(TRAIN)
    began = rig.chip.ticks
    rig.sound_ms = in_child(lambda: ms_between(began, rig.charge().chip.ticks))
    return rig


def proven(made=TRAIN):
    """A board that has passed its proof, at rest, with a protocol."""
    rig = Rig().upload(made).charge()
    rig.link.request(messages.ABORT)
    return rig.idle()


def _watch(rig, seconds, beats=True):
    """Highest voltage in so many seconds of looking every 5 ms."""
    highest, end, beat = rig.plant.bank_v, rig.chip.ticks + round(seconds * HZ), rig.chip.ticks
    while rig.chip.ticks < end:
        if beats and rig.chip.ticks >= beat:
            rig.link.heartbeat()
            beat = rig.chip.ticks + 100 * MS
        rig.board.wait(0.005)
        highest = max(highest, rig.plant.bank_v)
    return highest


def _charge_off(rig, tick):
    """ms from a tick until CHARGE_EN is low for good."""
    if rig.level("CHARGE_EN") == 1:
        return NEVER
    return ms_between(tick, max(tick, rig.last_edge(("CHARGE_EN",))))


def converter(rig, tick, rng):
    """(ms until charge is off, V) when the ADC or its divider lies; with the processor frozen as well, V only."""
    until(rig, tick)
    pass_by(rig, tick, 0)
    kind = rng.choice(("adc_frozen", "adc_noisy", "divider_open", "divider_short", "counts"))
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
    highest = _watch(rig, 0.8, not stopped)
    told = stopped or rig.link.status()["fault"]
    return None if stopped else _charge_off(rig, broken) if told else NEVER, highest


OVER = (faults.OVERVOLTAGE, faults.BANK_OVER_TARGET, faults.BANK_NOT_READY)  # whichever barrier is reached first
OVERCHARGES = {
    "charger_stuck_on": OVER,
    "divider_open": (faults.OVERVOLTAGE, faults.BANK_NOT_READY),
    "target_below_stuck_high": OVER,
    "precharge": (faults.OVERVOLTAGE,),
    "target_pwm_low": (faults.TARGET_WRONG,),
    "target_pwm_high": (faults.TARGET_WRONG,),
}
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


def overvoltage(rig, tick, rng):
    """(clocks from the comparator to CHARGE_EN, ms until the supply is off, V, s until below 60 V), by the board alone.

    Half of the times the processor stands still as well. NEVER for the supply when it comes on again, or when the fault
    that is told is not the kind's own.
    """
    until(rig, tick)
    pass_by(rig, tick, 0)
    rig.link.heartbeat()  # the silence that follows is longer than what a kind takes
    stopped = rng.random() < 0.5
    if stopped:
        rig.chip.freeze_cpu()
        rig.chip.on_reset(rig.chip.thaw_cpu)
    broken = rig.chip.ticks
    kind = rng.choice(sorted(OVERCHARGES))
    if kind == "precharge":
        rig.plant.precharge(rng.uniform(386, 395))
    else:
        rig.plant.inject(kind)
    highest, off_ms = _supply_off(rig, broken)
    clocks = _clocks_to_charge_off(rig, broken)
    seconds = _discharged(rig, broken)
    rig.link.identify()
    if rig.link.status()["fault"] not in ((faults.WATCHDOG_RESET,) if stopped else OVERCHARGES[kind]):
        off_ms = NEVER
    return clocks, off_ms, max(highest, rig.plant.bank_v), NEVER if rig.plant.supply_on else seconds


def _clocks_to_charge_off(rig, since):
    """From the first fall of SAFE_OK after a tick to the last of CHARGE_EN; None without."""
    ticks, levels = rig.board.capture().edges("SAFE_OK")
    fell = [int(at) for at, level in zip(ticks, levels, strict=True) if at >= since and level == 0]
    if not fell:
        return None
    if rig.level("CHARGE_EN") == 1:
        return NEVER
    later = rig.pulses("CHARGE_EN")[1]
    return SYNCHRONISER + int(later.max(initial=fell[0])) - fell[0]


def _discharged(rig, since):
    """Seconds from a tick until the bank is safe to touch."""
    while rig.plant.bank_v >= SAFE_V:
        if rig.chip.ticks > since + 8 * HZ:
            return NEVER
        rig.board.wait(0.01)
    return max(0, rig.chip.ticks - since) / HZ


def near_pulses(rig, tick, rng):
    """(ticks for which CHARGE_EN is high from 100 us before an onset until 1 ms after it,), processor frozen or not."""
    until(rig, tick)
    if rng.random() < 0.5:
        freeze(rig, tick)
        pass_by(rig, tick, 0.5)
    else:
        rig.beat((tick - rig.chip.ticks) / HZ + 0.3)
    onsets, _ = rig.pulses()
    ticks, levels = rig.board.capture().edges("CHARGE_EN")
    before, after = limits.BLANK_BEFORE_US * MS // 1000, limits.BLANK_AFTER_US * MS // 1000
    high = 0
    for at, until_tick, level in zip(ticks[:-1].tolist(), ticks[1:].tolist(), levels[:-1].tolist(), strict=True):
        if level == 1:
            overlaps = (onsets + after).clip(max=until_tick) - (onsets - before).clip(min=at)
            high += int(overlaps.clip(min=0).sum())
    charged = rig.pulses("CHARGE_EN")[0] > onsets[0]
    return (high if charged.any() else NEVER,)


def way_down(rig, tick, rng):
    """(s until below 60 V by the way that is left, commands that are taken afterwards), dump or bleeder broken."""
    until(rig, tick)
    pass_by(rig, tick, 0)
    kind = rng.choice(("bleeder_open", "dump_stuck_off"))
    rig.plant.faults.capacitance_factor = rng.uniform(0.85, 1.2)
    rig.plant.inject(kind)
    since = rig.chip.ticks
    how = rng.randrange(3)
    if how == 0:
        rig.link.request(messages.ABORT)
    elif how == 1:
        rig.plant.interlock(False)
    else:
        rig.chip.power_cycle()
    seconds = _discharged(rig, since)
    rig.plant.interlock(True)
    return seconds, _taken_until_service(rig, faults.BLEEDER_OPEN if kind == "bleeder_open" else faults.DUMP_FAILED)


def _taken_until_service(rig, expected):
    """CHARGE commands that a board with a broken way down takes once it has told so; NEVER when it does not tell."""
    rig.plant.faults.capacitance_factor = 1.0
    rig.chip.power_cycle()
    rig.board.wait(0.5)
    rig.link.identify()
    fault = rig.link.status()["fault"]
    if fault and fault != expected:
        rig.link.request(messages.CLEAR, fault=fault)
        rig.board.wait(0.1)
        fault = 0
    if not fault:
        rig.upload(TRAIN)
        rig.board.wait(0.6)
        rig.link.request(messages.CHARGE)
        end = rig.board.now_s() + 5
        while not fault and rig.board.now_s() < end:
            rig.board.wait(0.05)
            fault = rig.link.heartbeat()["fault"]
    if fault != expected:
        return NEVER
    asked = (
        (faults.NOT_CLEARABLE, messages.CLEAR, {"fault": fault}),
        (faults.FAULT_STANDING, messages.CHARGE, {}),
        (faults.FAULT_STANDING, messages.ARM, {"image_crc": rig.compiled.image_crc}),
    )
    taken = 0
    for why, code, values in asked:
        try:
            rig.link.request(code, **values)
            taken += 1
        except BoardRefused as refused:
            taken += 0 if refused.number == why else NEVER
    return taken


def too_hot(rig, tick, rng):
    """(pulses after coil or bank are too hot, or a sensor is open or shorted,)."""
    until(rig, tick)
    pass_by(rig, tick, 0)
    counts = round((41 - -50) * 10 / limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_ADC_COUNTS)
    coil = rng.choice((counts, 0, limits.BANK_ADC_COUNTS - 1, None))
    if coil is None:
        rig.plant.inject("bank_cool_stuck_low")
    rig.plant.faults.coil_sense_counts = coil
    hot = rig.chip.ticks
    status = rig.beat(1)
    rises, _ = rig.pulses()
    told = status["fault"] in ((faults.COIL_HOT, faults.COIL_SENSOR) if coil is not None else (faults.BANK_HOT,))
    return (int((rises > hot).sum()) if told else NEVER,)


STRAY = (faults.FIRED_WITHOUT_TRIGGER, faults.FIRED_SENSE)
READBACK = (faults.GATE_SENSE, faults.FIRED_WITHOUT_TRIGGER)
CHARGES = {
    "charger_weak": (faults.CHARGE_SLOW,),
    "charger_stalled": (faults.CHARGE_STALLED,),
    "dump_stuck_on": (faults.CHARGE_SLOW, faults.CHARGE_STALLED),
    "bank_aged": (faults.BANK_AGED, faults.CHARGE_SLOW),
    "switch_latched": STRAY,
}
PROOFS = {
    "bank_aged": (faults.BANK_AGED,),
    "dump_stuck_on": (faults.BANK_LEAKS,),
    "dump_stuck_off": (faults.DUMP_FAILED,),
    "bleeder_open": (faults.BLEEDER_OPEN,),
}
PROOF_MOST_V = 80
FACTORS = {  # how badly
    "charger_weak": ("charger_factor", 0.15, 0.6),
    "charger_stalled": ("charger_factor", 0.0, 0.05),
    "bank_aged": ("capacitance_factor", 0.2, 0.5),
}


def _broken(rig, rng, names):
    """Break one of these; returns its name."""
    name = rng.choice(sorted(names))
    rig.plant.inject(name)
    if name in FACTORS:
        field, low, high = FACTORS[name]
        setattr(rig.plant.faults, field, rng.uniform(low, high))
    rig.plant.update()
    return name


def _charged(rig):
    """(fault that comes of a CHARGE, ms until then, V at the most)."""
    began = rig.chip.ticks
    rig.link.request(messages.CHARGE)
    highest, fault = 0.0, 0
    while not fault and rig.chip.ticks < began + 10 * HZ:
        rig.board.wait(0.01)
        highest = max(highest, rig.plant.bank_v)
        fault = rig.link.heartbeat()["fault"]
    return fault, ms_between(began, rig.chip.ticks), highest


def slow_charge(rig, tick, rng):
    """(permille of the nominal charge until its own fault,) of a charge that is slow, stalled or shorted, or leaks."""
    pass_by(rig, tick, 0)
    name = _broken(rig, rng, CHARGES)
    fault, took_ms, _ = _charged(rig)
    told = fault in CHARGES[name]
    if told and name in PROOFS and fault not in PROOFS[name]:  # the proof that follows tells it from a weak charger
        rig.link.request(messages.CLEAR, fault=fault)
        rig.idle()
        told = _charged(rig)[0] in PROOFS[name]
    return (took_ms * 1000 / NOMINAL_CHARGE_MS if told else NEVER,)


def proof(rig, tick, rng):
    """(permille of what a sound board takes, V at the most) until the first charge tells what has aged or failed."""
    pass_by(rig, tick, 0)
    name = _broken(rig, rng, PROOFS)
    fault, took_ms, highest = _charged(rig)
    return (took_ms * 1000 / rig.sound_ms if fault in PROOFS[name] else NEVER), highest


MISSING = (faults.MISFIRE,)
SENSED = {
    "coil_open": MISSING,
    "fired_stuck_low": MISSING,
    "fired_stuck_high": STRAY,
    "switch_latched": STRAY,
    "trig_sense_stuck_low": READBACK,
    "trig_sense_stuck_high": READBACK,
}


def misfires(rig, tick, rng):
    """(pulses after coil, FIRED or TRIG_SENSE fails,): told by its own fault, permanent unless a MISFIRE."""
    until(rig, tick)
    pass_by(rig, tick, 0)
    name = rng.choice(sorted(SENSED))
    rig.plant.inject(name)
    broken = rig.chip.ticks
    status = rig.beat(2.5)
    rises, _ = rig.pulses("TRIG_A")
    told = status["fault"] in SENSED[name]
    if told and SENSED[name] != MISSING:
        told = faults.entry(status["fault"])[2] == faults.PERMANENT
    return (int((rises > broken).sum()) if told else NEVER,)


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
    off = all(rig.level(name) in (0, 2) for name in (*OUTPUTS, "DUMP_INHIBIT"))
    return (highest if off else NEVER,)
