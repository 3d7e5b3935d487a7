"""Runs the conformance image on a chip, and gathers what each case did."""

from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field

from thetabox.board.emulated.chip import Chip
from thetabox.board.renode.board import ROM_BASE, START_S, boot_rom, flash
from thetabox.board.renode.chip import Chip as RenodeChip
from thetabox.board.renode.process import Process
from thetabox.board.renode.wire import Wire
from thetabox.board.supplies import renode_platform
from thetabox.uf2 import FLASH_BASE

HZ, LONGEST_S = 125_000_000, 20
PINS, MARKER = range(2, 10), 22


@dataclass
class Seen:
    """Of one case: registers that it returned, words received, its runs; how pins and machines were set up.

    A run is a list of edges (clock since the first one, GPIO, "0", "1" or "z"); `pins` are levels and directions;
    `machines` holds CLKDIV, EXECCTRL, SHIFTCTRL and PINCTRL.
    """

    registers: list[int] = field(default_factory=list)
    received: list[int] = field(default_factory=list)
    pins: tuple[int, int] = (0, 0)
    runs: list[list[tuple[int, int, str]]] = field(default_factory=list)
    machines: dict[int, list[int]] = field(default_factory=dict)
    programs: dict[int, list[int]] = field(default_factory=dict)
    feeds: dict[int, list[int]] = field(default_factory=dict)


def observe(chip):
    """Every case by its name, on a chip from its power-on."""
    heard, edges, spans = bytearray(), [], []
    chip.on_uart(heard.append)

    def marker(tick, level):
        if level or spans:  # it is driven low before its first pulse
            spans.append(tick)

    chip.on_output(MARKER, marker)
    for gpio in PINS:
        chip.on_output(
            gpio, lambda tick, level, gpio=gpio: edges.append((tick, gpio, "z" if level is None else str(level)))
        )
    for channel in range(3):
        chip.set_analog(channel, lambda channel=channel: 100 + channel)
    chip.set_analog(3, lambda: 4095)
    while not heard.endswith(b"end\n"):
        assert chip.ticks < LONGEST_S * HZ, heard.decode(errors="replace")
        chip.run_until(chip.ticks + HZ // 100)
    return _gather(heard.decode(), edges, spans)


def _gather(text, edges, spans):
    """Edges go to the case whose run they fall into: the marker's pulses are the runs, in the order of the lines."""
    cases = defaultdict(Seen)
    for line in text.splitlines():
        kind, *rest = line.split()
        if kind == "end":
            break
        seen = cases[rest[0]]
        numbers = [int(word, 16) for word in rest[1:]]
        if kind == "saw":
            seen.registers = numbers
        elif kind == "received":
            seen.received = numbers
        elif kind == "pins":
            seen.pins = numbers[0], numbers[1]
        elif kind == "run":
            begin, end = spans.pop(0), spans.pop(0)
            run = [edge for edge in edges if begin <= edge[0] <= end]
            seen.runs.append([(tick - run[0][0], gpio, level) for tick, gpio, level in run])
        else:
            {"machine": seen.machines, "program": seen.programs, "feed": seen.feeds}[kind][numbers[0]] = numbers[1:]
    return dict(cases)


def on_emulator(image):
    """What the cases do on the emulated board's chip."""
    return observe(Chip(image))


@contextmanager
def _renode(image):
    line = Wire()
    process = Process(renode_platform(), line.port)
    try:
        line.accept(START_S, process.look)
        yield RenodeChip(line, ((ROM_BASE, boot_rom()), (FLASH_BASE, flash(image))))
    finally:
        line.close()
        process.close()


def on_renode(image):
    """What they do on Renode."""
    with _renode(image) as chip:
        return observe(chip)
