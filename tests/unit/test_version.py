"""The version is written in one place; what cannot read it says the same."""

import re
import tomllib
from pathlib import Path

import thetabox
from contract import messages
from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]


def test_host_and_firmware_take_it_from_the_contract():
    assert thetabox.__version__ == VERSION
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert "version" in project["project"]["dynamic"] and "version" not in project["project"]
    path = ROOT / project["tool"]["hatch"]["version"]["path"]
    assert re.findall(r'^VERSION = "(.+)"', path.read_text(encoding="utf-8"), re.MULTILINE) == [VERSION]


def test_it_fits_into_identify():
    reply = dict(messages.row(messages.IDENTIFY)[3])
    assert len(VERSION.encode()) <= int(reply["version"].rstrip("s"))


def test_citation_and_changelog_are_of_this_release():
    assert f"\nversion: {VERSION}\n" in (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    changes = re.findall(r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert changes[0] == VERSION
