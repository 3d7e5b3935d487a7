"""`make campaign`, `make exceptions`: run campaigns, all or those named; print the table, keep the figures as data."""

import argparse
import sys
import time
from concurrent.futures import ProcessPoolExecutor

import measured

from . import CAMPAIGNS, EXCEPTIONS, run

ALL = CAMPAIGNS | EXCEPTIONS


def one(task):
    """(name, Outcome, minutes) of a whole campaign."""
    name, count, seed = task
    began = time.monotonic()
    return name, run(ALL[name], name, count, seed), (time.monotonic() - began) / 60


def rows(name, outcome, seed):
    """What is kept of a campaign."""
    campaign = ALL[name]
    for criterion, worst, met in zip(campaign.criteria, outcome.worst, outcome.met, strict=True):
        yield measured.Row(
            name,
            campaign.fault,
            criterion.figure,
            criterion.unit,
            met,
            outcome.count,
            worst,
            criterion.bound,
            criterion.least,
            seed,
        )


def main():
    """Exit code 1 when a criterion is broken or met by no ending, which shows nothing: such a run is not kept."""
    parser = argparse.ArgumentParser(prog="campaigning", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}")
    parser.add_argument(
        "--exceptions", action="store_true", help="without names: those of an exception, not the others"
    )
    parser.add_argument("--count", type=int, help="endings each [default: each campaign's own]")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2, help="campaigns at a time [default: 2]")
    parser.add_argument("--keep", action="store_true", help="write the figures into docs/measured.toml")
    options = parser.parse_args()
    names = options.names or (EXCEPTIONS if options.exceptions else CAMPAIGNS)
    tasks = [(name, options.count or ALL[name].count, options.seed) for name in names]
    few = [name for name, count, _ in tasks if options.keep and count < ALL[name].count]
    if few:
        parser.error(f"--keep wants whole campaigns: --count {options.count} is too few for {', '.join(few)}")
    print("| campaign | figure | n | worst | bound | minutes |\n|---|---|---|---|---|---|")
    broken, image = False, measured.image_hash()
    with ProcessPoolExecutor(options.jobs) as pool:
        for name, outcome, minutes in pool.map(one, tasks):
            for row in rows(name, outcome, options.seed):
                print(
                    f"| {name} | {row.figure} | {row.n} of {row.count} | {row.worst} {row.unit} | {row.bound:g} "
                    f"| {minutes:.1f} |",
                    flush=True,
                )
                if not row.n:
                    print(f"  met by no ending: {row.figure}", flush=True)
            for ending in outcome.broken[:5]:
                print(f"  broken at {ending}", flush=True)
            unmet = not all(outcome.met)
            broken |= bool(outcome.broken) or unmet
            if options.keep and not unmet:
                measured.keep(rows(name, outcome, options.seed), image)
    return int(broken)


if __name__ == "__main__":
    sys.exit(main())
