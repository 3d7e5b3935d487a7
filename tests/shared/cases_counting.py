"""Triggers that came back against those that were sent, once a train has ended."""

from cases_contract import itbs
from contract import protocol
from kernel.counting import Counting
from kernel.readings import Readings

EXTERNAL = protocol.EXTERNAL


def sure(sent, triggered=20, vetoed=0, **changed):
    counting, readings = Counting(), Readings()
    counting.load(itbs(**changed))
    readings.triggered, readings.vetoed = triggered, vetoed
    return counting.is_sure(readings, sent)


def test_what_must_have_left_has_come_back():
    assert sure(0) and sure(20) and not sure(21)
    assert sure(25, vetoed=5) and not sure(26, vetoed=5)


def test_what_nobody_reads_back_is_never_sure():
    for changed in ({"channels": 2}, {"width_ticks": 1_250, "levels": ((2, 31_249, 1),)}):
        assert not sure(0, drive=EXTERNAL, **changed)
    assert sure(0, drive=EXTERNAL, width_ticks=1_250, levels=((2, 31_250, 1),))
