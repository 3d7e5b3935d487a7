"""The PIO model's machines sleep while nobody could see what they do: no difference to stepping them clock by clock."""

import shutil
import subprocess
from pathlib import Path

from thetabox.board.renode import process
from thetabox.board.supplies import renode_platform

MODELS = ("PioFifo.cs", "PioTime.cs", "PioInstructions.cs", "PioMachine.cs", "PioBlock.cs")
BLOCKS = 4_000


def test_machines_that_sleep_do_as_machines_that_are_stepped(tmp_path):
    for path in (*(renode_platform() / name for name in MODELS), Path(__file__).with_name("PioSteps.cs")):
        shutil.copy(path, tmp_path)
    files = " ".join(f"@{path.name}" for path in tmp_path.iterdir())
    commands = f"include {files}; emulation PioSleepers 0 {BLOCKS}; quit"
    ran = subprocess.run(
        [process.find(), "--disable-gui", "--plain", "--console", "-e", commands],
        cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    assert "all agree" in ran.stdout, ran.stdout
