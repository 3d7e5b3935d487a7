"""100,000 damaged frames into the reader on MicroPython, with the board's own `raw` and with the contract's."""

import pytest
from fuzzing.readers import INTERPRETER, campaign

FRAMES = 100_000


@pytest.mark.parametrize("device_raw", [True, False], ids=["viper", "plain"])
def test_micropython_reads_what_cpython_reads(device_raw):
    """Frame by frame the same, the same number refused, no crash; the intact ones all read, none that was not sent."""
    if not INTERPRETER.exists():
        pytest.fail("no MicroPython interpreter: run `make micropython`")
    tally, differences = campaign(FRAMES // 2, seed=11 + device_raw, micropython=(device_raw,))
    assert (differences, tally.lost_probes, tally.collisions) == (0, 0, 0)
    assert tally.frames == FRAMES // 2 < tally.refused * 2
