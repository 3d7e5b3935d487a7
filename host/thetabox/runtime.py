"""What runs on this machine now, for other terminals to find: one small file each, gone with its process."""

from __future__ import annotations

import json
import os
import warnings
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import platformdirs

from thetabox.errors import ThetaboxError

if TYPE_CHECKING:
    from collections.abc import Iterator


def runtime_folder() -> Path:
    """The user's folder for such files; $THETABOX_RUNTIME overrides it."""
    given = os.environ.get("THETABOX_RUNTIME")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where there is no XDG_RUNTIME_DIR, a folder in /tmp serves
        folder = Path(given) if given else platformdirs.user_runtime_path("thetabox")
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _alive(pid: int) -> bool:
    if os.name == "nt":
        return True  # os.kill would end it there; whoever connects finds out
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@contextmanager
def registered(kind: str, **values: Any) -> Iterator[Path]:
    """Be found as a `kind` ("session", "board") with these values and `pid`, as long as this lasts.

    Raises ThetaboxError when that cannot be written: a session that nobody could steer shall not begin.
    """
    path = runtime_folder() / f"{kind}-{os.getpid()}.json"
    entry = {"pid": os.getpid(), **values}
    draft = path.with_suffix(".tmp")
    try:
        draft.touch(mode=0o600)
        draft.write_text(json.dumps(entry), encoding="utf-8")
        draft.replace(path)  # whole or not there
    except OSError as error:
        raise ThetaboxError(
            f"{path} cannot be written: {error.strerror}",
            "free space there, or name another folder in THETABOX_RUNTIME",
        ) from None
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def registrations(kind: str) -> list[dict[str, Any]]:
    """What is registered as `kind`, oldest first; what a dead process has left is removed."""
    found = []
    for path in sorted(runtime_folder().glob(f"{kind}-*.json"), key=lambda path: path.stat().st_mtime):
        with suppress(OSError, ValueError):
            entry = json.loads(path.read_text(encoding="utf-8"))
            if _alive(entry["pid"]):
                found.append(entry)
                continue
        path.unlink(missing_ok=True)
    return found
