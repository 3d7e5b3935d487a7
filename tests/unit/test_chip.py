"""The emulated chip's surface, its registers driven from the test: the processor sleeps in a two-instruction image."""

import os
import struct
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from thetabox.board.emulated.chip import Chip, ResetCause

FLASH, SRAM = 0x10000000, 0x20000000
PIO0, CTRL, FLEVEL, TXF, RXF, INSTR_MEM, SM = 0x50200000, 0x000, 0x00C, 0x010, 0x020, 0x048, 0x0C8
IO_BANK0, PADS, SIO, DMA, ADC, UART0, PWM = (
    0x40014000,
    0x4001C000,
    0xD0000000,
    0x50000000,
    0x4004C000,
    0x40034000,
    0x40050000,
)
TIMER, WATCHDOG, PSM = 0x40054000, 0x40058000, 0x40010000
FUNC_PWM, FUNC_SIO, FUNC_PIO0 = 4, 5, 6
US = 125
REAL_IMAGE = Path(__file__).resolve().parents[2] / "build" / "firmware" / "thetabox.uf2"


def uf2(code: bytes) -> bytes:
    header = struct.pack("<8I", 0x0A324655, 0x9E5D5157, 0x2000, FLASH, 256, 0, 1, 0xE48BFF56)
    return header + code.ljust(476, b"\0") + struct.pack("<I", 0x0AB16F30)


@pytest.fixture
def chip(tmp_path: Path) -> Chip:
    image = tmp_path / "sleep.uf2"
    image.write_bytes(uf2(struct.pack("<2H", 0xBF30, 0xE7FD)))  # wfi; b -2
    return Chip(image)


def poke(chip: Chip, address: int, value: int) -> None:
    chip.rp2040.write_uint32(address, value)


def peek(chip: Chip, address: int) -> int:
    return int(chip.rp2040.read_uint32(address))


def program(chip: Chip, machine: int, code: list[int], pins: int = 0, execctrl: int = 0, shiftctrl: int = 0) -> None:
    """Load at 8 * machine; wraps over all of it."""
    base = PIO0 + SM + 0x18 * machine
    start = 8 * machine
    for index, op in enumerate(code):
        poke(chip, PIO0 + INSTR_MEM + 4 * (start + index), op | (start if op >> 13 == 0 else 0))
    poke(chip, base + 4, execctrl | start + len(code) - 1 << 12 | start << 7)
    poke(chip, base + 8, shiftctrl)
    poke(chip, base + 20, pins)
    poke(chip, base + 16, start)


def enable(chip: Chip, machines: int) -> None:
    poke(chip, PIO0 + CTRL, machines)


def edges(chip: Chip, gpio: int) -> list[tuple[int, int | None]]:
    found: list[tuple[int, int | None]] = []
    chip.on_output(gpio, lambda tick, level: found.append((tick, level)))
    return found


def test_time_and_alarms(chip: Chip) -> None:
    fired: list[int] = []
    chip.at(1_000, lambda: fired.append(chip.ticks))
    chip.at(2_000, lambda: fired.append(chip.ticks)).cancel()
    chip.at(3_000, chip.stop)
    chip.run_until(10_000)
    assert (fired, chip.ticks) == ([1_000], 3_000)
    chip.run_until(125_000_000)
    assert chip.ticks == 125_000_000
    assert chip.counters.cpu_cycles < 50  # it sleeps


def test_an_edge_has_the_clock_of_its_machine(chip: Chip) -> None:
    poke(chip, IO_BANK0 + 8 * 2 + 4, FUNC_PIO0)
    found = edges(chip, 2)
    program(chip, 0, [0xE081, 0xE001 | 9 << 8, 0xE000 | 4 << 8], pins=1 << 26 | 2 << 5)  # pindirs 1; high 10; low 5
    chip.at(1_001, lambda: enable(chip, 1))
    chip.run_until(1_040)
    assert found == [(1_001, 0), (1_002, 1), (1_012, 0), (1_018, 1), (1_028, 0), (1_034, 1)]


def test_a_polling_machine_costs_nothing_and_keeps_its_phase(chip: Chip) -> None:
    poke(chip, IO_BANK0 + 8 * 6 + 4, FUNC_PIO0)
    found = edges(chip, 6)
    chip.set_input(9, 0)
    code = [0xE001, 0x2045, 0x2044, 0x00C0, 0xE000]  # the charge regulator
    program(chip, 0, code, pins=1 << 26 | 6 << 5, execctrl=9 << 24)
    poke(chip, PIO0 + SM + 4, 9 << 24 | 4 << 12 | 1 << 7)
    poke(chip, PIO0 + SM + 16, 0xE081)  # set pindirs
    enable(chip, 1)
    chip.run_until(125_000_000)
    steps = chip.counters.pio_steps
    assert steps < 20
    chip.at(200_000_003, lambda: chip.set_input(9, 1))
    chip.run_until(200_000_100)
    rising = found[-1]
    assert rising[1] == 1
    # from tick 0: high, three polls, low; then four instructions a turn, the jump third
    assert (rising[0] - 1 - 3) % 4 == 0 and 0 < rising[0] - 200_000_003 <= 5
    assert chip.counters.pio_steps < steps + 20


def test_a_pad_reads_what_it_drives_and_rests_where_the_board_holds_it(chip: Chip) -> None:
    chip.set_rest_level(3, 1)
    assert peek(chip, SIO + 4) >> 3 & 1
    poke(chip, IO_BANK0 + 8 * 3 + 4, FUNC_SIO)
    found = edges(chip, 3)
    poke(chip, SIO + 0x24, 1 << 3)
    assert not peek(chip, SIO + 4) >> 3 & 1
    poke(chip, IO_BANK0 + 8 * 3 + 4, FUNC_SIO | 2 << 12)  # OEOVER: disabled
    assert peek(chip, SIO + 4) >> 3 & 1
    poke(chip, IO_BANK0 + 8 * 3 + 4, FUNC_SIO | 3 << 8)  # OUTOVER: high
    assert [level for _, level in found] == [0, None, 1]
    assert chip.output(3) == chip.level(3) == 1


def test_inputs_interrupt_on_edges_alone(chip: Chip) -> None:
    poke(chip, IO_BANK0 + 0x100 + 4, 0xC << 4)  # INTE of GPIO 9: both edges
    poke(chip, IO_BANK0 + 0xF0 + 4, 0xC << 4)
    chip.set_input(9, 0)
    assert not peek(chip, IO_BANK0 + 0x120 + 4)
    chip.set_input(9, 1)
    assert peek(chip, IO_BANK0 + 0x120 + 4) == 8 << 4
    poke(chip, IO_BANK0 + 0xF0 + 4, 0xC << 4)
    chip.set_input(9, 1)
    assert not peek(chip, IO_BANK0 + 0x120 + 4)


def test_adc_converts_once_in_2_us_and_robins_round(chip: Chip) -> None:
    at: list[tuple[int, int]] = []

    def reader(channel: int) -> Callable[[], int]:
        def read() -> int:
            at.append((chip.ticks, channel))
            return 100 + channel

        return read

    for channel in range(3):
        chip.set_analog(channel, reader(channel))
    poke(chip, ADC + 8, 1 | 1 << 3 | 1 << 24)
    poke(chip, ADC, 1 | 1 << 2 | 1 << 12)
    assert not peek(chip, ADC) & 1 << 8
    chip.run_until(2 * US + 10)
    assert at == [(250, 1)] and peek(chip, ADC) & 1 << 8 and peek(chip, ADC + 4) == 101
    poke(chip, ADC + 0x2000, 0)  # any later write does not convert again
    chip.run_until(1_000)
    assert len(at) == 1
    at.clear()
    poke(chip, ADC, 1 | 1 << 3 | 0b101 << 16)
    chip.run_until(1_000 + 4 * 250 + 10)
    assert [channel for _, channel in at] == [0, 2, 0, 2]


def test_dma_moves_one_word_a_request_from_adc_to_a_ring(chip: Chip) -> None:
    samples = iter(range(1_000))
    chip.set_analog(0, lambda: next(samples))
    poke(chip, ADC + 8, 1 | 1 << 3 | 1 << 24)
    poke(chip, DMA + 0, ADC + 12)
    poke(chip, DMA + 4, SRAM + 0x100)
    poke(chip, DMA + 8, 1_000)
    poke(chip, DMA + 12, 1 | 1 << 2 | 1 << 5 | 3 << 6 | 1 << 10 | 36 << 15)  # 16 bits, ring of 8 bytes on writes
    poke(chip, ADC, 1 | 1 << 3)
    chip.run_until(5 * 250 + 10)
    assert peek(chip, DMA + 4) == SRAM + 0x102
    assert [chip.rp2040.read_uint16(SRAM + 0x100 + 2 * n) for n in range(4)] == [4, 1, 2, 3]
    poke(chip, DMA + 0x444, 1)
    assert peek(chip, DMA + 0x444) == 0 and not peek(chip, DMA + 12) & 1 << 24


def test_dma_fills_a_fifo_and_does_not_outrun_it(chip: Chip) -> None:
    for n in range(20):
        poke(chip, SRAM + 4 * n, n)
    program(chip, 2, [0x80A0, 0x6020, 0x0042], shiftctrl=1 << 30)  # pull; out x, 32; jmp x-- to itself; TX joined
    poke(chip, DMA + 0, SRAM)
    poke(chip, DMA + 4, PIO0 + TXF + 8)
    poke(chip, DMA + 8, 20)
    poke(chip, DMA + 12, 1 | 2 << 2 | 1 << 4 | 2 << 15)
    chip.run_until(100)
    assert peek(chip, PIO0 + FLEVEL) >> 16 & 0xF == 8
    assert peek(chip, DMA + 8) == 12
    chip.at(200, lambda: enable(chip, 4))
    chip.run_until(1_000)
    assert not peek(chip, DMA + 12) & 1 << 24
    assert chip.counters.pio_backlog_drops == 0
    assert not peek(chip, PIO0 + 8) >> 16 & 0xF  # FDEBUG: no overflow


def test_dma_chains(chip: Chip) -> None:
    poke(chip, SRAM, 7)
    poke(chip, DMA + 0x40, SRAM)
    poke(chip, DMA + 0x44, SRAM + 8)
    poke(chip, DMA + 0x48, 1)
    poke(chip, DMA + 0x50, 1 | 2 << 2 | 1 << 11 | 0x3F << 15)  # not triggered, chains to itself: ends
    poke(chip, DMA + 0x00, SRAM)
    poke(chip, DMA + 0x04, SRAM + 4)
    poke(chip, DMA + 0x08, 1)
    poke(chip, DMA + 0x0C, 1 | 2 << 2 | 1 << 11 | 0x3F << 15)
    chip.run_until(10)
    assert (peek(chip, SRAM + 4), peek(chip, SRAM + 8)) == (7, 7)


def test_a_joined_fifo_and_a_change_that_empties_it(chip: Chip) -> None:
    base = PIO0 + SM
    for depth, join in ((8, 1 << 30), (0, 1 << 31), (4, 0)):
        poke(chip, base + 8, join)
        for word in range(10):
            poke(chip, PIO0 + TXF, word)
        assert peek(chip, PIO0 + FLEVEL) & 0xF == depth


def test_exec_breaks_a_stall_and_works_on_a_machine_that_stands(chip: Chip) -> None:
    program(chip, 0, [0x80A0, 0xE021, 0xE022])  # pull block; set x, 1; set x, 2
    enable(chip, 1)
    chip.run_until(50)
    machine = chip.rp2040.pio[0].machines[0]
    assert machine.waiting
    poke(chip, PIO0 + SM + 16, 2)  # jmp 2
    chip.run_until(51)
    assert machine.x == 2
    enable(chip, 0)
    poke(chip, PIO0 + TXF, 5)  # a machine that stands takes no word
    assert peek(chip, PIO0 + FLEVEL) & 0xF == 1
    poke(chip, PIO0 + SM + 16, 0xE03F)  # set x, 31
    assert machine.x == 31


def test_uart_takes_its_time_and_times_out(chip: Chip) -> None:
    poke(chip, UART0 + 0x24, 16)  # 125 MHz / 16 / 16.953125 = 460829 baud
    poke(chip, UART0 + 0x28, 61)
    poke(chip, UART0 + 0x2C, 0x70)
    poke(chip, UART0 + 0x30, 0x301)
    sent: list[tuple[int, int]] = []
    chip.on_uart(lambda byte: sent.append((chip.ticks, byte)))
    byte_ticks = 10 * (16 * 64 + 61) // 4
    for byte in b"abc":
        poke(chip, UART0, byte)
    assert peek(chip, UART0 + 0x18) & 1 << 3
    chip.uart_feed(bytes(range(5)))
    chip.run_until(4 * byte_ticks)
    assert sent == [((n + 1) * byte_ticks, byte) for n, byte in enumerate(b"abc")]
    assert peek(chip, UART0 + 0x3C) & 1 << 4 == 0  # below the level
    chip.run_until(5 * byte_ticks + 31 * byte_ticks // 10)
    assert not peek(chip, UART0 + 0x3C) & 1 << 6
    chip.run_until(5 * byte_ticks + 33 * byte_ticks // 10)
    assert peek(chip, UART0 + 0x3C) & 1 << 6
    assert [peek(chip, UART0) for _ in range(5)] == [0, 1, 2, 3, 4]
    assert not peek(chip, UART0 + 0x3C) & 1 << 6


def test_uart_asks_for_more_when_it_runs_low(chip: Chip) -> None:
    for offset, value in ((0x24, 1), (0x2C, 0x70), (0x34, 0), (0x38, 1 << 5), (0x30, 0x301)):
        poke(chip, UART0 + offset, value)
    for byte in range(6):
        poke(chip, UART0, byte)
    assert not peek(chip, UART0 + 0x3C) & 1 << 5
    chip.run_until(161)  # the second byte has gone into the shifter: four wait
    assert peek(chip, UART0 + 0x3C) & 1 << 5
    poke(chip, UART0 + 0x44, 1 << 5)
    chip.run_until(10_000)
    assert not peek(chip, UART0 + 0x3C) & 1 << 5


def test_a_timer_alarm_comes_at_its_microsecond(chip: Chip) -> None:
    poke(chip, TIMER + 0x38, 1)
    chip.run_until(10 * US + 77)
    poke(chip, TIMER + 0x10, 15)
    chip.run_until(15 * US - 1)
    assert not peek(chip, TIMER + 0x34)
    chip.run_until(15 * US)
    assert peek(chip, TIMER + 0x34) == 1 and peek(chip, TIMER + 0x28) == 15


def test_pwm_duty_and_counter(chip: Chip) -> None:
    told: list[float] = []
    chip.on_pwm = lambda: told.append(chip.pwm_duty(15))
    poke(chip, IO_BANK0 + 8 * 15 + 4, FUNC_PWM)
    slice7 = PWM + 7 * 0x14
    poke(chip, slice7 + 16, 999)
    poke(chip, slice7 + 12, 250 << 16)
    poke(chip, slice7, 1)
    assert told[-1] == chip.pwm_duty(15) == 0.25
    chip.run_until(2_345)
    assert peek(chip, slice7 + 8) == 345
    assert chip.pwm_duty(14) == 0.0


def test_a_frozen_processor_stops_nothing_else(chip: Chip) -> None:
    chip.freeze_cpu()
    fired: list[int] = []
    chip.at(500, lambda: fired.append(chip.ticks))
    before = chip.counters.cpu_cycles
    poke(chip, TIMER + 0x38, 1)
    poke(chip, TIMER + 0x10, 3)
    chip.run_until(10_000)
    assert fired == [500] and chip.ticks == 10_000 and chip.counters.cpu_cycles == before
    chip.thaw_cpu()
    chip.run_until(20_000)


def arm_watchdog(chip: Chip, us: int) -> None:
    poke(chip, PSM + 8, 0x1FFFC)
    poke(chip, WATCHDOG + 4, 2 * us)
    poke(chip, WATCHDOG, 1 << 30)


def test_the_watchdog_releases_the_pads_and_keeps_time_flash_and_scratch(chip: Chip) -> None:
    poke(chip, IO_BANK0 + 8 * 2 + 4, FUNC_PIO0)
    chip.set_rest_level(2, 1)
    found = edges(chip, 2)
    program(chip, 0, [0xE081, 0xE000, 0x0002], pins=1 << 26 | 2 << 5)
    enable(chip, 1)
    told: list[ResetCause] = []
    chip.on_reset(lambda: told.append(chip.reset_cause))
    poke(chip, WATCHDOG + 12, 42)
    chip.flash[0x1000] = 0x5A
    arm_watchdog(chip, 10)
    chip.run_until(10 * US + 100)
    assert told == [ResetCause.WATCHDOG]
    assert found == [(0, 0), (10 * US, None)] and chip.level(2) == 1
    assert peek(chip, WATCHDOG + 12) == 42 and chip.flash[0x1000] == 0x5A and peek(chip, WATCHDOG + 8) == 1
    assert not peek(chip, PIO0 + CTRL)
    chip.run_until(125_000_000)
    assert len(told) == 1  # it was off after the reset
    poke(chip, WATCHDOG, 1 << 31)
    assert told[-1] == ResetCause.COMMAND
    chip.power_cycle()
    assert told[-1] == ResetCause.POWER and not peek(chip, WATCHDOG + 12) and chip.flash[0x1000] == 0x5A


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_running_chip_forks(chip: Chip) -> None:
    program(chip, 0, [0x80A0, 0xA027, 0x0042])
    enable(chip, 1)
    poke(chip, PIO0 + TXF, 1_000)
    chip.run_until(500)
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        chip.run_until(900)
        os.write(write_end, chip.rp2040.pio[0].machines[0].x.to_bytes(4, "little"))
        os._exit(0)
    os.waitpid(child, 0)
    chip.run_until(900)
    poke(chip, PIO0 + CTRL, 0)
    assert int.from_bytes(os.read(read_end, 4), "little") in range(1_001)
    assert chip.rp2040.pio[0].machines[0].x == 1_000 - (900 - 2 + 1)


BOOT = """
import hashlib, sys
from pathlib import Path
from thetabox.board.emulated.chip import Chip
chip = Chip(Path(sys.argv[1]))
chip.run_until(int(sys.argv[2]))
core = chip.rp2040.core
print(chip.ticks, hashlib.sha256(bytes(chip.rp2040.sram)).hexdigest(), *list(core.registers)[:16])
"""


@pytest.mark.skipif(not REAL_IMAGE.exists(), reason="run `make firmware`")
def test_board_time_is_the_same_in_every_build() -> None:
    """The pure-Python emulator is the reference: whatever is installed here runs the image's first 3 ms the same."""
    found = []
    for plain in ("", "1"):
        environment = os.environ | {"RP2040PY_SKIP_CYTHON": plain, "PYTHONPATH": os.pathsep.join(sys.path)}
        command = [sys.executable, "-c", BOOT, str(REAL_IMAGE), str(3_000 * US)]
        found.append(subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout)
    assert found[0] == found[1]
