"""What is remembered of a subject: its motor thresholds, one JSON file a subject, nothing in it ever overwritten."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from fractions import Fraction
from pathlib import Path
from typing import Any
from urllib.parse import quote

from thetabox.errors import ThetaboxError

FORMAT = 1
RMT = "RMT"


@dataclass(frozen=True)
class Threshold:
    """A resting motor threshold in % of the stimulator's maximum (MSO), and how it was found.

    interval_percent: 95 % interval, None where the method knows none. measured: UTC. pulses: that were answered.
    """

    percent_mso: float
    profile: str
    method: str
    measured: str
    operator: str
    pulses: int
    interval_percent: tuple[float, float] | None = None
    session: str = ""
    kind: str = RMT

    @property
    def exact(self) -> Fraction:
        """As it is written: 47.3 means 47.3."""
        return Fraction(str(self.percent_mso))


def file_of(folder: Path, subject: str) -> Path:
    """The subject's file, whatever characters its name has."""
    return folder / f"{quote(subject, safe=' ').replace('.', '%2E')}.json"


def thresholds(folder: Path, subject: str) -> list[Threshold]:
    """All that is remembered, oldest first; empty when nothing is. ThetaboxError when the file is damaged."""
    path = file_of(folder, subject)
    try:
        whole = json.loads(path.read_text(encoding="utf-8"))
        if (whole["format"], whole["subject"]) != (FORMAT, subject):
            raise ThetaboxError(f"{path} is of {whole['subject']!r}, format {whole['format']}", "give another name")
        return [_threshold(entry) for entry in whole["thresholds"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError) as error:
        reason = f"no {error}" if isinstance(error, KeyError) else error
        raise ThetaboxError(f"{path} cannot be read: {reason}", "mend it, or restore it from a copy") from None


def _threshold(entry: dict[str, Any]) -> Threshold:
    values = {field.name: entry[field.name] for field in fields(Threshold)}
    interval = values["interval_percent"]
    made = Threshold(**{**values, "interval_percent": interval and (float(interval[0]), float(interval[1]))})
    if isinstance(made.percent_mso, bool) or not isinstance(made.percent_mso, int | float):
        raise ValueError(f"percent_mso is {made.percent_mso!r}")
    if not 0 < made.percent_mso <= 100:
        raise ValueError(f"percent_mso {made.percent_mso} is outside 0 to 100")
    return made


def remember(folder: Path, subject: str, threshold: Threshold) -> Path:
    """Add a threshold to the subject's file, which it returns. Raises ThetaboxError when that cannot be written."""
    known = [*thresholds(folder, subject), threshold]
    path = file_of(folder, subject)
    whole = {"format": FORMAT, "subject": subject, "thresholds": [asdict(each) for each in known]}
    draft = path.with_suffix(".draft")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        draft.write_text(json.dumps(whole, indent=1) + "\n", encoding="utf-8")
        draft.replace(path)  # whole or as it was
    except OSError as error:
        raise ThetaboxError(
            f"{path} cannot be written: {error.strerror}", "choose another folder with --subjects"
        ) from None
    return path


def recall(folder: Path, subject: str, profile: str) -> Threshold:
    """The latest threshold of a subject on a stimulator. ThetaboxError when there is none."""
    known = thresholds(folder, subject)
    here = [each for each in known if each.profile == profile]
    if here:
        return here[-1]
    others = sorted({each.profile for each in known})
    where = f"on {profile}, only on {', '.join(others)}" if others else f"in {folder.resolve()}"
    raise ThetaboxError(
        f"no motor threshold of {subject} is known {where}",
        f"find it with `thetabox pulse --search --subject {subject} --profile {profile}`",
    )
