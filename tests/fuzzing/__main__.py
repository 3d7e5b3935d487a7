"""`make fuzz`: the large campaigns, of damaged frames and of random protocols.

Prints what was done and counted; exit code 1 when anything was not as it must.
"""

import argparse
import multiprocessing
import random
import sys
import time

import measured

from . import verdicts
from .image import STATES, Campaign
from .readers import campaign

IMAGE_SHARE = 50  # the image gets this part of the frames: it is that much slower
IMAGE_FRAMES = 5_000  # a board's train has an end
PROTOCOLS = 2_500  # in one campaign


def on_image(task):
    """(state, tally, what was wrong) of one campaign on one board."""
    state, seed, count = task
    done = Campaign(state, seed).run(count)
    return state, done.tally, done.wrong


def row(what, count, amiss, seed):
    """What is kept of one kind."""
    return measured.Row("fuzz", what, "not as it must be", "cases", count, amiss, 0, False, seed)


def on_protocols(task):
    """(Verdicts or None, what was wrong) of one campaign of random protocols."""
    count, seed = task
    try:
        return verdicts.campaign(count, seed), ""
    except AssertionError as error:
        return None, f"seed {seed}: {error}"


def told_verdicts(total, count, seconds, wrong):
    """Print what came of the random protocols; returns whether all was well."""
    print(f"{count:,} random protocols, {total.pulses:,} pulses expanded, {seconds:.1f} s")
    for who, tally in (("the host", total.host), ("the board, of images that no host made", total.board)):
        print(f"  {who}: " + ", ".join(f"{number:,} {name}" for name, number in tally.most_common()))
    for line in wrong:
        print(line)
    return not wrong


def told(name, tally, seconds, wrong):
    """Print one campaign's line; returns whether all was well."""
    good = not wrong and not tally.lost_probes and not tally.collisions
    print(
        f"{name:<34}{tally.frames:>9,} damaged  {tally.refused:>9,} refused  {tally.whole:>8,} whole  "
        f"{tally.collisions} CRC collisions  {tally.lost_probes} intact ones lost  {seconds:6.1f} s"
    )
    for line in wrong:
        print(f"  {line}")
    return good


def main():
    parser = argparse.ArgumentParser(prog="fuzzing", description=__doc__)
    parser.add_argument("--frames", type=int, default=1_000_000, help="damaged frames for each reader")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 16), help="repeats a run")
    parser.add_argument("--protocols", type=int, default=100_000, help="random protocols")
    parser.add_argument("--keep", action="store_true", help="write the figures into docs/measured.toml")
    options = parser.parse_args()
    image = measured.image_hash()
    print(f"seed {options.seed}; a collision is expected once in {2**32:,} refused frames")
    began = time.monotonic()
    tally, differences = campaign(options.frames, options.seed, (True, False))
    wrong = [f"MicroPython read {differences} parts in another way"] if differences else []
    good = told("CPython, MicroPython (two raw)", tally, time.monotonic() - began, wrong)
    rows = [
        row("damaged frames, on CPython and MicroPython", tally.frames, len(wrong) + tally.lost_probes, options.seed)
    ]
    boards = -(-options.frames // IMAGE_SHARE // IMAGE_FRAMES)
    count = min(IMAGE_FRAMES, options.frames // IMAGE_SHARE)
    tasks = [(STATES[index % len(STATES)], options.seed + index, count) for index in range(max(boards, len(STATES)))]
    began = time.monotonic()
    frames, amiss = 0, 0
    with multiprocessing.Pool() as pool:
        for state, tally, wrong in pool.imap(on_image, tasks):
            good &= told(f"the image, {state}", tally, time.monotonic() - began, wrong)
            frames, amiss = frames + tally.frames, amiss + len(wrong) + tally.lost_probes
    rows.append(row("damaged frames, into the firmware image", frames, amiss, options.seed))
    began, total, wrong = time.monotonic(), verdicts.Verdicts(), []
    starts = range(0, options.protocols, PROTOCOLS)
    tasks = [(min(PROTOCOLS, options.protocols - start), options.seed + start) for start in starts]
    with multiprocessing.Pool() as pool:
        for done, line in pool.imap(on_protocols, tasks):
            total, wrong = total + (done or verdicts.Verdicts()), wrong + [line] * bool(line)
    good &= told_verdicts(total, options.protocols, time.monotonic() - began, wrong)
    rows.append(row("any protocol or image, on host and board", options.protocols, len(wrong), options.seed))
    if options.keep:
        measured.keep(rows, image)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
