"""Captures as CSV, as logic analysers export them: a header, seconds in the first column, then 0 or 1 a signal.

That is what Saleae Logic 2 ("Time [s],Channel 0,...", a row a change) and sigrok-cli (-O csv:time=true) write, the
latter once its time column is in seconds. Rows may be changes or samples; lines that begin with # or ; are passed over.
"""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import numpy as np
from contract import limits

from thetabox.capture import Capture
from thetabox.errors import ThetaboxError

if TYPE_CHECKING:
    from pathlib import Path


def read(path: Path) -> Capture:
    """Read such a file; ThetaboxError when it is not one."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [row for row in csv.reader(file) if row and not row[0].startswith(("#", ";"))]
        names = tuple(cell.strip() for cell in rows[0][1:])
        table = np.array(rows[1:], np.float64).reshape(-1, len(names) + 1)
    except OSError as error:
        raise ThetaboxError(f"{path} cannot be read: {error.strerror}", "check the name") from None
    except (ValueError, IndexError, csv.Error):
        table, names = np.zeros((0, 1)), ()
    levels = table[:, 1:]
    if not names or not np.isin(levels, (0, 1)).all():
        raise ThetaboxError(f"{path.name} is not a capture", "give a header, seconds in column 1, then 0 or 1 a signal")
    tick = np.rint(table[:, 0] * limits.CLOCK_SYS_HZ).astype(np.int64)
    changed = np.ones(levels.shape, bool)
    changed[1:] = levels[1:] != levels[:-1]
    row, pin = np.nonzero(changed)
    return Capture(names, tick[row], pin.astype(np.uint8), levels[row, pin].astype(np.uint8))
