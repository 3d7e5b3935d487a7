"""The sequencer's words: what the PIO program in device/programs.py understands, and how long each step takes.

A word is, from bit 0: delay (23 bits), handler address (5 bits), levels of TRIG_A, TRIG_B, MARKER, BLANK (4 bits).
A step waits, then jumps to its handler, whose action (the write of the levels) comes HEAD clocks later. From that
action to the first clock in which the next handler can run, TAIL clocks pass plus the next word's delay:

    action of next = action of this + TAIL[this] + delay of next + HEAD[next]

The numbers are those of the program, counted instruction by instruction and proven in tests/emulated.
"""

DELAY_BITS = 23
DELAY_MAX = (1 << DELAY_BITS) - 1
HANDLER_SHIFT = 23
LEVEL_SHIFT = 28

LEVEL_A = 1
LEVEL_B = 2
LEVEL_MARKER = 4
LEVEL_BLANK = 8

# addresses of the handlers in the program, which lies at the block's origin
WAIT = 0  # only waits
BLANK_ON = 8  # raises flag 4 (no charging), then writes the levels
RISE = 10  # writes the levels and does not look at the FIFO before the next word: what has risen will fall
FIRE = 12  # as RISE, if BANK_OK is high; else flag 1 (veto) and nothing is written
DONE = 15  # flag 2, and parks
BLANK_OFF = 16  # lowers flag 4, then writes the levels
EDGE = 17  # writes the levels

HEAD = {WAIT: 0, BLANK_ON: 4, RISE: 0, FIRE: 1, DONE: 0, BLANK_OFF: 1, EDGE: 0}
TAIL = {WAIT: 6, BLANK_ON: 7, RISE: 6, FIRE: 6, BLANK_OFF: 7, EDGE: 7}
START_TAIL = 6  # from the clock in which the machine is enabled: it begins as after a WAIT

FETCH_WORDS = 4  # a fetch wants so many words in the FIFO, or the train ends with UNDERRUN: two rises and their falls


def word(delay, handler, levels=0):
    """One word; delay in ticks (0 to DELAY_MAX)."""
    return delay | handler << HANDLER_SHIFT | levels << LEVEL_SHIFT
