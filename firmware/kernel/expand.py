"""A protocol becomes onsets, and onsets become sequencer words.

Every onset is rounded once, from t0, in exact integers. What surrounds an onset (blank on, rise, fall of each channel,
blank off) is the same for all pulses, so it is worked out once, as a template; only the wait before it differs.
"""

import struct

from contract import faults, limits
from contract.protocol import BANK, CHANNEL_A, CHANNEL_B, GAP_ON, TICKS_PER_US

from . import sequencer as seq

BLANK_BEFORE_TICKS = limits.BLANK_BEFORE_US * TICKS_PER_US
BLANK_AFTER_TICKS = limits.BLANK_AFTER_US * TICKS_PER_US
EDGE_GAP_TICKS = limits.TRIGGER_EDGE_GAP_MIN_TICKS
LEAD_MARGIN_TICKS = 1_000  # from start to the first edge: more than any head and tail
WORD_BYTES = 4


def _common_denominator(levels):
    scale = 1
    for _, _, denominator in levels:
        a, b = scale, denominator
        while b:
            a, b = b, a % b
        scale = scale * denominator // a
    return scale


def onsets(protocol):
    """Yield the onset of every pulse (of channel A, or of the group) in ticks from t0, in time's order."""
    levels = protocol.levels
    scale = _common_denominator(levels)
    steps = [numerator * (scale // denominator) for _, numerator, denominator in levels]
    counters = [0] * len(levels)
    half = scale // 2
    listed = len(protocol.gaps)
    base = 0
    while True:
        if listed:
            offset = 0
            for index in range(listed):
                gap = protocol.gaps[index]
                offset += gap
                if gap != GAP_ON:
                    yield offset + (base + half) // scale
        else:
            yield (base + half) // scale
        level = 0
        while level < len(levels):
            counters[level] += 1
            if counters[level] < levels[level][0]:
                base += steps[level]
                break
            base -= steps[level] * (levels[level][0] - 1)
            counters[level] = 0
            level += 1
        else:
            return


def _edges(protocol):
    """The rises and falls around an onset at 0 as [tick, levels after], coincident ones merged, in time's order."""
    edges = []
    for channel, level, offset in ((CHANNEL_A, seq.LEVEL_A, 0), (CHANNEL_B, seq.LEVEL_B, protocol.lag_ticks)):
        if protocol.channels & channel:
            if protocol.channels == CHANNEL_B:
                offset = 0
            edges.append((offset, level))
            edges.append((offset + protocol.width_ticks, level))
    edges.sort()
    merged: list = []
    levels = 0
    for tick, level in edges:
        levels ^= level
        if merged and merged[-1][0] == tick:
            merged[-1][1] = levels
        else:
            merged.append([tick, levels])
    return merged


def group(protocol):
    """The template: list of (tick relative to the onset, handler, levels), from blank on to blank off.

    Raises faults.Refused when two edges are closer than the sequencer can follow.
    """
    edges = _edges(protocol)
    first = edges[0][0]
    last = edges[-1][0]
    steps = [(first - BLANK_BEFORE_TICKS, seq.BLANK_ON, seq.LEVEL_BLANK)]
    previous = 0
    rise = first  # the latest
    for tick, levels in edges:
        handler = seq.RISE if levels else seq.EDGE  # the fall of one while the other is high, too
        if levels & ~previous:
            handler = seq.FIRE if protocol.drive == BANK else seq.RISE
            rise = tick
        mark = seq.LEVEL_MARKER if levels else 0
        steps.append((tick, handler, levels | mark | seq.LEVEL_BLANK))
        previous = levels
    steps.append((max(rise + BLANK_AFTER_TICKS, last + EDGE_GAP_TICKS), seq.BLANK_OFF, 0))
    for index in range(1, len(steps)):
        if steps[index][0] - steps[index - 1][0] < EDGE_GAP_TICKS:
            raise faults.Refused(faults.GAP_TOO_SHORT)
    return steps


class Expansion:
    """The words of a protocol, in pieces, and what they add up to.

    `pieces()` yields bytes of whole words (little-endian). Afterwards `pulses`, `word_count`, `duration_ticks`
    (first to last onset) hold. `lead_ticks` is the time from start to t0.
    """

    def __init__(self, protocol):
        self._protocol = protocol
        self._steps = group(protocol)
        self.rises_each = sum(step[1] in (seq.RISE, seq.FIRE) for step in self._steps)  # in a group
        self.lead_ticks = LEAD_MARGIN_TICKS - self._steps[0][0]
        self.pulses = 0
        self.word_count = 0
        self.duration_ticks = 0

    def _inner(self, first, end):
        """Words of the template's steps [first, end): each wait is known, because the step before it is."""
        words = b""
        for index in range(first, end):
            before = self._steps[index - 1]
            tick, handler, levels = self._steps[index]
            delay = tick - before[0] - seq.TAIL[before[1]] - seq.HEAD[handler]
            words += struct.pack("<I", seq.word(delay, handler, levels))
        return words

    def _wait(self, gap, tail, step):
        """Words that come `gap` ticks after an action with `tail`: waits where the gap is long, then the step."""
        words = b""
        delay = gap - tail - seq.HEAD[step[1]]
        while delay > seq.DELAY_MAX:
            part = min(seq.DELAY_MAX, delay - seq.TAIL[seq.WAIT])
            words += struct.pack("<I", seq.word(part, seq.WAIT))
            delay -= part + seq.TAIL[seq.WAIT]
        return words + struct.pack("<I", seq.word(delay, step[1], step[2]))

    def pieces(self):
        """Yield the schedule's words as bytes, an onset at a time; raises faults.Refused when pulses overlap."""
        steps = self._steps
        end = len(steps)
        blank_on, blank_off = steps[0], steps[-1]
        alone = self._inner(1, end - 1)  # the edges after the first step, blank off left out
        closing = self._inner(end - 1, end)
        joined = self._inner(2, end - 1)  # the same when the blank window is still on: the first edge needs a wait
        open_window = False
        action = -self.lead_ticks  # when the step before acted, from t0
        tail = seq.START_TAIL
        last = 0
        for onset in onsets(self._protocol):
            if self.pulses:
                room = onset + blank_on[0] - last - blank_off[0]
                open_window = room < EDGE_GAP_TICKS
                if open_window and onset + steps[1][0] - last - steps[-2][0] < EDGE_GAP_TICKS:
                    raise faults.Refused(faults.GAP_TOO_SHORT)
                if not open_window:
                    yield self._count(closing)
                    action, tail = last + blank_off[0], seq.TAIL[seq.BLANK_OFF]
                else:
                    action, tail = last + steps[-2][0], seq.TAIL[steps[-2][1]]
            if open_window:
                yield self._count(self._wait(onset + steps[1][0] - action, tail, steps[1]) + joined)
            else:
                yield self._count(self._wait(onset + blank_on[0] - action, tail, blank_on) + alone)
            last = onset
            self.pulses += 1
        self.duration_ticks = last
        parked = struct.pack("<I", seq.word(0, seq.DONE))
        yield self._count(closing + parked * seq.FETCH_WORDS)

    def _count(self, words):
        self.word_count += len(words) // WORD_BYTES
        return words
