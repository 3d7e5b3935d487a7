"""What every conformance case must see, and which emulator is known to see otherwise.

Derived from the RP2040 datasheet; its section stands with each. Edges are clock since the first edge, GPIO, level ("z"
is high impedance); of a train that goes on, the first ones. Words are hexadecimal.
"""

from dataclasses import dataclass


@dataclass
class Expected:
    """One case's."""

    section: str
    edges: str = ""
    received: str = ""
    registers: str = ""


CASES = {
    "set_and_delay": Expected("3.4.10", "0:2=1 4:2=0 5:2=1 37:2=0"),
    "set_pindirs": Expected("3.4.10", "0:2=1 0:3=0 1:3=z 3:2=z"),
    "set_takes_its_pins_alone": Expected("3.5.6", "0:3=1 0:4=1 1:3=0 1:4=0"),
    "mov_pins_inverted": Expected("3.4.8", "0:2=1 0:4=1 1:2=0 1:3=1 1:4=0 1:5=1 2:3=0 2:5=0"),
    "out_pins_and_pindirs": Expected("3.4.5", "0:2=0 0:3=1 1:2=1 1:3=0 2:2=z 2:3=z"),
    "side_set_with_delay": Expected("3.5.1", "0:2=1 3:2=0 3:3=1 11:2=1 12:2=0 12:3=0"),
    "side_set_optional": Expected("3.5.1", "0:2=1 8:2=0"),
    "side_set_of_directions": Expected("3.5.1", "0:2=1 3:2=z"),
    "side_set_prevails_over_set": Expected("3.5.6", "0:2=1 1:2=0"),
    "side_set_when_stalled": Expected("3.5.1", "0:2=1 13:2=0"),
    "jmp_conditions": Expected("3.4.2", received="80000000 ffffffff ffffffff ffffffff"),
    "jmp_x_dec_turns": Expected("3.4.2", "0:2=1 13:2=0", "ffffffff"),
    "jmp_y_dec_turns": Expected("3.4.2", "0:2=1 302:2=0"),
    "jmp_pin": Expected("3.4.2", "0:2=1 9:2=0", "2 0"),
    "jmp_not_osre": Expected("3.4.2", "0:2=1 7:2=0"),
    "wrap_and_target": Expected("3.5.2", "0:2=1 1:2=0 3:2=1 4:2=0 6:2=1 7:2=0"),
    "wait_gpio": Expected("3.4.3, 3.5.6.3", "0:2=1 4:3=1 20:2=0 24:3=0 40:2=1 60:2=0"),
    "wait_gpio_bypassed": Expected("3.4.3, 3.7 INPUT_SYNC_BYPASS", "0:2=1 2:3=1 20:2=0 22:3=0 40:2=1 60:2=0"),
    "wait_pin_from_base": Expected("3.4.3, 3.5.6", "0:2=1 4:3=1 20:2=0 24:3=0 40:2=1 60:2=0"),
    "wait_irq_takes_it": Expected("3.4.3", "0:2=1 10:2=0", registers="0"),
    "wait_irq_of_two": Expected("3.4.3", "0:2=1 0:3=1", registers="0"),
    "irq_wait_until_cleared": Expected("3.4.9", "0:2=1 12:2=0", registers="0"),
    "irq_relative": Expected("3.4.9", registers="12"),
    "irq_clear_relative": Expected("3.4.9", registers="fb b"),
    "interrupts": Expected("3.7 INTR", received="0", registers="f0 4f2 402 f0 100"),
    "in_shifts_right": Expected("3.4.4", received="b6000000 b600000"),
    "in_shifts_left": Expected("3.4.4", received="d6 d60"),
    "in_of_isr_and_osr": Expected("3.4.4", received="abcdcd 0"),
    "in_of_pins": Expected("3.4.4", "0:2=1 0:4=1", "2"),
    "out_shifts_right": Expected("3.4.5", received="f cde 89ab"),
    "out_shifts_left": Expected("3.4.5", received="8 9ab cdef0000"),
    "out_of_all_leaves_nothing": Expected("3.4.5", received="0"),
    "out_isr_sets_its_count": Expected("3.4.5", received="3456"),
    "out_pc": Expected("3.4.5", "0:3=1"),
    "out_exec": Expected("3.4.5", "0:2=1 3:3=1 7:2=0 7:3=0"),
    "mov_exec_of_jmp": Expected("3.4.8", "0:2=1 4:2=0"),
    "mov_pc": Expected("3.4.8", "0:2=1 5:2=0"),
    "mov_reversed": Expected("3.4.8", received="2c480f00 ff0fedcb f01234 ffffffff"),
    "mov_osr_fills_it": Expected("3.4.8", received="1 2"),
    "mov_status_of_tx": Expected("3.4.8", received="0 ffffffff"),
    "mov_status_of_rx": Expected("3.4.8", received="ffffffff 0"),
    "push_blocks_when_full": Expected("3.4.6, 3.7 FDEBUG", "0:2=1", "7 7 7 7", "1 40 f000e01 0"),
    "push_noblock_loses": Expected("3.4.6, 3.7 FDEBUG", received="7 6 5 4", registers="1"),
    "pull_blocks_when_empty": Expected("3.4.7, 3.7 FDEBUG", "0:2=1", registers="1000000 f000f00"),
    "pull_noblock_takes_x": Expected("3.4.7", received="55aa 15"),
    "pull_if_empty": Expected("3.4.7", received="112233 55667788"),
    "push_if_full": Expected("3.4.6", received="303 3"),
    "autopush": Expected("3.5.4.1", received="12 3"),
    "autopull_costs_no_clock_but_the_first": Expected(
        "3.5.4.2",
        "0:2=1 1:2=0 2:2=1 3:2=0 4:2=1 5:2=0 6:2=1 7:2=0 8:2=1 9:2=0 10:2=1 11:2=0 12:2=1 13:2=0 14:2=1 15:2=0",
        registers="1000000 0",
    ),
    "autopull_needs_no_out": Expected("3.5.4.2", received="0", registers="0"),
    "autopull_makes_pull_a_barrier": Expected("3.5.4.2", received="55667788", registers="1"),
    "fifo_of_tx_joined": Expected("3.5.3", "0:2=1 3:2=0 6:2=1 12:2=0 18:2=1 21:2=0", registers="0 e010f01 10000 8 0"),
    "fifo_of_rx_joined": Expected("3.5.3", received="9 8 7 6 5 4 3 2", registers="f010e01 80 101"),
    "join_empties": Expected("3.7 SM0_SHIFTCTRL", registers="2 0 0"),
    "divider_of_three": Expected("3.5.5", "0:2=1 3:2=0 6:2=1 9:2=0 12:2=1 15:2=0 18:2=1 21:2=0"),
    "divider_of_two_and_a_half": Expected("3.5.5", "0:2=1 2:2=0 5:2=1 7:2=0 10:2=1 12:2=0 15:2=1 17:2=0"),
    "divider_of_one_and_a_bit": Expected("3.5.5", "0:2=1 1:2=0 2:2=1 3:2=0 5:2=1 6:2=0 7:2=1 8:2=0 10:2=1"),
    "dividers_in_phase": Expected("3.7 CTRL", "0:2=1 0:3=1 4:2=0 6:3=0 8:2=1 12:2=0 12:3=1 16:2=1 18:3=0 20:2=0"),
    "delay_is_divided": Expected("3.5.5", "0:2=1 15:2=0"),
    "highest_machine_prevails": Expected("3.5.6", "0:3=1 8:3=0"),
    "level_and_direction_separately": Expected("3.5.6", "0:2=1 5:2=z 15:2=0 20:2=1"),
    "out_sticky": Expected("3.7 SM0_EXECCTRL", "0:2=1"),
    "inline_out_enable": Expected("3.7 SM0_EXECCTRL", "0:2=1 2:2=0"),
    "restart_keeps_x_y_osr_pc": Expected("3.7 CTRL", received="3 4 abcd", registers="5"),
    "exec_of_the_processor": Expected("3.5.7", received="1f", registers="1 0 7"),
    "exec_that_waits": Expected("3.5.7", "0:2=1 1:2=0", registers="1 0 0 2 0"),
    "configuration": Expected("3.7", registers="200404 f000f00 0"),
    "reset_of_the_block": Expected("2.14, 3.7", registers="0 0 0 0 10000 1f000 c0000 14000000"),
    "dma_copies_words": Expected("2.5.1", registers="1 2 3 4 5 6 0 0 18 18 1"),
    "dma_swaps_and_narrows": Expected("2.5.7 CH0_CTRL_TRIG", registers="33 44 11 22 44 33 0 0"),
    "dma_rings": Expected("2.5.7 CH0_CTRL_TRIG", registers="e f c d 8"),
    "dma_chains": Expected("2.5.2.2", registers="7 8"),
    "dma_null_trigger": Expected("2.5.2.3", registers="0 1"),
    "dma_feeds_pio": Expected(
        "2.5.3",
        "0:2=1 12:2=0 15:2=1 37:2=0 40:2=1 72:2=0 75:2=1 77:2=0 80:2=1 122:2=0 125:2=1 177:2=0 180:2=1 242:2=0"
        " 245:2=1 317:2=0 320:2=1 402:2=0",
        registers="5 4 0",
    ),
    "dma_aborts": Expected("2.5.5.3", registers="1 0 4"),
    "irq_of_a_pin": Expected("2.19.3, 2.3.2", registers="3 2"),
    "irq_of_pio": Expected("3.4.9, 2.3.2", registers="1 2"),
    "irq_of_dma": Expected("2.5.5.2, 2.3.2", registers="2"),
    "irq_of_a_timer": Expected("4.6.3, 2.3.2", registers="4 4"),
    "pwm_of_two_outputs": Expected("4.5.2.1", "0:2=0 4:3=0 7:2=1 7:3=1 10:2=0 14:3=0 17:2=1 17:3=1 20:2=0"),
    "pwm_inverted": Expected("4.5.3 CH0_CSR", "0:2=0 4:3=1 7:2=1 7:3=0 10:2=0 14:3=1 17:2=1 17:3=0 20:2=0"),
    "pwm_divided": Expected("4.5.2.2", "0:2=0 5:2=1 10:2=0 15:2=1 20:2=0 25:2=1 30:2=0"),
    "pwm_never_and_always": Expected("4.5.2.1"),
    "adc_once": Expected("4.9.2.1", registers="1 66 2101"),
    "adc_round_robin": Expected("4.9.2.3, 4.9.2.4", registers="65 fff 64 65 a00 900"),
    "timer_alarm": Expected("4.6.3", registers="1 0 1 0"),
    "timer_alarm_disarmed": Expected("4.6.3", registers="0 0"),
    "pins_by_sio": Expected("2.3.1.2, 2.19.3", registers="0 1 a 0 d 1"),
    "pads_and_overrides": Expected("2.19.2, 2.19.4", registers="0 1 0 1 1 1 0"),
    "sio_divides": Expected("2.3.1.5", registers="2 e fffffffe fffffff2 2 fffffff2 5 ffffffff fffffffb 1"),
    "spinlock_is_taken_once": Expected("2.3.1.3", registers="40000000 0 1 0"),
    "aliases_and_lanes": Expected("2.1.2, 2.1.4", registers="f0 ff e7 18 5a5a5a5a"),
}

_NO_EDGES = "slices make no edges (board/emulated/pwm.py)"
_NO_SYNCHRONISER = "no synchroniser (2 clocks), and a stalled wait sees a pin in the very clock that changes it (1)"
_FLAG_AT_ONCE = "a stalled wait sees a flag in the very clock that raises it; a flag is a register"
_NO_THRESHOLD = "IFFULL and IFEMPTY do nothing"

# rp2040py as the emulated board runs it (tools/emulator, board/emulated).
EMULATED_DIFFERS = {
    "wait_gpio": _NO_SYNCHRONISER,
    "wait_gpio_bypassed": _NO_SYNCHRONISER,
    "wait_pin_from_base": _NO_SYNCHRONISER,
    "side_set_when_stalled": _FLAG_AT_ONCE,
    "irq_wait_until_cleared": _FLAG_AT_ONCE,
    "wait_irq_of_two": "of two machines that wait for a flag one goes on",
    "out_isr_sets_its_count": _NO_THRESHOLD,
    "push_if_full": _NO_THRESHOLD,
    "pull_if_empty": _NO_THRESHOLD,
    "out_of_all_leaves_nothing": "the OSR keeps what a shift by 32 should have moved out",
    "autopull_needs_no_out": "autopull waits for the next OUT",
    "out_exec": "the instruction is executed in the clock of its OUT",
    "push_blocks_when_full": "RXSTALL cannot be cleared while the machine stands in its stall, enabled or not",
    "fifo_of_rx_joined": "TXSTALL is set by a machine that has never pulled",
    "dividers_in_phase": "CLKDIV_RESTART does nothing",
    "out_sticky": "OUT_STICKY does nothing",
    "inline_out_enable": "INLINE_OUT_EN does nothing",
    "exec_that_waits": "while it waits the program counter stands one before",
    "reset_of_the_block": "RESETS does not reset it",
    "pwm_of_two_outputs": _NO_EDGES,
    "pwm_inverted": _NO_EDGES,
    "pwm_divided": _NO_EDGES,
    "spinlock_is_taken_once": "SPINLOCK_ST reads 0",
}

# rp2040-pio-emulator, of the cases that it can run at all.
ALONE_DIFFERS = {
    "mov_pins_inverted": "MOV PINS has no base and no count",
    "side_set_optional": "no SIDE_EN",
    "side_set_of_directions": "no SIDE_PINDIR",
    "jmp_not_osre": "a threshold of 32 for !OSRE, whatever is set",
    "wrap_and_target": "knows nothing of an instruction that the processor has executed",
    "in_of_pins": "IN PINS has no base",
    "mov_status_of_tx": "no STATUS",
    "mov_status_of_rx": "no STATUS",
    "out_isr_sets_its_count": "a threshold of 32 for IFFULL, whatever is set",
    "mov_reversed": "no bit reversal",
    "pull_if_empty": "a threshold of 32 for IFEMPTY, whatever is set",
    "push_if_full": "a threshold of 32 for IFFULL, whatever is set",
    "dma_feeds_pio": "no DMA",
    "autopull_needs_no_out": "autopull waits for the next OUT",
    "autopull_makes_pull_a_barrier": "PULL replaces what autopull has fetched",
}
