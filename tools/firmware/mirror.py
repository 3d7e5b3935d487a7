"""The system's own Debian mirror, as apt's sources name it: no host name is written in this project."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_OTHER_NAMES = {"stable", "oldstable", "testing"}  # of suites, for people who do not name theirs


@dataclass(frozen=True)
class Entry:
    """One archive with its options in the form of a one-line source, such as "[signed-by=/a/key.gpg]"."""

    uri: str
    options: str
    suites: frozenset[str]
    components: frozenset[str]


def one_line(text: str) -> Iterator[Entry]:
    """Binary archives in a file of the format `deb [options] uri suite components`."""
    pattern = r"^\s*deb\s+(\[[^]]*\])?\s*([^\s[]\S*)[ \t]+(\S+)[ \t]+([^#\n]+)"
    for options, uri, suite, components in re.findall(pattern, text, re.MULTILINE):
        yield Entry(uri, options, frozenset([suite]), frozenset(components.split()))


def deb822(text: str) -> Iterator[Entry]:
    """Binary archives in a file of stanzas (`Types:`, `URIs:`, ...)."""
    without_comments = re.sub(r"^#.*\n?", "", text, flags=re.MULTILINE)
    for stanza in re.split(r"\n\s*\n", without_comments):
        unfolded = re.sub(r"\n[ \t]+", " ", stanza)
        pairs = re.findall(r"^([\w-]+):[ \t]*(.*)$", unfolded, re.MULTILINE)
        fields = {name.lower(): value.split() for name, value in pairs}
        if "deb" not in fields.get("types", []) or fields.get("enabled", ["yes"])[0].lower() in ("no", "false"):
            continue
        keys = [key for key in fields.get("signed-by", []) if key.startswith("/")]  # an inline key has no short form
        options = [f"signed-by={','.join(keys)}"] if keys else []
        if fields.get("trusted") == ["yes"]:
            options.append("trusted=yes")
        written = f"[{' '.join(options)}]" if options else ""
        for uri in fields.get("uris", []):
            yield Entry(uri, written, frozenset(fields.get("suites", [])), frozenset(fields.get("components", [])))


def _entries(folder: Path) -> Iterator[Entry]:
    for path in [folder / "sources.list", *sorted((folder / "sources.list.d").glob("*"))]:
        if path.is_file() and path.suffix in (".list", ".sources"):
            text = path.read_text(errors="replace")
            yield from (deb822 if path.suffix == ".sources" else one_line)(text)


def _debians_own() -> set[str]:
    """Archives that call themselves Debian; empty as long as apt has no lists."""
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return {line.rstrip("/") for line in done.stdout.splitlines()}


def mirrors(folder: Path = Path("/etc/apt"), release: Path = Path("/etc/os-release")) -> list[Entry]:
    """Archives of the system's own suite; other vendors, who use the same suite's name, are left out or come last."""
    text = release.read_text() if release.exists() else ""
    own = set(re.findall(r"^VERSION_CODENAME=\"?(\w+)", text, re.MULTILINE)) | _OTHER_NAMES
    found = [
        entry
        for entry in _entries(folder)
        if entry.suites & own and "main" in entry.components and not entry.uri.startswith("cdrom:")
    ]
    official = _debians_own()
    return [entry for entry in found if entry.uri.rstrip("/") in official] or found
