"""The analyser's record and the capture that it gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from contract import pins
from plant_bench import US, Bench, FakeChip
from thetabox.board.emulated.analyser import RESET, Analyser
from thetabox.board.emulated.plant import Plant
from thetabox.capture import HIGH, HIGH_Z, LOW, Capture


def test_a_capture_holds_both_sides_of_the_board() -> None:
    chip = FakeChip()
    analyser = Analyser(chip)
    plant = Plant(chip, analyser.record)
    chip.output(pins.DUMP_INHIBIT, 1)
    plant.precharge(216)
    onset = chip.ticks
    chip.pulse(pins.TRIG_A, 100e-6)
    chip.run(1e-3)
    assert analyser.pulses("TRIG_A") == [(onset, onset + 100 * US)]
    assert analyser.pulses("TRIG_SENSE") == [(onset, onset + 100 * US)]
    assert analyser.pulses("FIRED") == [(onset + 2 * US, onset + 282 * US)]
    assert analyser.edges("SAFE_OK")[1].tolist() == [HIGH]


def test_high_impedance_is_kept_and_ends_a_pulse() -> None:
    chip = FakeChip()
    analyser = Analyser(chip)
    for tick, level in ((10, 0), (20, 1), (30, None), (40, 1), (50, 0), (60, None), (70, 1)):
        chip.ticks = tick
        chip.output(pins.TRIG_A, level)
    ticks, levels = analyser.edges("TRIG_A")
    assert ticks.tolist() == [10, 20, 30, 40, 50, 60, 70]
    assert levels.tolist() == [LOW, HIGH, HIGH_Z, HIGH, LOW, HIGH_Z, HIGH]
    assert analyser.pulses("TRIG_A") == [(20, 30), (40, 50)]  # the last one has not ended


def test_no_change_is_no_edge_and_unknown_lines_are_not_watched() -> None:
    analyser = Analyser(FakeChip(), (pins.FIRED,))
    for tick, level in ((1, 0), (2, 0), (3, 1), (4, 1), (5, 0)):
        analyser.record(pins.FIRED, tick, level)
        analyser.record(pins.SAFE_OK, tick, level)
    assert len(analyser) == 3
    assert analyser.pulses("FIRED") == [(3, 5)]
    assert analyser.pulses("SAFE_OK") == []


def test_resets_are_marked() -> None:
    bench_chip = FakeChip()
    analyser = Analyser(bench_chip)
    bench_chip.output(pins.CHARGE_EN, 1)
    bench_chip.run(1e-6)
    bench_chip.reset()
    bench_chip.run(1e-6)
    bench_chip.reset()
    assert analyser.pulses(RESET) == [(125, 125), (250, 250)]
    assert analyser.pulses("CHARGE_EN") == [(0, 125)]


def test_clear_forgets_edges_but_not_levels() -> None:
    chip = FakeChip()
    analyser = Analyser(chip)
    chip.output(pins.MARKER, 1)
    analyser.clear()
    chip.output(pins.MARKER, 1)
    assert len(analyser) == 0


def test_edges_that_are_told_late_are_put_in_times_order() -> None:
    analyser = Analyser(FakeChip(), (pins.FIRED, pins.SAFE_OK))
    analyser.record(pins.SAFE_OK, 100, 1)
    analyser.record(pins.FIRED, 90, 1)
    assert analyser.capture().tick.tolist() == [90, 100]


def test_edges_of_one_tick_keep_their_order() -> None:
    analyser = Analyser(FakeChip(), (pins.FIRED, pins.SAFE_OK))
    levels = [index & 1 for index in range(400)]
    for level in levels:
        analyser.record(pins.FIRED, 100, level)
    analyser.record(pins.SAFE_OK, 90, 1)
    assert analyser.edges("FIRED")[1].tolist() == levels


def test_a_million_edges(tmp_path: Path) -> None:
    analyser = Analyser(FakeChip(), (pins.TRIG_A, pins.FIRED))
    for index in range(500_000):
        analyser.record(pins.TRIG_A, 10 * index, index & 1)
        analyser.record(pins.FIRED, 10 * index + 3, index & 1)
    capture = analyser.capture()
    assert len(capture) == 1_000_000
    rises, falls = capture.pulses("FIRED")
    assert len(rises) == len(falls) == 249_999  # the last is still high
    assert set((falls - rises).tolist()) == {10}
    capture.save(tmp_path / "capture.npz")
    again = Capture.load(tmp_path / "capture.npz")
    assert (again.names, again.sys_hz) == (capture.names, 125_000_000)
    for name in ("tick", "pin", "level"):
        ours, theirs = getattr(capture, name), getattr(again, name)
        assert ours.dtype == theirs.dtype
        assert np.array_equal(ours, theirs)
    assert capture.tick.dtype == np.int64
    assert capture.pin.dtype == capture.level.dtype == np.uint8


def test_the_plants_record_is_in_times_order() -> None:
    bench = Bench()
    bench.ready(216)
    for _ in range(3):
        bench.chip.pulse(pins.TRIG_A, 100e-6)
        bench.chip.run(20e-3)
    ticks = [tick for _, tick, _ in bench.record]
    assert ticks == sorted(ticks)
