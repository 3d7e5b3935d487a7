"""The house's own rules: imports run one way, and what is rendered is fresh."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FIRMWARE = {
    "contract": {"contract"},
    "kernel": {"contract", "kernel"},
    "device": {"contract", "kernel", "device"},
}
HOST = {
    "protocol": {"protocol", "errors"},
    "evidence": {"evidence", "errors", "capture"},
    "board": {"board", "errors", "capture"},
    "session": {"session", "board", "protocol", "evidence", "errors", "capture"},
    "cli": {"cli", "session", "board", "protocol", "evidence", "errors", "capture"},
}
CONTRACT_STANDARD = {"struct", "binascii"}
HARDWARE = {"machine", "rp2", "micropython", "uctypes"}


def imported(path):
    """Modules that a file imports, relative ones made absolute."""
    package = path.relative_to(ROOT / ("firmware" if "firmware" in path.parts else "host")).parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            yield ".".join([*base, *([node.module] if node.module else [])])
            if node.level and not node.module:
                yield from (".".join([*base, alias.name]) for alias in node.names)


@pytest.mark.parametrize("room", FIRMWARE)
def test_firmware_imports_run_one_way(room):
    for path in (ROOT / "firmware" / room).glob("*.py"):
        for module in imported(path):
            top = module.split(".")[0]
            assert top not in FIRMWARE or top in FIRMWARE[room], f"{path}: {module}"
            if room != "device":
                assert top not in HARDWARE, f"{path}: only device names the hardware"
            if room == "contract" and top not in FIRMWARE:
                assert top in CONTRACT_STANDARD, f"{path}: {module}"


@pytest.mark.parametrize("room", HOST)
def test_host_imports_run_one_way(room):
    for path in (ROOT / "host/thetabox" / room).rglob("*.py"):
        for module in imported(path):
            assert not module.startswith(("kernel", "device")), f"{path}: {module}"
            parts = module.split(".")
            if parts[0] == "thetabox" and len(parts) > 1:
                assert parts[1] in HOST[room], f"{path}: {module}"


def test_rendered_files_are_fresh():
    done = subprocess.run([sys.executable, str(ROOT / "tools/gen.py"), "--check"], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout.decode()


def test_flash_map_does_not_overlap():
    from contract import limits

    regions = sorted([
        (0, limits.FLASH_IMAGE_MAX),
        (limits.FLASH_SCHEDULE_AT, limits.FLASH_SCHEDULE_BYTES),
        (limits.FLASH_PROTOCOL_AT, limits.FLASH_PROTOCOL_BYTES),
        (limits.FLASH_BOOTS_AT, limits.FLASH_BOOTS_BYTES),
    ])  # fmt: skip
    for (at, size), (following, _) in zip(regions, [*regions[1:], (limits.FLASH_SIZE, 0)], strict=True):
        assert at % limits.FLASH_SECTOR == 0 and at + size <= following
