"""The session's folder: what was asked, what happened, what was seen; nothing in it is ever overwritten.

events.jsonl is append-only, each line holding the hash of the line before; session.json, written last, holds the last
of them and the hash of every file.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from thetabox.errors import ThetaboxError

FORMAT = 1
SESSION, EVENTS, PULSES, SCHEDULE = "session.json", "events.jsonl", "pulses.csv", "schedule.npz"
PROTOCOL, IMAGE, CAPTURE, VCD, STAMPS, REPORT = (
    "protocol.toml", "protocol.bin", "capture.npz", "capture.vcd", "stamps.npz", "report.html",
)  # fmt: skip
SINGLES = "single pulses"  # the "kind" of a session without a schedule
GENESIS = "0" * 64
WHOLE = ("files", "last_event")  # what session.json has at the least
CHAINED = {
    "begun": ("who", "protocol", "profile", "intensity_percent", "intensity_asked", "target_v"),
    "judged": ("verdict", "reasons"),
}  # event: what session.json repeats of it


def file_hash(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


class SessionFolder:
    """A folder that is being written. Raises ThetaboxError when it is there already or cannot be made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.mkdir(parents=True, exist_ok=False)
        except FileExistsError:
            raise ThetaboxError(f"the session folder {path} exists", "choose another name with --out") from None
        except OSError as error:
            raise ThetaboxError(f"{path} cannot be made: {error.strerror}", "choose another place with --out") from None
        self._last = GENESIS

    def __truediv__(self, name: str) -> Path:
        return self.path / name

    def event(self, name: str, board_s: float, /, **values: Any) -> None:
        """Append one event and flush it to the disk."""
        entry = {"board_s": round(board_s, 6), "event": name, **values, "previous": self._last}
        line = json.dumps(entry, sort_keys=True)
        self._last = hashlib.sha256(line.encode()).hexdigest()
        try:
            with (self.path / EVENTS).open("a", encoding="utf-8") as file:
                file.write(line + "\n")
        except OSError as error:
            raise ThetaboxError(
                f"{self.path / EVENTS} cannot be written: {error.strerror}",
                "free space on the disk; what is there is kept",
            ) from None

    def close(self, about: dict[str, Any]) -> None:
        """Write session.json with the hashes of all that is there."""
        files = {p.name: file_hash(p) for p in sorted(self.path.iterdir()) if p.is_file() and p.name != SESSION}
        whole = {"format": FORMAT, **about, "last_event": self._last, "files": files}
        (self.path / SESSION).write_text(json.dumps(whole, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def no_session(path: Path, lacks: str) -> ThetaboxError:
    """The error for a path that is no session's folder, for it lacks a file of this name."""
    why = f"it holds no {lacks}" if path.is_dir() else "there is no such folder"
    return ThetaboxError(
        f"{path} is not a session's folder: {why}", "name the one that `run` or `pulse` told at its end"
    )


def load(path: Path) -> dict[str, Any]:
    """session.json of a folder."""
    try:
        about: dict[str, Any] = json.loads((path / SESSION).read_text(encoding="utf-8"))
    except FileNotFoundError:
        if (path / EVENTS).is_file():
            raise ThetaboxError(
                f"{path} holds no {SESSION}: the session was not closed, nothing is judged",
                f"`thetabox logs {path}` tells what it holds, `thetabox logs --port PORT` what the board has noted",
            ) from None
        raise no_session(path, SESSION) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ThetaboxError(f"{path / SESSION} cannot be read: {reason}", "restore it from a copy") from None
    if not isinstance(about, dict) or "format" not in about:
        raise ThetaboxError(f"{path / SESSION} is not a session's", "restore it from a copy")
    if about["format"] != FORMAT:
        raise ThetaboxError(f"{path} is of format {about['format']}", "use the release that wrote it")
    if lacks := [name for name in WHOLE if name not in about]:
        raise ThetaboxError(f"{path / SESSION} lacks {', '.join(lacks)}", "restore it from a copy")
    return about


def faults_of(path: Path, about: dict[str, Any]) -> list[str]:
    """What is wrong with the files themselves: altered, missing, chain broken. Empty when all is as it was left."""
    wrong = []
    for name, expected in about["files"].items():
        file = path / name
        if not file.exists():
            wrong.append(f"{name} is missing.")
        elif file_hash(file) != expected:
            wrong.append(f"{name} has been altered.")
    last = GENESIS
    lines = (path / EVENTS).read_text(encoding="utf-8").splitlines() if (path / EVENTS).exists() else []
    for number, line in enumerate(lines, 1):
        try:
            previous = json.loads(line).get("previous")
        except ValueError:
            previous = None
        if previous != last:
            wrong.append(f"The chain of events is broken at line {number} of {EVENTS}.")
            break
        last = hashlib.sha256(line.encode()).hexdigest()
    else:
        if last != about["last_event"]:
            wrong.append(f"The last events of {EVENTS} are missing.")
        else:
            wrong += _contradictions([json.loads(line) for line in lines], about)
    return wrong


def _contradictions(events: list[dict[str, Any]], about: dict[str, Any]) -> list[str]:
    """Where session.json says another thing than the chained events."""
    said = {**about, **about.get("judgement", {})}
    wrong = []
    for name, keys in CHAINED.items():
        told: dict[str, Any] = next((event for event in reversed(events) if event["event"] == name), {})
        wrong += [
            f"{SESSION} has another {key} than the events."
            for key in keys
            if key in told and told[key] != said.get(key)
        ]
    return wrong
