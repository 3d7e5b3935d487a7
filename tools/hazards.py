"""hw/hazards.toml as a table, and whether the tests that it names show what they are named for.

tests/outcomes.py keeps in build/outcomes.json what became of each of them, with the image that they ran.
"""

from __future__ import annotations

import ast
import hashlib
import json
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests/emulated"
WRITTEN, RECORDED, PASSED = "written", "recorded", "passed"
WANTED = (WRITTEN, RECORDED, PASSED)
"""Of each test: that it is there; besides, that nothing else than passing is known of it; that all of it has passed."""


def _hazards() -> list[dict[str, Any]]:
    hazards: list[dict[str, Any]] = tomllib.loads((ROOT / "hw" / "hazards.toml").read_text())["hazard"]
    return hazards


def table() -> str:
    """Every hazard with the tests that show its control; SystemExit when one is not there."""
    if wrong := list(lacking(WRITTEN)):
        raise SystemExit("\n".join(wrong))
    rows = ["| hazard | cause | control | shown by | open |", "|---|---|---|---|---|"]
    for hazard in _hazards():
        shown = "<br>".join(f"`{test.partition('::')[2]}`" for test in hazard["tests"])
        cells = (hazard["name"], hazard["cause"], hazard["control"], shown, hazard.get("open", ""))
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def lacking(wanted: str) -> Iterator[str]:
    """A sentence for each hazard's test that is not as it is `wanted`: one of WANTED."""
    cases = {} if wanted == WRITTEN else _outcomes()
    for hazard in _hazards():
        said = f"hw/hazards.toml: {hazard['name']}:"
        if not hazard["tests"]:
            yield f"{said} no test shows its control"
        for test in hazard["tests"]:
            if not _exists(test):
                yield f"{said} there is no test {test}"
            elif wanted != WRITTEN and (wrong := _wrong(test, cases, wanted)):
                yield f"{said} {test} {wrong} — run {TESTS}/{test.partition('::')[0]}"


def _wrong(test: str, cases: dict[str, str], wanted: str) -> str:
    """What is wrong with the outcomes of a test, '' for nothing."""
    outcomes = [outcome for case, outcome in cases.items() if case.partition("[")[0] == test]
    for outcome, words in (("failed", "failed when last run"), ("skipped", "was skipped when last run")):
        if outcome in outcomes:
            return words
    if wanted == RECORDED or (outcomes and set(outcomes) == {"passed"}):
        return ""
    return "has not run in all its cases" if outcomes else "has not run on this image"


def _outcomes() -> dict[str, str]:
    """What became of each case with the image that is there; of other images nothing is known."""
    path, image = ROOT / "build" / "outcomes.json", ROOT / "build" / "firmware" / "thetabox.uf2"
    if not (path.exists() and image.exists()):
        return {}
    record = json.loads(path.read_text())
    return record["cases"] if record["image"] == hashlib.sha256(image.read_bytes()).hexdigest()[:16] else {}


def _exists(test: str) -> bool:
    """Whether there is such a test, and no mark lets it be passed over."""
    name, _, function = test.partition("::")
    path = ROOT / TESTS / name
    if not path.exists():
        return False
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.FunctionDef) and node.name == function:
            marks = [ast.unparse(each) for each in node.decorator_list]
            return not any("mark.skip" in mark or "mark.xfail" in mark for mark in marks)
    return False
