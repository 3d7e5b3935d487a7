"""The host falls silent, is unplugged, or is slow."""

from contract import limits
from rig import HZ

from .campaign import NEVER, TRAIN, Rig, ms_between, until


def unplugged():
    """A train over USB."""
    return Rig(usb=True).start(TRAIN)


def _after(rig, heard):
    """(ms from the last heartbeat to the last onset, ms from there to a bank that is safe to touch)."""
    rises, _ = rig.pulses()
    last = int(rises.max(initial=heard))
    while rig.plant.bank_v >= limits.BANK_TOUCH_SAFE_MV / 1000:
        if rig.chip.ticks > heard + 5 * HZ:
            return ms_between(heard, last), NEVER
        rig.board.wait(0.01)
    return ms_between(heard, last), ms_between(heard, rig.chip.ticks) - limits.SESSION_SILENCE_MS


def silent(rig, tick, rng):
    """As `_after`: no word from `tick` on."""
    until(rig, tick)
    rig.board.wait(max(0, tick - rig.chip.ticks) / HZ)
    heard = rig.chip.ticks
    rig.link.heartbeat()
    if rig.board.name == "emu:usb" and rng.random() < 0.5:
        rig.chip.usb_attach(False)
    rig.board.wait(0.4)
    return _after(rig, heard)


def slow(rig, tick, rng):
    """As `_after`, the worst gap counting: heartbeats come later and later, or now and then, until it is too late."""
    until(rig, tick)
    worst, heard, pause_s = 0.0, rig.chip.ticks, 0.1
    rig.link.heartbeat()
    while pause_s < 0.6:
        rig.board.wait(pause_s)
        rises, _ = rig.pulses()
        worst = max(worst, ms_between(heard, int(rises.max(initial=heard))))
        heard_now = rig.chip.ticks
        if rig.link.heartbeat()["fault"]:
            break
        heard, pause_s = heard_now, pause_s + rng.uniform(-0.05, 0.1)
        pause_s = max(0.02, pause_s)
    rig.board.wait(0.4)
    last_onset, dumped = _after(rig, heard)
    return max(worst, last_onset), dumped
