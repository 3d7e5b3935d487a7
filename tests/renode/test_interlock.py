"""The interlock on Renode: outputs off the pads within 10 system clocks, input synchronisers counted in."""

from fractions import Fraction

import pytest
from rig import HZ, OUTPUTS, Rig, spec

MS = Fraction(1, 1000)
CLOCKS = 10  # promised from pin to pad


@pytest.mark.parametrize(("device", "after_pulse_us"), [("bank", 3), ("bank", 5_000), ("ttl", 1)])
def test_interlock_opened_in_a_train(device, after_pulse_us):
    rig = Rig(device, port="renode:").start(spec((3, 20 * MS), (10, 100 * MS)))
    rig.beat(0.15)
    rises, _ = rig.pulses()
    tick = rig.compiled.onset_ticks[9] - rig.compiled.onset_ticks[0] + rises[0] + after_pulse_us * 125
    rig.chip.at(int(tick), lambda: rig.plant.interlock(False))
    rig.beat((tick - rig.chip.ticks) / HZ + 0.05)
    capture = rig.board.capture()
    fell = int(capture.edges("SAFE_OK")[0][-1])
    assert 0 <= fell - tick < HZ // 10_000
    for name in OUTPUTS if device == "bank" else OUTPUTS[:-1]:  # without a bank CHARGE_EN was never on
        ticks, levels = capture.edges(name)
        assert levels[-1] == 2 and 0 < ticks[-1] - fell <= CLOCKS, name
