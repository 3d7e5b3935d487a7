"""Tests of the tests: change the firmware in one place at a time, and see whether a quick test fails.

Mutants are made by cosmic-ray in a copy below build/mutate. One that no test kills must be explained in
tests/survivors.toml: why it is as good, its module, the line, and what it becomes. Exit code 1 when one is not, or when
one is explained there that no longer survives, and when one has come to no result.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutate"
EXPLAINED = ROOT / "tests" / "survivors.toml"
MODULES = ("kernel/gate", "kernel/charge", "contract/limits", "contract/frame", "contract/cobs", "contract/protocol")
NEEDED = ("firmware", "host", "tests", "hw", "docs", "tools", "README.md", "pyproject.toml")
TIMEOUT_S = 40
CONFIG = """[cosmic-ray]
module-path = "firmware/{module}.py"
timeout = {timeout}
excluded-modules = []
test-command = "{python} tests/mutation_cases.py {module}"

[cosmic-ray.distributor]
name = "local"
"""


def copy(module: str) -> Path:
    """A tree of its own for the mutants of a module."""
    folder = WORK / module.replace("/", "-")
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in NEEDED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, folder / name)
    return folder


def run(module: str) -> list[dict[str, Any]]:
    """cosmic-ray's results for a module: operator, outcome and diff of each mutant."""
    folder = copy(module)
    tool = shutil.which("cosmic-ray", path=str(Path(sys.executable).parent)) or shutil.which("cosmic-ray")
    if tool is None:
        raise SystemExit("error: no cosmic-ray: run `make mutate`")
    (folder / "mutate.toml").write_text(CONFIG.format(module=module, timeout=TIMEOUT_S, python=sys.executable))
    if subprocess.run([sys.executable, "tests/mutation_cases.py", module], cwd=folder, capture_output=True).returncode:
        raise SystemExit("error: the quick tests fail without a mutant: run `make unit`")
    for step in (["init", "mutate.toml", "session.sqlite"], ["exec", "mutate.toml", "session.sqlite"]):
        subprocess.run([tool, *step], cwd=folder, check=True, capture_output=True)
    dump = subprocess.run([tool, "dump", "session.sqlite"], cwd=folder, check=True, capture_output=True, text=True)
    return [mutant(module, *json.loads(line)) for line in dump.stdout.splitlines()]


def mutant(module: str, item: dict[str, Any], result: dict[str, Any] | None) -> dict[str, Any]:
    """One mutant as survivors.toml names it, and whether it survived."""
    diff = (result or {}).get("diff") or ""
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++", "@@"))]
    gone = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    new = " ".join(line[1:].strip() for line in lines if line.startswith("+"))
    outcome = (result or {}).get("test_outcome")
    return {"module": module, "line": gone, "becomes": new, "survived": outcome == "survived", "outcome": outcome}


def key(each: dict[str, Any]) -> tuple[str, str, str]:
    """What tells one mutant from another, whatever line it stands in."""
    return each["module"], each["line"], each["becomes"]


def main() -> int:
    """Run the mutants of the modules that are asked for, and tell which survived."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"of {', '.join(MODULES)}; all without any")
    parser.add_argument("--jobs", type=int, default=2, help="modules at a time [default: 2]")
    options = parser.parse_args()
    chosen = options.modules or MODULES
    text = EXPLAINED.read_text() if EXPLAINED.exists() else ""
    explained = {
        (each["module"], line, becomes)
        for each in tomllib.loads(text).get("survivor", [])
        for line, becomes in each["mutants"]
        if each["module"] in chosen
    }
    survivors: set[tuple[str, str, str]] = set()
    odd: list[dict[str, Any]] = []
    with ThreadPoolExecutor(options.jobs) as pool:
        for module, made in zip(chosen, pool.map(run, chosen), strict=True):
            strange = [each for each in made if each["outcome"] not in ("killed", "survived")]
            odd += strange
            alive = {key(each) for each in made if each["survived"]}
            survivors |= alive
            unexplained = len(alive - explained)
            told = f"{len(made)} mutants, {len(alive)} survived, {unexplained} of them unexplained"
            print(f"{module}: {told}" + (f", {len(strange)} without a result" if strange else ""), flush=True)
    for module, line, becomes in sorted(survivors - explained):
        print(f"survived, {module}:\n  - {line}\n  + {becomes}")
    for module, line, becomes in sorted(explained - survivors):
        print(f"explained in {EXPLAINED.name} and killed, {module}:\n  - {line}\n  + {becomes}")
    for each in odd:
        print(f"without a result ({each['outcome']}), {each['module']}:\n  - {each['line']}\n  + {each['becomes']}")
    return 1 if survivors ^ explained or odd else 0


if __name__ == "__main__":
    sys.exit(main())
