"""The processor stops, train data is late, the power goes."""

import numpy as np
from contract import faults, limits, messages, records
from rig import HZ

from .campaign import NEVER, ms_between, pass_by, until

FEED_CTRL = 0x50000010  # control of the DMA channel that feeds the sequencer, without trigger [2.5.7]
ENABLE = 1


def hang(rig, tick, rng):
    """(ms until CHARGE_EN is low for good, ms until the reset), interrupts off; the cause is told, the bank dumped."""
    until(rig, tick)
    resets = []
    rig.chip.at(tick, rig.chip.freeze_cpu)
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu()))
    pass_by(rig, tick, 3)
    charged = ms_between(tick, int(rig.pulses("CHARGE_EN")[1].max(initial=tick)))
    who = rig.link.identify()
    told = who["fault"] == faults.WATCHDOG_RESET and who["reset_cause"] == "watchdog"
    sound = told and rig.plant.bank_v < limits.BANK_TOUCH_SAFE_MV / 1000 and len(resets) == 1
    return charged, ms_between(tick, resets[0]) if sound else NEVER


def data_late(rig, tick, rng):
    """(ticks by which a pulse is off its schedule,) when the train's data stands still for 0 to 500 ms."""
    rig.beat(0.05)
    rises = rig.expected()
    onset = int(rng.choice(rises[(rises > tick - HZ // 5) & (rises < tick + HZ // 5)].tolist() or [tick]))
    stall = onset - rng.randrange(HZ // 50)
    until(rig, stall)
    rp2040 = rig.chip.rp2040
    rig.chip.at(stall, lambda: rp2040.write_uint32(FEED_CTRL, rp2040.read_uint32(FEED_CTRL) & ~ENABLE))
    go_on = stall + round(rng.uniform(0, 0.5) * HZ)
    rig.chip.at(go_on, lambda: rp2040.write_uint32(FEED_CTRL, rp2040.read_uint32(FEED_CTRL) | ENABLE))
    status = rig.beat((go_on - rig.chip.ticks) / HZ + 0.6)
    rises, falls = rig.pulses()
    late = int(np.abs(rises - rig.expected()[: len(rises)]).max())
    whole = set((falls - rises[: len(falls)]).tolist()) == {rig.compiled.width_ticks}
    ended = status["state"] == messages.FAULT
    due = int((rig.expected() < rig.chip.ticks - HZ // 10).sum())
    told = status["fault"] == faults.UNDERRUN if ended else len(rises) >= due
    return (late if whole and told else NEVER,)


def _reset(rig, rng):
    """One of the ways in which a board starts anew."""
    if rng.random() < 0.5:
        rig.chip.power_cycle()
        return
    rig.chip.on_reset(rig.chip.thaw_cpu)
    rig.chip.freeze_cpu()
    rig.board.wait(0.4)


def power_cut(rig, tick, rng):
    """(pulses that the odometers miss, trigger edges afterwards) when the board starts anew in a train."""
    until(rig, tick)
    pass_by(rig, tick, 0)
    _reset(rig, rng)
    cut = rig.chip.ticks
    given = len(rig.pulses()[0])
    rig.board.wait(1)
    rig.link.identify()
    odometer = rig.link.request(messages.ODOMETER)
    rises, _ = rig.pulses()
    whole = odometer["uncertain_pulses"] == rig.compiled.pulses == odometer["pulses"]
    return (max(0, given - odometer["pulses"]) if whole else NEVER), int((rises > cut).sum())


def fault_log(rig, tick, rng):
    """(faults that the host has been told of and that the log has lost,): power cut right after the answer."""
    until(rig, tick)
    rig.plant.inject(
        rng.choice(("interlock_blink", "adc_frozen", "charger_stuck_on", "coil_sensor_short", "switch_latched"))
    )
    told = 0
    while not told:
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
