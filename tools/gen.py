"""Render what follows from the single sources: `gen.py` writes, `gen.py --check` fails when a file is stale.

It fails, too, when a test that a hazard names is not as `--tests` wants it: see hazards.py.

hw/pins.toml and hw/limits.toml become firmware/contract/pins.py and limits.py; tables in Markdown files, those of
hw/hazards.toml and docs/measured.toml among them, are rendered between `<!-- gen:NAME -->` and `<!-- /gen -->`.
"""

from __future__ import annotations

import argparse
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hazards

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "firmware"))
HEADER = '"""{title}\n\nRendered from {source} by `make gen`: change that file, not this one.\n"""\n\n'


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "hw" / name).read_text())


def pins_module() -> str:
    """The firmware's names of the GPIOs."""
    lines = [HEADER.format(title="GPIO numbers of the board's signals.", source="hw/pins.toml")]
    pins = _toml("pins.toml")
    lines += [f"{name} = {pin['gpio']}\n" for name, pin in pins.items()]
    for direction, constant in (("out", "OUTPUTS"), ("in", "INPUTS"), ("analog", "ANALOG")):
        names = [name for name, pin in pins.items() if pin["direction"] == direction]
        lines.append(f"\n{constant} = (\n" + "".join(f"    {name},\n" for name in names) + ")\n")
    lines.append("\nNAMES = {\n" + "".join(f'    {name}: "{name}",\n' for name in pins) + "}\n")
    idle_high = [name for name, pin in pins.items() if pin["idle"]]
    lines.append("\nIDLE_HIGH = (\n" + "".join(f"    {name},\n" for name in idle_high) + ")\n")
    return "".join(lines)


def limits_module() -> str:
    """The limits as constants, section name first."""
    lines = [
        HEADER.format(title="What the hardware is and what it may do; units in the names.", source="hw/limits.toml")
    ]
    for section, values in _toml("limits.toml").items():
        lines += [f"{section}_{key}".upper() + f" = {value}\n" for key, value in values.items()]
        lines.append("\n")
    return "".join(lines).rstrip("\n") + "\n"


def pin_table() -> str:
    """Every wire of the board."""
    rows = ["| signal | GPIO | direction | meaning |", "|---|---|---|---|"]
    rows += [f"| {name} | {p['gpio']} | {p['direction']} | {p['meaning']} |" for name, p in _toml("pins.toml").items()]
    return "\n".join(rows)


def fault_table() -> str:
    """Every fault with its remedy."""
    from contract import faults

    rows = ["| number | name | kind | what happened | what to do |", "|---|---|---|---|---|"]
    rows += [
        f'| <a id="{name.lower()}"></a>{number} | {name} | {kind} | {sentence} | {remedy} |'
        for number, name, kind, sentence, remedy in faults.TABLE
    ]
    return "\n".join(rows)


def measured_table() -> str:
    """The worst figure of each campaign beside its criterion, and the run that it comes from."""
    figures = tomllib.loads((ROOT / "docs" / "measured.toml").read_text())["figure"]
    rows = [
        "| what goes wrong | figure | worst | criterion | n | run | seed | image |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for each in figures:
        worst, bound = (f"{each[name]:,g} {each['unit']}" for name in ("worst", "bound"))
        bound = f"at {'least' if each['least'] else 'most'} {bound}"
        cells = (
            each["fault"],
            each["figure"],
            worst,
            bound,
            f"{each['n']:,} of {each['count']:,}",
            each["run"],
            each["seed"],
            each["image"],
        )
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |")
    return "\n".join(rows)


MODULES: dict[str, Callable[[], str]] = {
    "firmware/contract/pins.py": pins_module,
    "firmware/contract/limits.py": limits_module,
}
TABLES: dict[str, Callable[[], str]] = {
    "pins": pin_table,
    "faults": fault_table,
    "hazards": hazards.table,
    "measured": measured_table,
}
MARK = re.compile(r"(<!-- gen:(\w+) -->\n).*?(<!-- /gen -->)", re.DOTALL)


def rendered() -> dict[Path, str]:
    """Path to what its text should be, for every file that has something rendered in it."""
    files = {ROOT / name: make() for name, make in MODULES.items()}
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("hw/**/*.md")]:
        text = path.read_text()
        if MARK.search(text):
            files[path] = MARK.sub(lambda m: m[1] + TABLES[m[2]]() + "\n" + m[3], text)
    return files


def main() -> int:
    """Write, or with --check compare; exit code 1 when something is stale or a hazard is without its test."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a file is stale")
    parser.add_argument(
        "--tests",
        choices=hazards.WANTED,
        default=hazards.RECORDED,
        help="with --check: what the hazards' tests must be",
    )
    given = parser.parse_args()
    check = given.check
    stale = [p for p, text in rendered().items() if not p.exists() or p.read_text() != text]
    for path in stale:
        print(f"{'stale' if check else 'rendered'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(rendered()[path])
    if check and stale:
        print("Run `make gen` and commit what it renders.", file=sys.stderr)
    wrong = list(hazards.lacking(given.tests)) if check else []
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if check and (stale or wrong) else 0


if __name__ == "__main__":
    sys.exit(main())
