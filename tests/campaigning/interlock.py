"""The interlock opens, and bounces; an over-voltage, which takes the same way."""

import math

from contract import limits, messages
from rig import OUTPUTS
from thetabox.board.link import BoardRefused

from .campaign import NEVER, SYNCHRONISER, ms_between, pass_by, until

BOUNCE_S = (20e-6, 10e-3)


def freeze(rig, tick):
    """From `tick` on the processor does nothing; what happens at its reset is not looked at."""
    rig.chip.at(tick, rig.chip.freeze_cpu)
    rig.chip.on_reset(rig.chip.stop)


def off_pads(rig, fell):
    """Clocks from the fall of SAFE_OK to the last edge of any output; NEVER when one is still on a pad."""
    watched = [name for name in OUTPUTS if name != "CHARGE_EN" or rig.profile.drive == "bank"]
    all_off = {rig.level(name) for name in watched} == {2}
    return rig.last_edge() - fell + SYNCHRONISER if all_off else NEVER


def opens(rig, tick, rng):
    """(clocks until all outputs are off the pads,), the processor running, or frozen until it is reset."""
    until(rig, tick)
    frozen = rng.random() < 0.5
    if frozen:
        freeze(rig, tick - 1_000)
    rig.chip.at(tick, lambda: rig.plant.interlock(False))
    pass_by(rig, tick, 0.1 if frozen else 1)
    return (off_pads(rig, int(rig.board.capture().edges("SAFE_OK")[0][-1])),)


def _bounce(rig, tick, rng):
    """Open and close from `tick` on, each for a random time; returns the tick of the last closing."""
    for index in range(2 * rng.randint(1, 6)):
        rig.chip.at(tick, lambda closed=bool(index % 2): rig.plant.interlock(closed))
        low, high = (math.log(seconds) for seconds in BOUNCE_S)
        closed_at, tick = tick, tick + round(math.exp(rng.uniform(low, high)) * limits.CLOCK_SYS_HZ)
    return closed_at


def _on_again(rig):
    """Clear the fault and try to go on with all that is at hand; the tick at which the board did, or None."""
    link = rig.link
    link.request(messages.CLEAR, fault=link.status()["fault"])
    end = rig.board.now_s() + 3
    while rig.board.now_s() < end:
        try:
            link.request(messages.FIRE, nonce=rig.nonce)
            return None  # without a fresh ARM
        except BoardRefused:
            pass
        try:
            if rig.profile.drive == "bank":
                link.request(messages.CHARGE)
            else:
                link.request(messages.ARM, image_crc=rig.compiled.image_crc)
            return rig.chip.ticks
        except BoardRefused:
            rig.board.wait(0.01)
    return None


def bounces(rig, tick, rng):
    """(pulses after the first opening, ms from the last closing until a fresh command is taken)."""
    until(rig, tick)
    closed_at = _bounce(rig, tick, rng)
    pass_by(rig, closed_at, 0.15)
    opened = int(rig.board.capture().edges("SAFE_OK")[0][rig.board.capture().edges("SAFE_OK")[0] >= tick][0])
    latched = rig.link.status()["state"] == messages.FAULT and rig.level("TRIG_A") == 2
    taken = _on_again(rig)
    rises, _ = rig.pulses()
    pause_ms = 0 if taken is None else ms_between(closed_at, taken)
    return (int((rises > opened).sum()) if latched else NEVER), pause_ms
