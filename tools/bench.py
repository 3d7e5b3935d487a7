"""Measure: speed of the emulated board and where its time goes, boot, judging. Prints figures, fails on nothing."""

from __future__ import annotations

import argparse
import cProfile
import os
import platform
import pstats
import resource
import tempfile
import time
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np
from contract import messages, protocol
from thetabox.board import Board, BoardError, open_board
from thetabox.board.emulated.board import EmulatedBoard
from thetabox.board.link import Link
from thetabox.capture import Capture
from thetabox.evidence import vcd
from thetabox.evidence.judge import judge
from thetabox.evidence.record import build
from thetabox.evidence.segments import whole
from thetabox.protocol import Compiled, compile_protocol, load, profile

ROOMS = {
    "plant and analyser": ("plant", "bank", "analyser", "comparators", "circuit", "sensors", "safety", "switch")
    + ("power", "relaxation", "timeline", "contact", "parameters", "faults"),
    "PIO": ("pio_", "_pio", "state_machine"),
    "other peripherals": ("peripherals", "uart", "dma", "adc", "pads", "pwm", "timer", "mends", "sio", "ssi"),
    "host": ("link", "frame", "cobs", "messages", "collect"),
}  # fmt: skip


def row(name: str, value: str) -> None:
    """One figure."""
    print(f"{name:<44}{value}")


def measured(name: str, action: Callable[[], object]) -> None:
    """Wall time of an action, and the memory that it takes at the most (in a second run: tracing slows it)."""
    began = time.perf_counter()
    action()
    seconds = time.perf_counter() - began
    tracemalloc.start()
    action()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    row(name, f"{seconds:.2f} s, {peak / 2**20:.0f} MiB at the most")


def boot() -> None:
    """Wall time from nothing to the first answer of the firmware."""
    began = time.perf_counter()
    Link(EmulatedBoard()).identify()
    row("boot to first reply", f"{time.perf_counter() - began:.2f} s of wall time")


def begin(board: Board, compiled: Compiled) -> Link:
    """Bring a train to its first tick."""
    link = Link(board)
    link.identify()
    while link.status()["state"] != messages.IDLE:
        board.wait(0.05)
    link.upload(compiled.image)
    link.request(messages.CHARGE)
    while link.heartbeat()["state"] in (messages.PROVING, messages.CHARGING):
        board.wait(0.05)
    link.request(messages.FIRE, nonce=link.request(messages.ARM, image_crc=compiled.image_crc)["nonce"])
    return link


def armed(compiled: Compiled) -> tuple[EmulatedBoard, Link]:
    """A board whose train has begun."""
    board = EmulatedBoard()
    return board, begin(board, compiled)


def train(board: Board, link: Link, seconds: float) -> None:
    """Let a train run at the heartbeat's pace."""
    end = board.now_s() + seconds
    while board.now_s() < end and link.heartbeat()["state"] == messages.RUNNING:
        board.wait(0.1)


def speed(compiled: Compiled) -> None:
    """A whole iTBS600, timed without a profiler."""
    board, link = armed(compiled)
    chip = board.chip
    cycles, steps, at = chip.rp2040.core.cycles, chip.driver.steps, board.now_s()
    began = time.perf_counter()
    train(board, link, compiled.duration_s + 1)
    wall, ran = time.perf_counter() - began, board.now_s() - at
    row("emulated iTBS600", f"{ran:.2f} s of board time in {wall:.2f} s: {ran / wall:.1f} times real time")
    row("  processor", f"{(chip.rp2040.core.cycles - cycles) / ran / 1e6:.2f} M cycles a board second")
    row("  PIO", f"{(chip.driver.steps - steps) / ran:.0f} steps a board second, {chip.driver.backlog_drops} dropped")


def renode(compiled: Compiled) -> None:
    """The same iTBS600 on Renode, where that is installed."""
    try:
        board = open_board("renode:")
    except BoardError as error:
        row("iTBS600 on Renode", f"not measured: {error}")
        return
    with closing(board):
        link, at = begin(board, compiled), board.now_s()
        began = time.perf_counter()
        train(board, link, compiled.duration_s + 1)
        wall, ran = time.perf_counter() - began, board.now_s() - at
    row("iTBS600 on Renode", f"{ran:.2f} s of board time in {wall:.2f} s: {ran / wall:.1f} times real time")


def shares(compiled: Compiled) -> None:
    """Where the time goes, by a profiler over 20 s of the train; the processor is what the run loop keeps."""
    board, link = armed(compiled)
    profiler = cProfile.Profile()
    profiler.runcall(train, board, link, 20.0)
    total, spent = 0.0, dict.fromkeys(ROOMS, 0.0)
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profiler).stats.items():  # type: ignore[attr-defined]  # not in typeshed
        total += own
        where = Path(file).stem + "/" + name if "emulated" in file or "thetabox" in file else file + name
        room = next((r for r, marks in ROOMS.items() if any(mark in where for mark in marks)), None)
        if room and name != "run_until":
            spent[room] += own
    for room, seconds in spent.items():
        row(f"  share of {room}", f"{100 * seconds / total:.0f} %")
    row("  share of the processor and the rest", f"{100 * (total - sum(spent.values())) / total:.0f} %")


def judging(edges: int = 1_000_000) -> None:
    """Judging a million edges from a capture and from VCD."""
    pulses = edges // 2
    onset = np.arange(pulses, dtype=np.int64) * 250_000
    tick = np.sort(np.concatenate([onset, onset + 12_500]))
    level = (np.arange(edges) % 2 == 0).astype(np.uint8)
    capture = Capture(("TRIG_A",), tick, np.zeros(edges, np.uint8), level)
    indices = np.arange(pulses)[:, None]

    def once(made: Capture) -> None:
        rises, falls = made.pulses("TRIG_A")
        judge(build(onset, indices, rises, falls, fired=None, bank_v=None, segments=whole()), 12_500)

    measured(f"judge {edges:,} edges from a capture", lambda: once(capture))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "c.vcd"
        vcd.write(capture, path)
        measured(f"judge {edges:,} edges from VCD", lambda: once(vcd.read(path)))


def upload() -> None:
    """The largest schedule: 20,000 irregular onsets."""
    rng = np.random.default_rng(1)
    gaps = tuple(int(gap) for gap in rng.integers(150_000, 1_000_000, 20_000))
    image = protocol.encode(protocol.Protocol(protocol.EXTERNAL, 0, 1, 0, 12_500, 0, (), gaps))
    board = EmulatedBoard(bank_wired=False)
    link = Link(board)
    link.identify()
    while link.status()["state"] != messages.IDLE:
        board.wait(0.05)
    at, began = board.now_s(), time.perf_counter()
    made = link.upload(image)
    row("upload of 20,000 irregular onsets", f"{board.now_s() - at:.1f} s of board time, "
        f"{time.perf_counter() - began:.1f} s of wall time, {made['words']} words")  # fmt: skip


def main() -> None:
    """Run all."""
    argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0]).parse_args()
    row("measured on", f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    compiled = compile_protocol(load("iTBS600"), profile("bank"))
    boot()
    speed(compiled)
    renode(compiled)
    shares(compiled)
    judging()
    upload()
    row("memory at the most", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")


if __name__ == "__main__":
    main()
