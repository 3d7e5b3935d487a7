"""What the emulator knows of an instruction without stepping it."""

import pytest
from rp2040py.rp2040 import RP2040
from thetabox.board.emulated.pio_idle import delay_of

SIDE_OPTIONAL = 1 << 30
JMP_3 = 3 << 8  # jmp 0 [3]


@pytest.mark.parametrize(("side", "delay"), [(0, 3), (2, 3), (4, 1), (5, 0), (6, -1), (7, -1)])
def test_the_delay_beside_a_side_set_count_that_a_register_can_hold(side, delay):
    machine = RP2040().pio[0].machines[0]
    machine.exec_ctrl |= SIDE_OPTIONAL
    machine.pin_ctrl = machine.pin_ctrl & 0x1FFFFFFF | side << 29
    assert delay_of(machine, JMP_3) == delay
