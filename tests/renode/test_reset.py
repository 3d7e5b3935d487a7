"""Resets on Renode: the flash is kept, and what it holds is read again by the chip's own boot path."""

from fractions import Fraction

from contract import messages
from rig import Rig, spec

MS = Fraction(1, 1000)


def test_flash_is_kept_over_a_cut_of_power_and_a_reset_by_the_watchdog():
    rig = Rig("ttl", port="renode:").start(spec((3, 20 * MS), (4, 100 * MS)))
    rig.finish()
    given = len(rig.pulses()[0])
    rig.board.wait(0.5)
    first, flash = rig.link.identify(), rig.chip.flash

    rig.chip.power_cycle()
    rig.idle()
    second = rig.link.identify()
    assert (second["boot_count"], second["reset_cause"]) == (first["boot_count"] + 1, "power")
    assert second["image_hash"] == first["image_hash"]
    assert rig.link.request(messages.ODOMETER)["pulses"] >= given == 12
    assert rig.chip.flash[: 1 << 20] == flash[: 1 << 20] and rig.chip.flash != flash

    rig.upload(spec((3, 20 * MS), (40, 100 * MS))).arm().fire()
    rig.chip.freeze_cpu()
    resets = []
    rig.chip.on_reset(lambda: (resets.append(rig.chip.ticks), rig.chip.thaw_cpu(), rig.chip.stop()))
    rig.board.wait(1)
    third = rig.link.identify()
    assert len(resets) == 1
    assert (third["boot_count"], third["reset_cause"]) == (second["boot_count"] + 1, "watchdog")
    assert rig.level("TRIG_A") == 2
