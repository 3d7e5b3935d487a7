"""A charge that is slow, stalled or shorted; a bank that leaks or has aged."""

from contract import faults, messages
from rig import HZ, Rig, in_child
from thetabox.board.link import BoardRefused

from .bank import PERCENT
from .campaign import NEVER, TRAIN, ms_between, pass_by
from .senses import STRAY

LEAK = "dump_stuck_on"
CHARGES = {
    "charger_weak": (faults.CHARGE_SLOW,),
    "charger_stalled": (faults.CHARGE_STALLED,),
    LEAK: (faults.BANK_LEAKS,),
    "bank_aged": (faults.BANK_AGED,),
    "switch_latched": STRAY,
}
CURVE = (faults.CHARGE_SLOW, faults.CHARGE_STALLED)
PROOFS = {
    "bank_aged": (faults.BANK_AGED,),
    LEAK: (faults.BANK_LEAKS,),
    "dump_stuck_off": (faults.DUMP_FAILED,),
    "bleeder_open": (faults.BLEEDER_OPEN,),
}
PROOF_MOST_V = 80
FACTORS = {  # how badly, at the most and at the least
    "charger_weak": ("charger_factor", 0.15, 0.6),
    "charger_stalled": ("charger_factor", 0.0, 0.05),
    "bank_aged": ("capacitance_factor", 0.2, 0.7),  # the least that the curve tells; the proof measures more exactly
}
PROOF_FACTORS = {"bank_aged": ("capacitance_factor", 0.2, 0.75)}


def fresh():
    """A board at rest that has not charged yet."""
    return Rig().idle()


def _uploaded(rig, rng):
    """A protocol at a random intensity is on the board; returns the ms that it takes to be ready when all is sound."""
    percent = rng.randint(*PERCENT)
    rig.upload(TRAIN, percent=percent)
    began = rig.chip.ticks
    sound_ms, fault = in_child(lambda: (ms_between(began, rig.charge().chip.ticks), rig.link.status()["fault"]))
    rig.note = f"at {percent} %, sound {sound_ms:.0f} ms"
    return NEVER if fault else sound_ms


def _broken(rig, rng, names, factors=FACTORS):
    """Break one of these; returns its name."""
    name = rng.choice(sorted(names))
    rig.plant.inject(name)
    rig.note += f", {name}"
    if name in factors:
        field, low, high = factors[name]
        factor = rng.uniform(low, high)
        setattr(rig.plant.faults, field, factor)
        rig.note += f" {factor:.2f}"
    rig.plant.update()
    return name


def _charged(rig):
    """(fault that comes of a CHARGE or 0 when the bank is ready, V at the most)."""
    began = rig.chip.ticks
    try:
        rig.link.request(messages.CHARGE)
    except BoardRefused:
        rig.note += ", refused"  # a fault has come at rest
    highest, status = 0.0, rig.link.heartbeat()
    while not status["fault"] and status["state"] != messages.READY and rig.chip.ticks < began + 10 * HZ:
        rig.board.wait(0.01)
        highest = max(highest, rig.plant.bank_v)
        status = rig.link.heartbeat()
    rig.note += f", {status['fault']} after {ms_between(began, rig.chip.ticks):.0f} ms"
    return status["fault"], highest


def slow_charge(rig, tick, rng):
    """Permille of a sound charge until its own fault; of a leak until it is stopped; of a sound charge, then proof and
    charge, until a leak's own fault.

    At any intensity. The curve cannot tell a leak from a weak charger: it is cleared and proven anew, and all the time
    until then counts.
    """
    pass_by(rig, tick, 0)
    sound_ms = _uploaded(rig, rng)
    name = _broken(rig, rng, CHARGES)
    began = rig.chip.ticks
    fault, _ = _charged(rig)
    took = ms_between(began, rig.chip.ticks) * 1000 / sound_ms
    if name != LEAK:
        return (took if fault in CHARGES[name] else NEVER), None, None
    if fault not in CURVE:
        return None, NEVER, NEVER
    rig.link.request(messages.CLEAR, fault=fault)
    rig.idle()
    fault, _ = _charged(rig)
    until_leak = ms_between(began, rig.chip.ticks) * 1000 / (sound_ms + rig.proven_ms)
    return None, took, until_leak if fault in CHARGES[LEAK] else NEVER


def proof(rig, tick, rng):
    """(permille of what a sound board takes, V at the most) until the first charge tells what has aged or failed."""
    pass_by(rig, tick, 0)
    sound_ms = _uploaded(rig, rng)
    name = _broken(rig, rng, PROOFS, PROOF_FACTORS)
    began = rig.chip.ticks
    fault, highest = _charged(rig)
    return (ms_between(began, rig.chip.ticks) * 1000 / sound_ms if fault in PROOFS[name] else NEVER), highest
