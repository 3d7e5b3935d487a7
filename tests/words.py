"""A second reading of the sequencer's words: the PIO program stepped clock by clock, as its listing says."""

# address: clocks from the handler's first instruction to its write of the levels, clocks from there to the next `out x`
HANDLERS = {0: (None, 3), 8: (4, 4), 10: (0, 3), 12: (1, 3), 16: (1, 4), 17: (0, 4)}
DONE = 15


def pulses(words, lead):
    """(rises, falls) of trigger A in ticks from t0, `lead` clocks after the start."""
    now = 3 - lead  # mov, jmp, pull: then out x
    rises, falls, level = [], [], 0
    for word in words:
        delay, handler, levels = word & 0x7FFFFF, word >> 23 & 31, word >> 28
        now += 1  # out x
        now += delay + 1  # jmp x-- runs delay + 1 times
        now += 1  # out pc
        if handler == DONE:
            break
        head, tail = HANDLERS[handler]
        if head is not None:
            now += head
            if levels & 1 != level:
                (rises if levels & 1 else falls).append(now)
                level = levels & 1
        now += tail
    return rises, falls
