"""`make fuzz`: the large campaigns, of damaged frames and of random protocols.

Prints what was done and counted; exit code 1 when anything was not as it must.
"""

import argparse
import multiprocessing
import random
import sys
import time

import measured

from . import kernels, verdicts
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
    return measured.Row("fuzz", what, "not as it must be", "cases", count, count, amiss, 0, False, seed)


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


def told_kernel(name, verdict):
    """Print what came through to one interpreter's kernel; returns whether all was well."""
    print(
        f"{f'the kernel, {name}':<34}{verdict.damaged:>9,} damaged  {verdict.read:>9,} read  "
        f"{verdict.carried_out:>9,} carried out  {verdict.starts:,} starts, {verdict.wrong_starts} wrong  "
        f"{len(verdict.unwanted)} unwanted  {verdict.collisions} CRC collisions  "
        f"{verdict.lost_probes} intact ones lost  {verdict.boots:,} boots"
    )
    for line in verdict.unwanted:
        print(f"  {line}")
    return not verdict.unwanted and not verdict.lost_probes


def on_kernels(count, seed):
    """(rows, whether all was well) of what readers let through, carried out by the kernel."""
    began = time.monotonic()
    with multiprocessing.Pool() as pool:
        total, differences = kernels.boards(count, seed, pool.imap)
    good, rows = not differences, []
    for name, verdict in total.items():
        good &= told_kernel(name, verdict)
        amiss = len(verdict.unwanted) + verdict.lost_probes
        rows.append(row(f"damaged frames, into the kernel on {name}", verdict.damaged, amiss, seed))
        rows.append(row(f"starts among damaged frames, on {name}", verdict.starts, verdict.wrong_starts, seed))
    boards = -(-count // kernels.BOARD_FRAMES)
    print(f"  {differences} of {boards} boards went another way on MicroPython  {time.monotonic() - began:6.1f} s")
    rows.append(row("boards, on MicroPython as on CPython", boards, differences, seed))
    return rows, good


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
    if options.keep and any(getattr(options, name) < parser.get_default(name) for name in ("frames", "protocols")):
        parser.error("--keep wants the whole run")
    image = measured.image_hash()
    print(f"seed {options.seed}; a collision is expected once in {2**32:,} refused frames")
    began = time.monotonic()
    tally, differences = campaign(options.frames, options.seed, (True, False))
    wrong = [f"MicroPython read {differences} parts in another way"] if differences else []
    good = told("CPython, MicroPython (two raw)", tally, time.monotonic() - began, wrong)
    rows = [
        row("damaged frames, on CPython and MicroPython", tally.frames, len(wrong) + tally.lost_probes, options.seed)
    ]
    kernel_rows, kernel_good = on_kernels(options.frames, options.seed)
    rows, good = rows + kernel_rows, good and kernel_good
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
