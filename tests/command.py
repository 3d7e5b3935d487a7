"""The command line as a user's shell starts it."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager

THETABOX = (sys.executable, "-m", "thetabox")


def thetabox(*arguments, keys=None, **environment):
    """Run to the end; `keys` come through a pipe."""
    return subprocess.run(
        [*THETABOX, *arguments], capture_output=True, text=True, check=False,
        input=keys, stdin=subprocess.DEVNULL if keys is None else None,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment},
    )  # fmt: skip


@contextmanager
def served(*options):
    """(process, port) of `thetabox emulate`; ended by SIGTERM, in order."""
    process = subprocess.Popen((*THETABOX, "emulate", "--json", *map(str, options)), stdout=subprocess.PIPE, text=True)
    try:
        yield process, json.loads(process.stdout.readline())["port"]
        process.terminate()
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
