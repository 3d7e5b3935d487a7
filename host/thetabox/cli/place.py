"""Where a session's folder is made; it is removed again when no board was there."""

from __future__ import annotations

import datetime
import re
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from thetabox.evidence.folder import SessionFolder


def place(out: Path | None, *words: str) -> Path:
    """The session's folder: as asked for, or under sessions/ by its time and these words."""
    if out is not None:
        return out
    stamp = datetime.datetime.now(datetime.UTC).strftime("%Y%m%dT%H%M%SZ")
    kept = [re.sub(r"[^A-Za-z0-9]+", "-", word).strip("-") for word in words if word]
    return Path("sessions") / "-".join([stamp, *kept])


@contextmanager
def gone_if_empty(folder: SessionFolder) -> Iterator[None]:
    """Remove the folder when no board was there, unless something is in it."""
    from thetabox.board.link import LinkLost

    try:
        yield
    except LinkLost:
        with suppress(OSError):
            folder.path.rmdir()
        raise
