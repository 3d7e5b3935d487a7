"""At which ticks the endings of a campaign come: endless supplies, of a board that has been brought to its begin."""

from itertools import cycle

from rig import HZ

BURST = 3  # pulses


def between(first_s, last_s):
    """Random ones, so many seconds from where the endings begin."""

    def ticks(rig, rng):
        first, last = (rig.chip.ticks + round(seconds * HZ) for seconds in (first_s, last_s))
        while True:
            yield rng.randrange(first, last)

    return ticks


IN_FIRST_TRAIN = between(0.2, 2.0)


def _onsets(rig):
    """Those of a train that has begun with its first burst."""
    rig.beat(0.05)
    return rig.expected()[BURST:].tolist()


def any_onset(rig, rng):
    """Onsets of a train, at random, but those of its first burst."""
    onsets = _onsets(rig)
    while True:
        yield rng.choice(onsets)


def each_burst(rig, _):
    """The first onset of each burst, in turn, but the burst with which the train begins."""
    return cycle(_onsets(rig)[::BURST])
