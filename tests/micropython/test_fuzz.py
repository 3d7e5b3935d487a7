"""Damaged frames on MicroPython: 100,000 into the reader, with the board's own `raw` and with the contract's, and some
into the controller and the kernel behind it.
"""

import pytest
from contract.messages import ARMED, CHARGING, DONE, FAULT, PAUSED, PROVING, READY, RUNNING, SAFE, WAITING
from fuzzing import kernels
from fuzzing.readers import INTERPRETER, campaign

FRAMES = 100_000
KERNEL_FRAMES = 8_000  # on each interpreter


@pytest.fixture(autouse=True)
def interpreter():
    if not INTERPRETER.exists():
        pytest.fail("no MicroPython interpreter: run `make micropython`")


@pytest.mark.parametrize("device_raw", [True, False], ids=["viper", "plain"])
def test_micropython_reads_what_cpython_reads(device_raw):
    """Frame by frame the same, the same number refused, no crash; the intact ones all read, none that was not sent."""
    tally, differences = campaign(FRAMES // 2, seed=11 + device_raw, micropython=(device_raw,))
    assert (differences, tally.lost_probes, tally.collisions) == (0, 0, 0)
    assert tally.frames == FRAMES // 2 < tally.refused * 2


def test_what_is_let_through_changes_nothing_unasked():
    """On CPython and on MicroPython, with the firmware's controller and kernel: no exception, no transition that nobody
    has asked for, no train but by FIRE, once a nonce; and both do the same, byte by byte.
    """
    verdicts, differences = kernels.boards(KERNEL_FRAMES, seed=4)
    assert differences == 0
    for verdict in verdicts.values():
        assert (verdict.unwanted, verdict.wrong_starts, verdict.collisions, verdict.lost_probes) == ([], 0, 0, 0)
        assert KERNEL_FRAMES <= verdict.damaged < verdict.read and verdict.starts > KERNEL_FRAMES // 100
        assert verdict.boots > 1 and verdict.carried_out > KERNEL_FRAMES // 2
        seen = {(edge[1], edge[2]) for edge in verdict.edges}
        assert {(ARMED, RUNNING), (ARMED, WAITING), (ARMED, SAFE), (ARMED, FAULT), (RUNNING, FAULT)} <= seen
        assert {(PROVING, CHARGING), (CHARGING, READY), (READY, ARMED)} <= seen
        assert {(RUNNING, DONE), (RUNNING, PAUSED), (PAUSED, ARMED), (WAITING, RUNNING)} <= seen
