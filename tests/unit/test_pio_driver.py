"""The event-driven PIO against rp2040py stepped clock by clock: every edge, and every register at the end."""

import random
from dataclasses import dataclass, field

import pytest
from rp2040py.rp2040 import RP2040
from rp2040py.utils.logging import ConsoleLogger, LogLevel
from thetabox.board.emulated.pads import Pads
from thetabox.board.emulated.pio_access import PioAccess
from thetabox.board.emulated.pio_block import Block
from thetabox.board.emulated.pio_driver import PioDriver

CTRL, TXF, RXF, IRQ, IRQ_FORCE, INSTR_MEM, SM = 0x000, 0x010, 0x020, 0x030, 0x034, 0x048, 0x0C8
CLKDIV, EXECCTRL, SHIFTCTRL, INSTR, PINCTRL, STRIDE = 0, 4, 8, 16, 20, 0x18
FUNC_PIO0, IO_BANK0 = 6, 0x40014000
MACHINES, GPIOS, REGION = 4, 16, 8  # GPIOs 0 to 7 may be driven, 8 to 15 are driven from outside
EVENTS, TICKS = 120, 3_000
Edge = tuple[int, int, int]


@dataclass
class Case:
    """A random block: what is written before the start, and what happens at which tick."""

    setup: list[tuple[int, int]] = field(default_factory=list)
    events: list[tuple[int, str, int, int]] = field(default_factory=list)


def instruction(rng: random.Random, at: int, base: int) -> int:
    kind = rng.choices(
        ("jmp", "wait", "in", "out", "push", "pull", "mov", "irq", "set"), (6, 2, 1, 3, 0.3, 0.5, 3, 2, 6)
    )[0]
    delay = rng.choice((0, 0, 0, 0, 1, 3, rng.randrange(32))) << 8
    near = base + rng.randrange(REGION)
    if kind == "jmp":
        target = at if rng.random() < 0.3 else near
        return rng.randrange(8) << 5 | target | delay
    if kind == "wait":
        source = rng.choice((0, 1, 2, 2))
        index = rng.randrange(8) | rng.choice((0, 16)) if source == 2 else rng.randrange(GPIOS)
        return 0x2000 | rng.randrange(2) << 7 | source << 5 | index | delay
    if kind == "in":
        return 0x4000 | rng.choice((0, 1, 2, 3, 6, 7)) << 5 | rng.randrange(32) | delay
    if kind == "out":
        return 0x6000 | rng.choice((0, 1, 2, 3, 4, 6)) << 5 | rng.randrange(1, 12) | delay
    if kind in ("push", "pull"):
        return 0x8000 | (kind == "pull") << 7 | rng.randrange(4) << 5 | delay
    if kind == "mov":
        return (
            0xA000
            | rng.choice((0, 1, 2, 6, 7)) << 5
            | rng.randrange(3) << 3
            | rng.choice((0, 1, 2, 3, 5, 6, 7))
            | delay
        )
    if kind == "irq":
        return 0xC000 | rng.randrange(4) << 5 | rng.randrange(8) | rng.choice((0, 16)) | delay
    return 0xE000 | rng.choice((0, 0, 0, 1, 2, 4)) << 5 | rng.choice((0, 1, 31, rng.randrange(32))) | delay


def polling(rng: random.Random, base: int) -> list[int]:
    """A loop like the charge regulator's, with something of its own in it."""
    waits = [0x2040 | rng.randrange(8) | rng.choice((0, 0, 0, 0x80)) for _ in range(rng.randrange(3))]
    if rng.random() < 0.3:
        waits.append(0x2000 | rng.randrange(2) << 7 | rng.randrange(GPIOS))
    extra = [
        0xA042,  # nop
        0xA045,  # mov y, status
        0xE000 | rng.randrange(2) << 8,  # set pins, 0
        0xE020 | rng.randrange(3),  # set x
        0xC000 | rng.choice((0, 0x20, 0x20, 0x40)) | rng.randrange(8),  # irq
    ]
    loop = [*waits, *rng.sample(extra, rng.randrange(2)), 6 << 5 | base | rng.choice((0, 0, 2)) << 8]
    return [0xE001, *loop, 0xE000]


def make(rng: random.Random) -> Case:
    case = Case()
    for machine in range(MACHINES):
        base = machine * REGION
        program = [instruction(rng, base + n, base) for n in range(REGION)]
        bottom, top = base, base + REGION - 1
        shape = rng.random()
        if shape < 0.4:
            loop = polling(rng, base)
            program[: len(loop)] = loop
            bottom, top = base + 1, base + len(loop) - 1
        elif shape < 0.6:
            program[0] = 0xE01F | rng.randrange(8) << 8
            program[3] = 0xE000 | rng.randrange(8) << 8
            program[5:] = [0xC000 | rng.randrange(8), program[6], 0xC040 | rng.randrange(8)]
        elif shape < 0.7:
            program[:5] = [0x8080, 0x6000 | rng.randrange(1, 9), 0xA0EB, rng.choice((2, 4)) << 5 | base + 3, program[4]]
        elif shape < 0.8:
            program[:4] = [0x80A0, 0xA027, rng.choice((2, 4)) << 5 | base + 2 | rng.choice((0, 1)) << 8, program[3]]
        case.setup += [(INSTR_MEM + 4 * (base + n), op) for n, op in enumerate(program)]
        block = SM + machine * STRIDE
        divider = rng.choice((1 << 16,) * 5 + (2 << 16, 3 << 16, 1 << 16 | 128 << 8, 2 << 16 | 77 << 8))
        side = rng.choice((0, 0, 0, 1, 2))
        optional = (side > 1) << 30
        shift = rng.choice((0, 0, 0, 1 << 30, 1 << 31)) | rng.randrange(4) << 16 | rng.randrange(4) << 18
        case.setup += [
            (block + CLKDIV, divider),
            (block + EXECCTRL, optional | rng.randrange(GPIOS) << 24 | top << 12 | bottom << 7 | rng.randrange(32)),
            (block + SHIFTCTRL, shift | rng.randrange(32) << 20 | rng.randrange(32) << 25),
            (
                block + PINCTRL,
                side << 29 | rng.randrange(6) << 26 | rng.randrange(6) << 20 | rng.randrange(12) << 15
                | rng.randrange(7) << 10 | rng.randrange(4) << 5 | rng.randrange(4),
            ),
            (block + INSTR, 0xE083 | machine << 2),  # set pindirs
            (block + INSTR, base),
        ]  # fmt: skip
    for _ in range(EVENTS):
        what = rng.choices(
            ("input", "put", "get", "force", "clear", "exec", "control", "divider"), (12, 5, 3, 2, 2, 1, 2, 0.5)
        )[0]
        machine = rng.randrange(MACHINES)
        value = rng.choice((rng.randrange(1 << 32), rng.randrange(300), rng.randrange(4)))
        if what == "input":
            machine, value = rng.randrange(GPIOS), rng.randrange(2)
        elif what == "exec":
            value = instruction(rng, 0, machine * REGION)
        case.events.append((rng.randrange(TICKS), what, machine, value))
    case.events += [(rng.randrange(5), "control", 0, 0xFFF)]
    case.events.sort(key=lambda event: event[0])
    return case


class Bench:
    """A chip of which only a PIO block is used."""

    def __init__(self) -> None:
        self.rp2040 = RP2040()
        self.rp2040.logger = ConsoleLogger(LogLevel.ERROR)
        self.rp2040.simulator = self
        self.edges: list[Edge] = []

    def act(self, access: PioAccess, what: str, machine: int, value: int) -> None:
        if what == "put":
            access.write_uint32(TXF + 4 * machine, value)
        elif what == "get":
            access.read_uint32(RXF + 4 * machine)
        elif what == "force":
            access.write_uint32(IRQ_FORCE, value & 0xFF)
        elif what == "clear":
            access.write_uint32(IRQ, value & 0xFF)
        elif what == "exec":
            access.write_uint32(SM + machine * STRIDE + INSTR, value)
        elif what == "divider":
            access.write_uint32(SM + machine * STRIDE + CLKDIV, (1 + value % 3) << 16 | (value >> 8) % 2 << 13)
        elif what == "control":
            access.write_uint32(CTRL, value & 0xFF0 | 0xF & ~(value >> 12 & 1) << machine)

    def registers(self) -> list[object]:
        block = self.rp2040.pio[0]
        found: list[object] = [block.irq, block.pin_values, block.pin_directions, block.backlog_drops]
        for m in block.machines:
            found += [m.enabled, m.pc, m.x, m.y, m.input_shift_reg, m.output_shift_reg, m.input_shift_count]
            found += [m.output_shift_count, m.waiting, m.tx_fifo.items, m.rx_fifo.items]
            found.append(m.next_due_fp - block.cycle_fp if m.enabled and not m.waiting else 0)
        return found


class Driven(Bench):
    """The blocks in the hands of the driver."""

    def __init__(self) -> None:
        super().__init__()
        self.began = 0
        self.driver = PioDriver(self.rp2040)
        self.access = PioAccess(self.rp2040, 0, self.driver)
        self.pads = Pads(self.rp2040, self.driver)
        for gpio in range(GPIOS):
            self.pads.listen(gpio, lambda tick, level, gpio=gpio: self.edge(tick, gpio, level))

    def edge(self, tick: int, gpio: int, level: int | None) -> None:
        self.edges.append((tick - self.began, gpio, -1 if level is None else level))

    def run(self, case: Case) -> None:
        clock = self.rp2040.clock
        self.began = int(clock.nanos) // 8
        self.access.reset()
        for gpio in range(GPIOS):
            self.rp2040.write_uint32(IO_BANK0 + 8 * gpio + 4, 31)
            self.pads.drive(gpio, 0)
        self.edges.clear()
        for offset, value in case.setup:
            self.access.write_uint32(offset, value)
        for gpio in range(GPIOS):
            self.rp2040.write_uint32(IO_BANK0 + 8 * gpio + 4, FUNC_PIO0 if gpio < 8 else 31)
        for tick, what, index, value in [*case.events, (TICKS, "end", 0, 0)]:
            clock.tick((self.began + tick) * 8 - clock.nanos)
            if what == "input":
                self.pads.drive(index, value)
            else:
                self.act(self.access, what, index, value)
        clock.tick(0)
        self.driver.sync()


class _Plain:
    """What stands in the driver's place when the blocks are stepped: nothing to bring up to date."""

    def __init__(self, rp2040: RP2040) -> None:
        self.blocks = [Block(pio) for pio in rp2040.pio]

    def sync(self) -> None:
        pass

    def touched(self, block: Block) -> None:
        pass


class Stepped(Bench):
    """The same, every clock of it."""

    def __init__(self) -> None:
        super().__init__()
        self.access = PioAccess(self.rp2040, 0, _Plain(self.rp2040))
        self.block = self.rp2040.pio[0]
        self.outside = [0] * GPIOS
        self.changed: list[int] = []
        for gpio in range(GPIOS):
            self.rp2040.gpio[gpio].add_listener(lambda new, old, gpio=gpio: self.output(gpio))
            self.rp2040.gpio[gpio].pad_value = 0x56  # inputs on, as at reset on silicon
            self.rp2040.gpio[gpio].set_input_value(False)
        self.driven: list[int] = [-1] * GPIOS

    def output(self, gpio: int) -> None:
        state = int(self.rp2040.gpio[gpio].value)
        level = state if state < 2 else -1
        if level != self.driven[gpio]:
            self.driven[gpio] = level
            self.edges.append((self.block.cycle_fp >> 8, gpio, level))
            self.changed.append(gpio)

    def settle(self) -> None:
        while self.changed:
            self.apply(self.changed.pop(0))

    def apply(self, gpio: int) -> None:
        level = self.driven[gpio] if self.driven[gpio] >= 0 else self.outside[gpio]
        pin = self.rp2040.gpio[gpio]
        if pin._effective_raw_input_value != bool(level):
            pin.set_input_value(bool(level))
            self.access._block.wake()

    def step(self, clocks: int) -> None:
        block = self.block
        while True:
            block.advance(clocks)
            self.access._block.settle_flags()
            self.settle()
            clocks = 0
            if block.next_due_fp > block.cycle_fp:
                break

    def run(self, case: Case) -> None:
        self.access.reset()
        self.block.cycle_fp = 0
        for gpio in range(GPIOS):
            self.rp2040.write_uint32(IO_BANK0 + 8 * gpio + 4, 31)
            self.outside[gpio] = 0
            self.apply(gpio)
        self.edges.clear()
        self.changed.clear()
        for offset, value in case.setup:
            self.access.write_uint32(offset, value)
        for gpio in range(GPIOS):
            self.rp2040.write_uint32(IO_BANK0 + 8 * gpio + 4, FUNC_PIO0 if gpio < 8 else 31)
        now = 0
        self.settle()
        for tick, what, index, value in [*case.events, (TICKS, "end", 0, 0)]:
            while now < tick:
                now += 1
                self.step(1)
            if what == "input":
                self.outside[index] = value
                self.apply(index)
            else:
                self.act(self.access, what, index, value)
                self.settle()
            self.step(0)


@pytest.mark.parametrize("group", range(8))
def test_driver_equals_stepping(group: int) -> None:
    driven, stepped = Driven(), Stepped()
    edges = steps = 0
    for seed in range(40 * group, 40 * group + 40):
        case = make(random.Random(seed))
        before = driven.driver.steps
        driven.run(case)
        stepped.run(case)
        assert sorted(driven.edges) == sorted(stepped.edges), seed  # on one tick the pads' order means nothing
        assert driven.registers() == stepped.registers(), seed
        edges += len(driven.edges)
        steps += driven.driver.steps - before
    assert edges > 1_000
    assert steps < 40 * TICKS // 2  # the rest was skipped
