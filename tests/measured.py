"""docs/measured.toml: the figures of the last whole runs, from which `make gen` renders docs/measured.md."""

import hashlib
import math
import tomllib
from dataclasses import asdict, dataclass
from pathlib import Path

from thetabox.board.supplies import image_path

PATH = Path(__file__).parents[1] / "docs" / "measured.toml"
HEAD = "# Figures of the last whole runs, written by `make campaign`, `exceptions` and `fuzz`: change nothing here.\n"


@dataclass(frozen=True)
class Row:
    """One figure of one run. n: of `count` endings, those that met it. least: `bound` is a lower one."""

    run: str
    fault: str
    figure: str
    unit: str
    n: int
    count: int
    worst: float
    bound: float
    least: bool
    seed: int


def image_hash():
    """First 16 hexadecimal digits of the firmware image's SHA-256."""
    return hashlib.sha256(image_path().read_bytes()).hexdigest()[:16]


def _value(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f'"{value}"'
    if math.isfinite(value):
        return f"{value:.4g}" if isinstance(value, float) else str(value)
    return "inf" if value > 0 else "-inf"


def keep(rows, image, path=PATH):
    """Put a run's figures in place of its earlier ones; `image`: the hash of the image that ran, taken before."""
    rows = list(rows)
    new = [asdict(row) | {"image": image} for row in rows]
    old = tomllib.loads(path.read_text())["figure"] if path.exists() else []
    runs = {row.run for row in rows}
    lines = [HEAD]
    for figure in sorted([each for each in old if each["run"] not in runs] + new, key=lambda each: each["fault"]):
        lines.append("\n[[figure]]\n" + "".join(f"{key} = {_value(value)}\n" for key, value in figure.items()))
    path.write_text("".join(lines))
