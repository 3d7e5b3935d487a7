"""A second reading of the sequencer's words: the PIO program stepped clock by clock, as its listing says."""

# address: clocks from the handler's first instruction to its write of the levels, clocks from there to the next `out x`
HANDLERS = {0: (None, 3), 8: (4, 4), 10: (0, 3), 12: (1, 3), 16: (1, 4), 17: (0, 4)}
DONE = 15
FETCH_WORDS = 4
TRIG_A = 1


def edges(words, lead):
    """[(tick from t0, levels of TRIG_A, TRIG_B, MARKER, BLANK as bits from 0)] of every change.

    The train begins `lead` clocks before t0, all low. Raises ValueError when the words do not end as they must.
    """
    now = 3 - lead  # mov, jmp, pull: then out x
    found, before = [], 0
    for index, word in enumerate(words):
        delay, handler, levels = word & 0x7FFFFF, word >> 23 & 31, word >> 28
        now += 1  # out x
        now += delay + 1  # jmp x-- runs delay + 1 times
        now += 1  # out pc
        if handler == DONE:
            if len(words) - index < FETCH_WORDS:  # the last one wants them, too
                raise ValueError("the last fetch would be an underrun")
            return found
        head, tail = HANDLERS[handler]
        if head is not None:
            now += head
            if levels != before:
                found.append((now, levels))
                before = levels
        now += tail
    raise ValueError("no end")


def pulses(words, lead):
    """(rises, falls) of trigger A in ticks from t0, `lead` clocks after the start."""
    rises, falls, level = [], [], 0
    for tick, levels in edges(words, lead):
        if levels & TRIG_A != level:
            level = levels & TRIG_A
            (rises if level else falls).append(tick)
    return rises, falls
