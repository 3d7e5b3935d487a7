"""Triggers that came back against those that were sent, once a train has ended."""

from cases_contract import itbs
from contract import faults, protocol
from kernel.counting import Counting
from kernel.readings import Readings

EXTERNAL = protocol.EXTERNAL


def counting(**changed):
    counts = Counting()
    counts.load(itbs(**changed))
    return counts


def sure(counts, sent, fault=0, triggered=20, vetoed=0):
    readings = Readings()
    readings.triggered, readings.vetoed = triggered, vetoed
    return counts.is_sure(readings, sent, fault)


def test_what_must_have_left_has_come_back():
    counts = counting()
    assert sure(counts, 0) and sure(counts, 20) and not sure(counts, 21)
    assert sure(counts, 25, vetoed=5) and not sure(counts, 26, vetoed=5)
    assert sure(counts, 20, faults.ABORTED) and not sure(counts, 21, faults.ABORTED)


def test_behind_a_trip_the_schedule_runs_on_until_a_tick():
    # 60 ms and a pulse: 20 ms apart, 1.5 ms apart, alone
    for changed, more in (({}, 4), ({"levels": ((40, 187_500, 1),)}, 41), ({"levels": ()}, 1)):
        counts = counting(drive=EXTERNAL, width_ticks=12_500, **changed)
        for fault in (faults.INTERLOCK_OPEN, faults.OVERVOLTAGE, faults.GATE_TRIPPED):
            assert sure(counts, 20 + more, fault) and not sure(counts, 21 + more, fault)
        assert not sure(counts, 21, faults.HOST_SILENT)


def test_what_nobody_reads_back_is_never_sure():
    for changed in ({"channels": 2}, {"width_ticks": 1_250, "levels": ((2, 31_249, 1),)}):
        assert not sure(counting(drive=EXTERNAL, **changed), 0)
    assert sure(counting(drive=EXTERNAL, width_ticks=1_250, levels=((2, 31_250, 1),)), 0)
