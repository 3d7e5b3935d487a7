"""The outputs beside the judged trigger: what is right and what is told when it is not."""

import numpy as np
import pytest
from contract import protocol as image
from contract import sync
from thetabox.capture import Capture
from thetabox.evidence.others import SYNC_WIDTH_TICKS, wrongs
from thetabox.evidence.segments import Segment

MS = 125_000
WIDTH, LAG = MS, 3 * MS
ONSETS = np.arange(10) * 500 * MS + 1_000_000_000
SYNC = (50, 200, 7)
BEGIN = [Segment(0, 999_000_000, 2**62)]


def capture(signals):
    """A capture from {name: [(rise, fall)]}."""
    names = tuple(signals)
    edges = sorted(
        (tick, names.index(name), level)
        for name, pulses in signals.items()
        for rise, fall in pulses
        for tick, level in ((rise, 1), (fall, 0))
    )
    tick, pin, level = zip(*edges, strict=True)
    return Capture(names, np.array(tick, np.int64), np.array(pin, np.uint8), np.array(level, np.uint8))


def signals(channels=3, synced=True):
    a = [(int(t), int(t) + WIDTH) for t in ONSETS] if channels & 1 else []
    b = [(rise + LAG, fall + LAG) for rise, fall in a]
    blank = [(int(t) - 12_500, int(t) + MS) for t in ONSETS]
    rises = np.cumsum(list(sync.intervals(SYNC, int(ONSETS[-1] - ONSETS[0])))) + blank[0][0] - SYNC_WIDTH_TICKS
    made = {"TRIG_A": a, "MARKER": sorted(a + (b if channels & 2 else [])), "BLANK": blank}
    made["TRIG_B"] = b if channels & 2 else []
    made["SYNC"] = [(int(t), int(t) + SYNC_WIDTH_TICKS) for t in rises] if synced else []
    return made


def protocol(channels=3, synced=True):
    return image.Protocol(
        image.EXTERNAL, image.ABORT, channels, 0, WIDTH, 0, (), lag_ticks=LAG, sync=SYNC if synced else sync.NONE
    )


def told(made, asked=None, whole=True, parts=BEGIN):
    return list(wrongs(capture(made), asked or protocol(), parts, whole))


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("synced", [True, False])
def test_what_is_right(channels, synced):
    made = signals(channels, synced)
    made["TRIG_A"].insert(0, (500, 900))  # the proof of the gate, before the train
    assert told(made, protocol(channels, synced)) == []
    assert told(made, parts=[]) == []


def moved(name, index, rise=0, fall=0):
    def change(made):
        made[name][index] = (made[name][index][0] + rise, made[name][index][1] + fall)

    return change


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (moved("TRIG_B", 4, 1, 1), ["The lag of channel B is 1 tick wrong.", "MARKER does not mirror the triggers."]),
        (moved("TRIG_B", 4, 0, 5),
         ["A width of channel B is 5 ticks wrong.", "MARKER does not mirror the triggers."]),
        (lambda made: made["TRIG_B"].pop(),
         ["Channel A gave 10 pulses and channel B 9.", "MARKER does not mirror the triggers."]),
        (moved("MARKER", 3, 1), ["MARKER does not mirror the triggers."]),
        (moved("SYNC", 3, 1, 1), ["SYNC is not at the intervals that its seed makes."]),
        (moved("SYNC", 3, 0, 1), ["A pulse of SYNC has the wrong width."]),
        (lambda made: made["SYNC"].clear(), ["SYNC is not at the intervals that its seed makes."]),
    ],
)  # fmt: skip
def test_what_is_wrong(change, sentences):
    made = signals()
    change(made)
    assert told(made) == sentences


def test_what_nobody_asked_for():
    assert told(signals(3, False), protocol(1, False)) == ["TRIG_B gave 10 pulses, and the protocol does not use it."]
    count = len(signals()["SYNC"])
    assert told(signals(), protocol(3, False)) == [f"SYNC gave {count} pulses that nobody asked for."]


def test_a_train_cut_off_between_the_channels():
    made = signals()
    made["TRIG_B"].pop()
    made["MARKER"].pop()
    assert told(made, whole=False) == []
    assert told(made) == ["Channel A gave 10 pulses and channel B 9."]
