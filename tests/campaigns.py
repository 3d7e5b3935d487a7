"""Campaigns: one armed emulator, many endings. `make campaign` runs thousands, the test suite a seeded sample.

Each ending happens in a fork of the emulator at a random tick of a train. A campaign gives one figure per ending and
the criterion that it must keep; the table tells how many there were and the worst of them.
"""

import argparse
import random
import sys
import time
from dataclasses import dataclass
from fractions import Fraction

from contract import faults, limits, messages
from rig import HZ, OUTPUTS, Rig, in_child, spec
from thetabox.board.emulated.faults import NAMED

SYNCHRONISER = 2  # clocks that silicon adds and the emulator does not
TRAIN = spec((3, Fraction(1, 50)), (10, Fraction(1, 5)), (2, Fraction(4)))
MS = HZ // 1000


@dataclass(frozen=True)
class Campaign:
    """`ending(rig, tick, rng)` lets it happen at `tick` and returns the figure, which may not exceed `most`."""

    criterion: str
    unit: str
    most: float
    ending: object
    device: str = "bank"


def until(rig, tick):
    """Let the train run with heartbeats until shortly before a tick."""
    rig.beat((tick - rig.chip.ticks) / HZ - 0.12)


def interlock(rig, tick, rng):
    """Clocks from the fall of SAFE_OK to the last edge of any output, all off the pads."""
    until(rig, tick)
    if rng.random() < 0.5:
        rig.chip.at(tick - 1_000, rig.chip.freeze_cpu)
        rig.chip.on_reset(rig.chip.stop)
    rig.chip.at(tick, lambda: rig.plant.interlock(False))
    rig.board.wait((tick - rig.chip.ticks) / HZ + 0.1)
    capture = rig.board.capture()
    fell = int(capture.edges("SAFE_OK")[0][-1])
    watched = [name for name in OUTPUTS if name != "CHARGE_EN" or rig.profile.drive == "bank"]
    levels = [rig.level(name) for name in watched]
    return rig.last_edge() - fell + SYNCHRONISER if set(levels) == {2} else float("inf")


def hang(rig, tick, rng):
    """Milliseconds from the processor's stop to its reset; infinite when charge or bank outlast it."""
    until(rig, tick)
    resets = []
    rig.chip.at(tick, rig.chip.freeze_cpu)
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu()))
    rig.board.wait((tick - rig.chip.ticks) / HZ + 3)
    charged = (int(rig.pulses("CHARGE_EN")[1].max()) - tick) / MS
    who = rig.link.identify()
    sound = charged <= 2 * limits.SESSION_TOKEN_MS and rig.plant.bank_v < 60 and who["fault"] == faults.WATCHDOG_RESET
    return (resets[0] - tick) / MS if sound and len(resets) == 1 else float("inf")


def power_cut(rig, tick, rng):
    """Pulses that the odometers miss after a cut of power; infinite when a trigger comes afterwards."""
    until(rig, tick)
    rig.board.wait((tick - rig.chip.ticks) / HZ)
    given = len(rig.pulses()[0])
    rig.chip.power_cycle()
    rig.board.wait(1)
    rig.link.identify()
    counted = rig.link.request(messages.ODOMETER)["pulses"]
    return given - counted if len(rig.pulses()[0]) <= given + 1 else float("inf")


def silence(rig, tick, rng):
    """Milliseconds from the last heartbeat to the last onset; infinite when the bank is still charged 2 s later."""
    until(rig, tick)
    rig.link.heartbeat()
    heard = rig.chip.ticks
    rig.board.wait(2)
    rises, _ = rig.pulses()
    return (int(rises.max(initial=heard)) - heard) / MS if rig.plant.bank_v < 60 else float("inf")


def anything_breaks(rig, tick, rng):
    """Highest voltage of the bank when one or two things break at once; infinite when an output stays on."""
    until(rig, tick)
    broken = rng.sample(sorted(set(NAMED) - BLIND), rng.choice((1, 2)))
    highest = 0.0
    for name in broken:
        rig.plant.inject(name)
    for _ in range(60):
        rig.board.wait(0.02)
        highest = max(highest, rig.plant.bank_v)
        if rig.link.heartbeat()["state"] == messages.FAULT:
            break
    rig.link.request(messages.ABORT)
    rig.board.wait(limits.BANK_DISCHARGE_S)
    off = all(rig.level(name) in (0, 2) for name in (*OUTPUTS, "DUMP_INHIBIT"))
    return highest if off else float("inf")


BLIND = {
    "overvoltage_divider_open",
    "supply_latch_stuck_on",
}  # the last barrier itself: with a second fault nothing is left
CAMPAIGNS = {
    "interlock": Campaign("outputs off the pads after the interlock", "clocks", 10, interlock),
    "interlock-ttl": Campaign("the same towards an external stimulator", "clocks", 10, interlock, "ttl"),
    "hang": Campaign("reset after the processor has stopped", "ms", limits.SESSION_WATCHDOG_ARMED_MS, hang),
    "power-cut": Campaign("pulses missing on the odometers", "pulses", 0, power_cut),
    "silence": Campaign("last onset after the last heartbeat", "ms", limits.SESSION_SILENCE_MS, silence),
    "breaks": Campaign("bank when one or two things break", "V", limits.BANK_ABSOLUTE_MAX_MV / 1000, anything_breaks),
}


def run(name, count, seed, told=lambda done: None):
    """(worst figure, endings that break the criterion as (tick, figure)) of so many endings."""
    campaign, rng = CAMPAIGNS[name], random.Random(f"{name} {seed}")
    rig = Rig(campaign.device).start(TRAIN)
    start, worst, wrong = rig.chip.ticks, float("-inf"), []
    for index in range(count):
        tick, own = start + rng.randrange(HZ // 5, HZ * 2), random.Random(rng.random())
        figure = in_child(lambda tick=tick, own=own: campaign.ending(rig, tick, own))
        worst = max(worst, figure)
        if figure > campaign.most:
            wrong.append((tick, figure))
        told(index + 1)
    return worst, wrong


def main():
    """Run all, or those that are named; print the table. Exit code 1 when a criterion is broken."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(CAMPAIGNS)}; all without any")
    parser.add_argument("--count", type=int, default=1_000, help="endings each")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print("| campaign | n | worst | criterion | broken | minutes |\n|---|---|---|---|---|---|")
    broken = False
    for name in options.names or CAMPAIGNS:
        campaign, began = CAMPAIGNS[name], time.monotonic()

        def told(done, name=name):
            if sys.stderr.isatty():
                print(f"\r{name} {done}/{options.count}", end="\r", file=sys.stderr)

        worst, wrong = run(name, options.count, options.seed, told)
        broken |= bool(wrong)
        minutes = (time.monotonic() - began) / 60
        most = f"{campaign.criterion}: at most {campaign.most:g} {campaign.unit}"
        print(f"| {name} | {options.count} | {worst:g} | {most} | {wrong[:3] or 'none'} | {minutes:.1f} |", flush=True)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
