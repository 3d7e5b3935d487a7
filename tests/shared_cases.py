"""Finds the cases that run on CPython and on MicroPython alike."""

import importlib
import sys
from pathlib import Path


def cases(folder: Path):
    """All test functions of the case modules in a folder, in the order of their files."""
    sys.path.insert(0, str(folder))
    found = []
    for path in sorted(folder.glob("cases_*.py")):
        module = importlib.import_module(path.stem)
        found += [value for name, value in vars(module).items() if name.startswith("test_")]
    return found
