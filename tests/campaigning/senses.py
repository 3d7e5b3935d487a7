"""A sensor, or what it looks at, fails: coil and bank too hot; FIRED and TRIG_SENSE."""

from dataclasses import replace

from contract import faults, limits, messages, records
from rig import Rig
from thetabox.board.link import BoardRefused

from .campaign import NEVER, TRAIN, pass_by, until

HOT_COUNTS = round((41 - -50) * 10 / limits.BANK_ADC_FULL_SCALE_MV * limits.BANK_ADC_COUNTS)
COIL = (HOT_COUNTS, 0, limits.BANK_ADC_COUNTS - 1)


def ready():
    """A charged bank."""
    return Rig().upload(TRAIN).charge()


def _heat(rig, rng):
    """Coil or bank are too hot, or the coil's sensor is open or shorted; returns the faults that say so."""
    coil = rng.choice((*COIL, None))
    if coil is None:
        rig.plant.inject("bank_cool_stuck_low")
    rig.plant.faults.coil_sense_counts = coil
    rig.note = f"coil {coil}"
    return (faults.COIL_HOT, faults.COIL_SENSOR) if coil is not None else (faults.BANK_HOT,)


def too_hot(rig, tick, rng):
    """(ARMs taken, pulses until the train is ended): half of the times while ready, half of the times in a train."""
    if rng.random() < 0.5:
        return _armed_hot(rig, rng), None
    rig.arm().fire()
    until(rig, tick)
    pass_by(rig, tick, 0)
    named = _heat(rig, rng)
    hot = rig.chip.ticks
    status = rig.beat(1)
    rises, _ = rig.pulses()
    return None, int((rises > hot).sum()) if status["fault"] in named else NEVER


def _armed_hot(rig, rng):
    """ARMs that a ready board takes, at any moment from when it is too hot; NEVER where it does not say so."""
    named = _heat(rig, rng)
    rig.board.wait(rng.uniform(0, 0.2))
    try:
        rig.arm()
        taken = 1
    except BoardRefused:
        taken = 0
    rig.board.wait(0.2)
    fault = rig.link.heartbeat()["fault"]
    rig.note += f", while ready: {fault}"
    return taken if fault in named else NEVER


STRAY = (faults.FIRED_WITHOUT_TRIGGER, faults.FIRED_SENSE)
READBACK = (faults.GATE_SENSE, faults.FIRED_WITHOUT_TRIGGER)
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
    if status["fault"] == faults.MISFIRE and SENSED[name] != MISSING:  # what is permanent stands behind it
        rig.board.wait(0.2)
        rig.link.request(messages.CLEAR, fault=faults.MISFIRE)
        status = rig.link.status()
    told = status["fault"] in SENSED[name]
    if told and SENSED[name] != MISSING:
        told = faults.entry(status["fault"])[2] == faults.PERMANENT
    return (int((rises > broken).sum()) if told else NEVER,)


def skipping():
    """A train whose policy is to skip what does not fire, and go on."""
    return Rig().start(replace(TRAIN, policy="skip"))


def skipped(rig, tick, rng):
    """(misfires that the log does not tell, or tells too many; pulses that are not given) where the policy is to skip.

    FIRED is missing for a while; NEVER where the train does not go on.
    """
    until(rig, tick)
    pass_by(rig, tick, -rng.uniform(0, 0.02))
    name = rng.choice(sorted(name for name, named in SENSED.items() if named == MISSING))
    rig.plant.inject(name)
    rig.beat(rng.uniform(0.2, 1.5))
    rig.plant.mend(name)
    status = rig.beat(0.5)
    entries = [records.unpack(entry) for _, entry in rig.link.log()]
    logged = max((count for _, event, _, count in entries if event == records.MISFIRED), default=0)
    rises, _ = rig.pulses()
    due = int((rig.expected() <= rises[-1]).sum())
    missing = status["triggered"] - status["fired"]
    rig.note = f"{name}: {missing} missing, {logged} logged, state {status['state']}"
    if not missing or status["state"] not in (messages.RUNNING, messages.DONE):
        return NEVER, NEVER
    return abs(logged - missing), due - len(rises)
