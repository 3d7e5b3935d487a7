"""Render what follows from the single sources: `gen.py` writes, `gen.py --check` fails when a file is stale.

hw/pins.toml and hw/limits.toml become firmware/contract/pins.py and limits.py; tables in Markdown files, those of
hw/hazards.toml and docs/measured.toml among them, are rendered between `<!-- gen:NAME -->` and `<!-- /gen -->`.
"""

from __future__ import annotations

import argparse
import ast
import json
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "firmware"))
HEADER = '"""{title}\n\nRendered from {source} by `make gen`: change that file, not this one.\n"""\n\n'


def _toml(name: str) -> dict:
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


def hazard_table() -> str:
    """Every hazard with the tests that show its control; SystemExit when one is not there, or failed when last run."""
    failed = _failed_lately()
    rows = ["| hazard | cause | control | shown by | open |", "|---|---|---|---|---|"]
    for hazard in _toml("hazards.toml")["hazard"]:
        if not hazard["tests"]:
            raise SystemExit(f"hw/hazards.toml: {hazard['name']}: no test shows its control")
        missing = [test for test in hazard["tests"] if not _exists(test)]
        if missing:
            raise SystemExit(f"hw/hazards.toml: {hazard['name']}: there is no test {', '.join(missing)}")
        fails = [test for test in hazard["tests"] if test in failed]
        if fails:
            raise SystemExit(f"hw/hazards.toml: {hazard['name']}: when last run, {', '.join(fails)} failed")
        shown = "<br>".join(f"`{test.partition('::')[2]}`" for test in hazard["tests"])
        cells = (hazard["name"], hazard["cause"], hazard["control"], shown, hazard.get("open", ""))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _exists(test: str) -> bool:
    """Whether there is such a test, and nothing lets it be passed over."""
    name, _, function = test.partition("::")
    path = ROOT / "tests" / "emulated" / name
    if not path.exists():
        return False
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            marks = [ast.unparse(each) for each in node.decorator_list]
            return not any("mark.skip" in mark or "mark.xfail" in mark for mark in marks)
    return False


def _failed_lately() -> set[str]:
    """Tests that failed when they were last run here: tests/emulated/conftest.py keeps them."""
    path = ROOT / "build" / "failed-tests.json"
    return set(json.loads(path.read_text())) if path.exists() else set()


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
    "hazards": hazard_table,
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
    """Write, or with --check compare; exit code 1 when something is stale."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="change nothing, fail when a file is stale")
    check = parser.parse_args().check
    stale = [p for p, text in rendered().items() if not p.exists() or p.read_text() != text]
    for path in stale:
        print(f"{'stale' if check else 'rendered'}: {path.relative_to(ROOT)}")
        if not check:
            path.write_text(rendered()[path])
    if check and stale:
        print("Run `make gen` and commit what it renders.", file=sys.stderr)
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
