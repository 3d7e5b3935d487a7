"""Single keys, without waiting for Enter; the same from a pipe, so that a script can press them."""

from __future__ import annotations

import sys

import typer


def read_key() -> str:
    """The next key; '' when there will be none. Raises KeyboardInterrupt on Ctrl-C.

    What was typed at a terminal before it was asked for is dropped. Line ends that come through a pipe are no keys.
    """
    if sys.stdin.isatty():
        try:
            return typer.getchar()
        except EOFError:
            return ""
    while (key := sys.stdin.read(1)) in ("\n", "\r"):
        pass
    return key
