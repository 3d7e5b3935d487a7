"""Dump or bleeder fails: the bank comes down by the way that is left, and stays down until service."""

from contract import faults, messages
from rig import HZ
from thetabox.board.link import BoardRefused

from .bank import discharged
from .campaign import NEVER, TRAIN, pass_by, until

OWN = {"bleeder_open": faults.BLEEDER_OPEN, "dump_stuck_off": faults.DUMP_FAILED}
ABORT, OPEN, CUT = "abort", "interlock", "power cut"


def way_down(rig, tick, rng):
    """(s until below 60 V by the way that is left, commands that are taken afterwards), dump or bleeder broken.

    Half of the times the board is started anew before the next CHARGE: a proof comes with it. The others clear the
    fault that stands, if they can, and the next CHARGE has to prove the bank again.
    """
    until(rig, tick)
    pass_by(rig, tick, 0)
    kind = rng.choice(sorted(OWN))
    rig.plant.faults.capacitance_factor = rng.uniform(0.85, 1.2)
    rig.plant.inject(kind)
    since = rig.chip.ticks
    how = rng.choice((ABORT, OPEN, CUT))
    if how == ABORT:
        rig.link.request(messages.ABORT)
    elif how == OPEN:
        rig.plant.interlock(False)
    else:
        rig.chip.power_cycle()
    seconds = discharged(rig, since)
    rig.plant.interlock(True)
    # an ABORT is no fault: what breaks with it is told at the proof after the next one, after ten minutes, or a reset
    anew = how == CUT or (how == ABORT and kind == "bleeder_open") or rng.random() < 0.5
    rig.plant.faults.capacitance_factor = 1.0
    if anew:
        rig.chip.power_cycle()
        rig.board.wait(0.5)
    rig.note = f"{kind}, {how}{', started anew' * anew}"
    return seconds, _taken_until_service(rig, OWN[kind])


def _next_fault(rig, expected):
    """The fault that stands, cleared if it is another than expected, or the one that the next CHARGE ends in."""
    rig.board.wait(1.1)  # the dump's time, and the interlock's
    rig.link.identify()
    while fault := rig.link.status()["fault"]:
        if fault == expected:
            return fault
        rig.link.request(messages.CLEAR, fault=fault)
    rig.upload(TRAIN).link.request(messages.CHARGE)
    end, fault = rig.chip.ticks + 5 * HZ, 0
    while not fault and rig.chip.ticks < end:
        rig.board.wait(0.05)
        fault = rig.link.heartbeat()["fault"]
    return fault


def _taken_until_service(rig, expected):
    """Commands that a board with a broken way down takes once it has told so; NEVER when it does not tell."""
    fault = _next_fault(rig, expected)
    rig.note += f": {fault}"
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
