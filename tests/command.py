"""The command line as a user's shell starts it."""

import os
import subprocess
import sys


def thetabox(*arguments, keys=None, **environment):
    """Run to the end; `keys` come through a pipe."""
    return subprocess.run(
        [sys.executable, "-m", "thetabox", *arguments], capture_output=True, text=True, check=False,
        input=keys, stdin=subprocess.DEVNULL if keys is None else None,
        env={**os.environ, "COLUMNS": "200", "NO_COLOR": "1", **environment},
    )  # fmt: skip
