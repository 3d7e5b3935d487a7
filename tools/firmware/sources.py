"""Debian's own source packages, fetched with apt's own options; the system's sources are not touched."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

SUITE = "trixie"  # MicroPython 1.25 with the SDK that it was made for
SOURCE_PACKAGES = ("micropython", "mbedtls")
BINARY_PACKAGES = ("pico-sdk-source", "tinyusb-source")  # trees of sources under usr/src
ATTEMPTS = 4


class BuildError(Exception):
    """One line that says what is wrong and what to do."""


def run(command: list[str], cwd: Path | None = None, log: Path | None = None) -> None:
    """Run a command, its output into `log`; BuildError with the last lines when it fails."""
    # MicroPython asks git for its version: it shall not find this project's repository above its own tree.
    env = os.environ | {"GIT_CEILING_DIRECTORIES": str(Path(__file__).resolve().parents[2] / "build" / "src")}
    with (log or Path(os.devnull)).open("ab") as sink:
        done = subprocess.run(command, cwd=cwd, env=env, stdout=sink, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        told = f"see {log}" if log else f"exit code {done.returncode}"
        tail = log.read_text(errors="replace").splitlines()[-15:] if log else []
        raise BuildError("\n".join([*tail, f"`{' '.join(command)[:120]}` failed: {told}"]))


def _system_sources() -> list[tuple[str, str]]:
    """(mirror, options) of the system's own Debian archive: the entries that hold the system's own suite."""
    release = Path("/etc/os-release")
    named = re.search(r"^VERSION_CODENAME=(\w+)", release.read_text(), re.MULTILINE) if release.exists() else None
    own = named[1] if named else "stable"
    found = []
    for path in [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]:
        if not path.is_file():
            continue
        text = path.read_text(errors="replace")
        if path.suffix == ".sources":
            for stanza in re.split(r"\n\s*\n", text):
                fields = dict(re.findall(r"^(\S+):\s*(.+)$", stanza, re.MULTILINE))
                key = f"[signed-by={fields['Signed-By']}]" if fields.get("Signed-By", "").startswith("/") else ""
                if own in fields.get("Suites", "").split() and fields.get("URIs"):
                    found.append((fields["URIs"].split()[0], key))
        else:
            for options, mirror, suite in re.findall(r"^deb\s+(\[[^]]*\]\s+)?(\S+)\s+(\S+)", text, re.MULTILINE):
                if suite == own:
                    found.append((mirror, options.strip()))
    return found


def fetch(work: Path, log: Path) -> dict[str, Path]:
    """Download and unpack all packages below `work`; returns the tree of each. A tree that is there is kept."""
    trees = {name: work / name for name in (*SOURCE_PACKAGES, *BINARY_PACKAGES)}
    if all((tree / ".complete").exists() for tree in trees.values()):
        return trees
    if not shutil.which("apt-get"):
        raise BuildError("the firmware's sources come from Debian's archive; set MICROPY_DIR to a checkout instead")
    mirrors = _system_sources()
    if not mirrors:
        raise BuildError("no Debian mirror in this system's apt sources; set MICROPY_DIR to a MicroPython checkout")
    apt = work / "apt"
    for folder in ("lists/partial", "cache/archives/partial", "download"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    mirror, options = mirrors[0]
    (apt / "sources.list").write_text(
        "".join(f"{kind} {options} {mirror} {SUITE} main\n" for kind in ("deb", "deb-src"))
    )
    settings = [
        f"Dir::Etc::sourcelist={apt}/sources.list", "Dir::Etc::sourceparts=-", f"Dir::State::Lists={apt}/lists",
        f"Dir::Cache={apt}/cache", "APT::Get::List-Cleanup=0", "APT::Sandbox::User=root",
    ]  # fmt: skip
    options_list = [part for setting in settings for part in ("-o", setting)]
    _retry(["apt-get", *options_list, "update"], apt, log)
    _retry(["apt-get", *options_list, "source", "--download-only", *SOURCE_PACKAGES], apt / "download", log)
    _retry(["apt-get", *options_list, "download", *BINARY_PACKAGES], apt / "download", log)
    for name in SOURCE_PACKAGES:
        _unpack(trees[name], lambda part, n=name: _unpack_source(apt / "download", n, part, log))
    for name in BINARY_PACKAGES:
        _unpack(trees[name], lambda part, n=name: _unpack_binary(apt / "download", n, part, log))
    return trees


def _retry(command: list[str], cwd: Path, log: Path) -> None:
    for attempt in range(ATTEMPTS):
        try:
            return run(command, cwd, log)
        except BuildError as error:
            if attempt == ATTEMPTS - 1:
                raise BuildError(
                    f"{error}\nDebian's archive did not answer; try again, or set MICROPY_DIR to a checkout"
                ) from error
            time.sleep(3 * (attempt + 1))
    return None


def _unpack(tree: Path, unpack: Callable[[Path], None]) -> None:
    shutil.rmtree(tree, ignore_errors=True)
    part = tree.with_name(tree.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    unpack(part)
    part.rename(tree)
    (tree / ".complete").touch()


def _unpack_source(folder: Path, name: str, target: Path, log: Path) -> None:
    description = sorted(folder.glob(f"{name}_*.dsc"))[-1]
    run(["dpkg-source", "--no-check", "-x", str(description), str(target)], log=log)


def _unpack_binary(folder: Path, name: str, target: Path, log: Path) -> None:
    package = sorted(folder.glob(f"{name}_*.deb"))[-1]
    run(["dpkg", "-x", str(package), str(target)], log=log)
