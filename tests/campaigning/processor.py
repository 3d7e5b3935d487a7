"""The processor stops, train data is late, registers change, the power goes."""

from contextlib import suppress

import numpy as np
from contract import faults, limits, messages, records
from rig import HZ
from thetabox.errors import ThetaboxError

from .bank import SAFE_V, all_off
from .campaign import MS, NEVER, ms_between, pass_by, until
from .interlock import freeze

FEED_CTRL = 0x50000010  # control of the DMA channel that feeds the sequencer, without trigger [2.5.7]
ENABLE = 1


PHASES = ("charging", "armed", "train")
CHARGE_S = 0.4
ARMED_S = 0.1


def session(rig, phase, rng, happen):
    """A whole session, in which `happen` is called at a random instant of a phase; returns the last state answered.

    The pauses in it are random, so that the train falls anywhere on the tokens of the charge.
    """
    came = messages.IDLE

    def within(name, first_s, last_s):
        if name == phase:
            rig.chip.at(rig.chip.ticks + round(rng.uniform(first_s, last_s) * HZ), happen)

    with suppress(ThetaboxError):
        within("charge", 0, 0.02)  # while what the train may give is written down
        rig.link.request(messages.CHARGE)
        came = messages.CHARGING
        within("charging", 0, CHARGE_S)
        while rig.link.heartbeat()["state"] == messages.CHARGING:
            rig.board.wait(0.05)
        rig.board.wait(rng.uniform(0, ARMED_S))
        within("armed", 0, ARMED_S)
        rig.arm()
        rig.board.wait(rng.uniform(0, ARMED_S))
        rig.fire()
        came = messages.RUNNING
        last_s = int(rig.compiled.onset_ticks[-1]) / HZ
        within("train", 0, last_s)
        within("closing", last_s - 0.01, last_s + 0.15)
        came = rig.finish()["state"]
    return came


def hang(rig, tick, rng):
    """(ms until CHARGE_EN is low for good, ms until the reset), interrupts off.

    NEVER for the reset where it is not told as the cause, the bank is not dumped, or anything moves after it.
    """
    pass_by(rig, tick, 0)
    stops, resets = [], []
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu()))
    session(rig, rng.choice(PHASES), rng, lambda: (stops.append(rig.chip.ticks), rig.chip.freeze_cpu()))
    rig.board.wait(3)
    charged = ms_between(stops[0], int(rig.pulses("CHARGE_EN")[1].max(initial=stops[0])))
    who = rig.link.identify()
    told = who["fault"] == faults.WATCHDOG_RESET and who["reset_cause"] == "watchdog"
    still = all_off(rig, "DUMP_INHIBIT", "CHARGER_SUPPLY_EN") and rig.last_edge() <= resets[0]
    sound = told and still and rig.plant.bank_v < SAFE_V and len(resets) == 1
    return charged, ms_between(stops[0], resets[0]) if sound else NEVER


TOKEN_TICKS = limits.SESSION_TOKEN_MS * MS + 8  # and the instructions around its count
TO_ONSET_US = 108  # from the edge of an external start


def last_token(rig, tick, rng):
    """(clocks that CHARGE_EN outlives its last token, V then): the processor stops, in a no-charge window it ends.

    The train is started from outside at such a tick that the third pulse, which the charger follows, has that window.
    """
    until(rig, tick)
    rig.arm().fire()
    ends = rig.chip.ticks + rig.chip.rp2040.pio[0].machines[1].y + TOKEN_TICKS
    last = ends + TOKEN_TICKS
    window_us = rng.uniform(-0.9 * limits.BLANK_BEFORE_US, 0.9 * limits.BLANK_AFTER_US)
    third = last - round(window_us * MS / 1000)
    edge = third - int(rig.compiled.onset_ticks[2] - rig.compiled.onset_ticks[0]) - TO_ONSET_US * MS // 1000
    rig.chip.at(edge, lambda: rig.plant.trig_in(1))
    stopped = ends - rng.randrange(MS, 25 * MS)  # the last one is queued by now
    rig.beat((stopped - rig.chip.ticks) / HZ - 0.01)
    freeze(rig, stopped)
    pass_by(rig, last, 0.08)
    highest = rig.plant.bank_v
    pass_by(rig, last, 0.3)
    off = int(rig.pulses("CHARGE_EN")[1].max(initial=last))
    return off - last if rig.level("CHARGE_EN") != 1 else NEVER, highest


AWAY_S = 0.5  # the longest
FETCHED = 3  # pulses that a FIFO can hold: a train that misses the data of more does not go on


def data_late(rig, tick, rng):
    """(ticks by which a pulse is off its schedule, pulses given after the train's data stood still, if that ended it).

    It stands still shortly before the onset at `tick`, for up to 500 ms; NEVER where it was missing at an onset and
    something else than UNDERRUN is told.
    """
    stall = tick - rng.randrange(HZ // 50)
    until(rig, stall)
    rp2040 = rig.chip.rp2040
    rig.chip.at(stall, lambda: rp2040.write_uint32(FEED_CTRL, rp2040.read_uint32(FEED_CTRL) & ~ENABLE))
    away_s = rng.uniform(0, AWAY_S)
    go_on = stall + round(away_s * HZ)
    rig.chip.at(go_on, lambda: rp2040.write_uint32(FEED_CTRL, rp2040.read_uint32(FEED_CTRL) | ENABLE))
    status = rig.beat((go_on - rig.chip.ticks) / HZ + 0.6)
    rig.note = f"{away_s * 1000:.0f} ms: state {status['state']}, {status['fault']}"
    rises, falls = rig.pulses()
    late = int(np.abs(rises - rig.expected()[: len(rises)]).max())
    whole = len(falls) == len(rises) and set((falls - rises).tolist()) == {rig.compiled.width_ticks}
    ended = status["state"] == messages.FAULT
    due = int((rig.expected() < rig.chip.ticks - HZ // 10).sum())
    missed = int(((rig.expected() > stall) & (rig.expected() < go_on)).sum())
    told = status["fault"] == faults.UNDERRUN if ended else len(rises) >= due and missed <= FETCHED
    given = int((rises > stall).sum()) if ended else None
    return (late, given) if whole and told else (NEVER, given)


CUTS = ("charge", *PHASES, "closing")
TRIGGERS = ("TRIG_A", "TRIG_B", "MARKER")
IDLE_RESET_S = limits.SESSION_WATCHDOG_IDLE_MS / 1000


def power_cut(rig, tick, rng):
    """(pulses that the odometers miss, trigger edges afterwards) when the board starts anew in a session.

    NEVER where the count is neither that of a reservation found open, marked as such, nor a true one of a train that
    has been closed; nor before CHARGE was answered, none. NEVER as well where another cause is told than the reset's.
    """
    pass_by(rig, tick, 0)
    cuts = []
    rig.chip.on_reset(lambda: (cuts.append(rig.chip.ticks), rig.chip.thaw_cpu()))
    cause = rng.choice(("power", "watchdog"))
    phase = rng.choice(CUTS)
    came = session(rig, phase, rng, rig.chip.power_cycle if cause == "power" else rig.chip.freeze_cpu)
    end = rig.board.now_s() + IDLE_RESET_S + 1
    while not cuts and rig.board.now_s() < end:
        rig.board.wait(0.05)
    rig.board.wait(1)
    who = rig.link.identify()
    odometer = rig.link.request(messages.ODOMETER)
    given = int((rig.pulses()[0] <= cuts[0]).sum())
    whole = rig.compiled.pulses
    counted = (odometer["pulses"], odometer["uncertain_pulses"])
    sound = counted == (whole, whole)
    if came == messages.IDLE:
        sound |= counted == (0, 0)
    if given == whole:
        sound = counted == (whole, 0) or (sound and came != messages.DONE)
    sound = sound and who["reset_cause"] == cause
    rig.note = f"{cause}, {phase}: {who['reset_cause']}, {given} given, {counted} counted"
    capture = rig.board.capture()
    later = sum(int(((ticks > cuts[0]) & (levels == 1)).sum()) for ticks, levels in map(capture.edges, TRIGGERS))
    return (max(0, given - odometer["pulses"]) if sound else NEVER), later


def fault_log(rig, tick, rng):
    """(faults that the host has been told of and that the log has lost,): power cut right after the answer."""
    until(rig, tick)
    rig.plant.inject(
        rng.choice(("interlock_blink", "adc_frozen", "charger_stuck_on", "coil_sensor_short", "switch_latched"))
    )
    told = 0
    while not told:
        rig.board.wait(rng.uniform(0, 0.02))
        told = rig.link.heartbeat()["fault"]
    rig.board.wait(rng.choice((0.0, rng.random() * 0.002, rng.random() * 0.1)))
    rig.chip.power_cycle()
    rig.board.wait(0.5)
    rig.link.identify()
    stands = rig.link.status()["fault"]
    log = rig.link.request(messages.FAULT_LOG, first=1)["data"]
    size = records.FAULT_BYTES
    known = [int.from_bytes(log[at + 4 : at + 6], "little") for at in range(0, len(log), size)]
    return (int(stands != told) + int(told not in known),)
