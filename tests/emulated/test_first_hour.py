"""The first hour of the documentation, command by command: what it shows is what is printed."""

import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest
from thetabox.board.supplies import BUILT

pytestmark = [pytest.mark.emulated, pytest.mark.skipif(os.name == "nt", reason="the page is written for a POSIX shell")]
ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "first-hour.md"
ANY = "…"


def blocks():
    """(language, text before, text) of every fenced block."""
    page = PAGE.read_text(encoding="utf-8")
    parts = re.split(r"^```", page, flags=re.MULTILINE)
    for before, block in zip(parts[::2], parts[1::2], strict=False):
        language, _, text = block.partition("\n")
        yield language, before, text


def steps():
    """(command, lines that it shall print) of the page; (None, (name, text)) for a file to be saved."""
    for language, before, text in blocks():
        if language == "toml":
            yield None, (re.findall(r"`([\w-]+\.toml)`", before)[-1], text)
        for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:] if language == "console" else ():
            command, *shown = part.rstrip("\n").split("\n")
            yield command, shown


def pattern(shown):
    """A line that is ANY stands for any lines, ANY within a line for anything in it."""
    lines = [r"(?:.*\n)*?" if line == ANY else re.escape(line).replace(ANY, ".*") + r" *\n" for line in shown]
    return re.compile("".join(lines))


class Shell:
    """Runs the commands where a newcomer would; remembers what runs in the background."""

    def __init__(self, folder):
        self.folder, self.background = folder, []
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("MAKE")},  # we may be in one
            "THETABOX_RUNTIME": str(folder / ".run"), "COLUMNS": "200", "NO_COLOR": "1",
            "PATH": f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}",
        }  # fmt: skip

    def run(self, command):
        where = ROOT if command.startswith("make ") else self.folder
        options = {
            "cwd": where,
            "env": self.environment,
            "text": True,
            "shell": True,
            "executable": shutil.which("bash"),
        }
        if not command.endswith("&"):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, **options)
            return done.stdout
        process = subprocess.Popen(f"exec {command[:-1]}", stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **options)
        self.background.append(process)
        link = self.folder / re.search(r"--link (\S+)", command)[1]
        end = time.monotonic() + 60
        while not link.exists():
            assert time.monotonic() < end and process.poll() is None, "nothing was served"
            time.sleep(0.05)
        return "\n"

    def close(self):
        for process in self.background:
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=60)


@pytest.fixture
def shell(tmp_path):
    shell = Shell(tmp_path)
    yield shell
    shell.close()


@pytest.mark.skipif(not BUILT.exists(), reason="no firmware image: run `make firmware`")
def test_the_first_hour(shell):
    ran = 0
    for command, shown in steps():
        if command is None:
            name, text = shown
            (shell.folder / name).write_text(text, encoding="utf-8")
            continue
        said = shell.run(command)
        said = said if said.endswith("\n") else said + "\n"
        assert pattern(shown).fullmatch(said), f"$ {command}\n{said}\nis not\n" + "\n".join(shown)
        ran += 1
        if command == "make demo":
            shutil.rmtree(ROOT / re.search(r"^session (\S+)$", said, re.MULTILINE)[1])
    assert ran >= 15
