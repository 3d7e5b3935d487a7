"""Debian's own source packages, fetched with apt's own options; the system's sources are not touched.

apt verifies: the release by its signature, through it every file by its hash. A tree is unpacked whole or not there.
"""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from .mirror import Entry, mirrors
from .process import UNPACK_PACKAGES, BuildError, require, run

SUITE = "trixie"  # MicroPython 1.25 with the SDK that it was made for
SOURCE_PACKAGES = ("micropython", "mbedtls")
BINARY_PACKAGES = ("pico-sdk-source", "tinyusb-source")  # trees of sources under usr/src
ATTEMPTS = 4
WAIT_S = 3  # before the second attempt, and so much longer before each one after it
CHECKOUT = "name a MicroPython checkout: MICROPY_DIR=/path"


def fetch(work: Path, log: Path) -> dict[str, Path]:
    """Download and unpack all packages below `work`; returns the tree of each. Trees that are there are kept."""
    trees = {name: work / name for name in (*SOURCE_PACKAGES, *BINARY_PACKAGES)}
    if all((tree / ".complete").exists() for tree in trees.values()):
        return trees
    if not shutil.which("apt-get"):
        raise BuildError(f"MicroPython's sources come from Debian's archive, through apt; here, {CHECKOUT}")
    require(UNPACK_PACKAGES)
    found = mirrors()
    if not found:
        raise BuildError(f"no Debian mirror in this system's apt sources; {CHECKOUT}")
    folder = work / "apt" / "download"
    shutil.rmtree(folder, ignore_errors=True)  # of an older version, perhaps
    _download(work / "apt", found, log)
    for name in SOURCE_PACKAGES:
        _unpack(["dpkg-source", "-x", str(next(folder.glob(f"{name}_*.dsc")))], trees[name], log)
    for name in BINARY_PACKAGES:
        _unpack(["dpkg", "-x", str(next(folder.glob(f"{name}_*.deb")))], trees[name], log)
    return trees


def _download(apt: Path, found: list[Entry], log: Path) -> None:
    """All packages into `apt`/download. The archive may replace a file at any moment: each attempt looks anew."""
    for attempt in range(ATTEMPTS):
        try:
            return _attempt(apt, found[attempt % len(found)], log)
        except BuildError as error:
            if attempt == ATTEMPTS - 1:
                said = [line for line in error.details if line.startswith("E: ")] or [f"see {log}"]
                raise BuildError(
                    f"Debian's archive did not deliver ({said[0].strip()}); try again later, or {CHECKOUT}"
                ) from error
            time.sleep(WAIT_S * (attempt + 1))
    return None


def _attempt(apt: Path, mirror: Entry, log: Path) -> None:
    for folder in ("lists/partial", "cache/archives/partial", "download"):
        (apt / folder).mkdir(parents=True, exist_ok=True)
    lines = [f"{kind} {mirror.options} {mirror.uri} {SUITE} main\n" for kind in ("deb", "deb-src")]
    (apt / "sources.list").write_text("".join(lines))
    settings = (
        f"Dir::Etc::sourcelist={apt}/sources.list",
        "Dir::Etc::sourceparts=-",
        f"Dir::State::Lists={apt}/lists",
        f"Dir::Cache={apt}/cache",
        "APT::Sandbox::User=root",  # the download folder is ours; apt's own user may not reach it
        "APT::Update::Error-Mode=any",  # otherwise a mirror that does not answer is a success
    )
    command = ["apt-get", "-q", *(part for setting in settings for part in ("-o", setting))]
    run([*command, "update"], log)
    run([*command, "source", "--download-only", *SOURCE_PACKAGES], log, cwd=apt / "download")
    run([*command, "download", *BINARY_PACKAGES], log, cwd=apt / "download")


def _unpack(command: list[str], tree: Path, log: Path) -> None:
    part = tree.with_name(tree.name + ".part")
    for folder in (tree, part):
        shutil.rmtree(folder, ignore_errors=True)
    run([*command, str(part)], log)
    part.rename(tree)
    (tree / ".complete").touch()
