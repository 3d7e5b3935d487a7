"""Whether this user may open a board's port, and whether anybody else talks to it first."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from .finding import BOARD, Finding

RULES = "60-thetabox.rules"
FOLDERS = tuple(map(Path, ("/etc/udev/rules.d", "/run/udev/rules.d", "/usr/lib/udev/rules.d", "/lib/udev/rules.d")))
GROUPS = ("dialout", "uucp")  # Debian's and others', Arch's


def rules_file() -> Path:
    """The udev rules that come with ThetaBox."""
    return Path(str(resources.files("thetabox") / "data" / RULES))


def ports(platform: str = sys.platform) -> Iterator[Finding]:
    """Permission and udev rule; only Linux knows either."""
    if platform != "linux":
        yield Finding("serial permission", True, "every user may open a port on this system", need=BOARD)
        return
    rule = _installed()
    yield _permission(rule)
    if rule:
        yield Finding("udev rule", True, f"{RULES} is installed", need=BOARD)
    else:
        older = any((folder / RULES).exists() for folder in FOLDERS)
        says = f"another {RULES} than this release's is installed" if older else f"{RULES} is not installed"
        yield Finding("udev rule", False, f"{says}: ModemManager may talk to a board first", install_command(), BOARD)


def install_command() -> str:
    """What installs the rules."""
    copy = shlex.join(["sudo", "install", "-m", "644", str(rules_file()), str(FOLDERS[0])])
    return f"{copy} && sudo udevadm control --reload && sudo udevadm trigger"


def _installed() -> bool:
    ours = rules_file().read_bytes()
    return any(path.is_file() and path.read_bytes() == ours for path in (folder / RULES for folder in FOLDERS))


def _permission(rule: bool) -> Finding:
    import grp
    import pwd

    name = "serial permission"
    if os.geteuid() == 0:
        return Finding(name, True, "root may open every port", need=BOARD)
    groups = [group for group in grp.getgrall() if group.gr_name in GROUPS]
    mine = [group.gr_name for group in groups if group.gr_gid in os.getgroups()]
    if mine:
        return Finding(name, True, f"you are in the group {mine[0]}", need=BOARD)
    if rule:
        return Finding(name, True, "by the udev rule, for whoever sits at this machine", need=BOARD)
    user = pwd.getpwuid(os.geteuid()).pw_name
    if any(user in group.gr_mem for group in groups):
        says = "you were added to the group after you logged in"
        return Finding(name, False, says, "log out and in again", BOARD)
    group_name = groups[0].gr_name if groups else GROUPS[0]
    remedy = f"sudo usermod -aG {group_name} {user} (then log in again), or install the udev rule below"
    return Finding(name, False, f"you are not in the group {group_name}", remedy, BOARD)
