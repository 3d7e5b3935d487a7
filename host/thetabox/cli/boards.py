"""`thetabox boards`: which boards are there, and what to write behind --port."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Annotated, Any

import typer

from .explain import holder
from .options import Json

NOT_ASKED = "not asked"


def boards(
    probe: Annotated[bool, typer.Option("--probe/--no-probe", help="Ask each candidate who it is.")] = True,
    as_json: Json = False,
) -> None:
    """List the boards of this machine: serial ports, served and emulated boards, Picos in their boot loaders.

    A port that may be a Pico is asked who it is, for half a second; another port is left in peace.

    Example: `thetabox boards --no-probe`
    """
    from rich.console import Console
    from rich.table import Table

    rows = [*_served(probe), *_serial(probe), *_boot_loaders(), _emulated(), _renode()]
    if as_json:
        print(json.dumps({"boards": rows}))
        return
    table = Table("port", "kind", "what is there", box=None, pad_edge=False)
    for row in rows:
        ready = "[bold green]" if row["ready"] else ""
        table.add_row(f"{ready}{row['port']}", row["kind"], row["says"])
    Console().print(table, highlight=False)


def _row(kind: str, port: str, ready: bool, says: str, identity: dict[str, Any] | None = None) -> dict[str, Any]:
    """`ready`: a session can be run on this port now, as far as is known."""
    return {"kind": kind, "port": port, "ready": ready, "says": says, "identity": identity}


def _asked(kind: str, port: str, about: str) -> dict[str, Any]:
    """A candidate, asked who it is. Whatever goes wrong is what is said of it."""
    from thetabox.board.base import BoardError, PortInUse
    from thetabox.board.find import ask
    from thetabox.board.link import LinkLost
    from thetabox.evidence.words import state_name

    try:
        who = ask(port)
    except PortInUse:
        return _row(kind, port, False, f"{about}: in use by {holder(port) or 'another program'}")
    except LinkLost as error:
        return _row(kind, port, False, f"{about}: something else than a ThetaBox, or one that boots ({error.message})")
    except BoardError as error:
        return _row(kind, port, False, f"{about}: {error}")
    words = f"ThetaBox {who['board_id']}, firmware {who['version']}, {state_name(who['state'])}"
    if not who["compatible"]:
        words += ", of another release: flash this one's image"
    return _row(kind, port, who["compatible"], words, who)


def _served(probe: bool) -> Iterator[dict[str, Any]]:
    from thetabox.board.find import served

    for board in served():
        name = f" as {board['name']}" if board.get("name") else ""
        about = f"served{name} since {board['since']} by process {board['pid']}"
        row = _asked("served", board["port"], about) if probe else _row("served", board["port"], False, NOT_ASKED)
        yield {**row, "says": row["says"] if about in row["says"] else f"{row['says']}, {about}"}


def _serial(probe: bool) -> Iterator[dict[str, Any]]:
    from thetabox.board.find import serial_ports

    for port in serial_ports():
        if not port.candidate:
            yield _row("serial", port.name, False, f"{port.description}: no Pico, {NOT_ASKED}")
        elif probe:
            yield _asked("serial", port.name, port.description)
        else:
            yield _row("serial", port.name, False, f"{port.description}: {NOT_ASKED}")


def _boot_loaders() -> Iterator[dict[str, Any]]:
    from thetabox.flashing.drives import boot_drives, not_mounted

    for drive in boot_drives():
        yield _row("boot loader", str(drive), False, "a Pico in its boot loader: run `thetabox flash`")
    for device in not_mounted():
        yield _row("boot loader", str(device), False, f"a Pico in its boot loader: run `udisksctl mount -b {device}`")


def _emulated() -> dict[str, Any]:
    from thetabox.board.supplies import FAST, NONE, emulator, image_path, image_remedy
    from thetabox.uf2 import Uf2Error, read

    path, build = image_path(), emulator()
    if build == NONE:
        return _row("emulated", "emu:", False, "the emulator rp2040py is not installed: see `thetabox doctor`")
    if not path.is_file():
        return _row("emulated", "emu:", False, f"no image at {path}: {image_remedy()}")
    try:
        image = read(path)
    except Uf2Error as error:
        return _row("emulated", "emu:", False, str(error))
    speed = "fast emulator" if build == FAST else "slow emulator (`make emulator` builds the fast one)"
    return _row("emulated", "emu:", True, f"in this process: image {image.image_hash}, {speed}")


def _renode() -> dict[str, Any]:
    from thetabox.board.base import BoardError
    from thetabox.board.renode.process import find

    try:
        return _row("renode", "renode:", True, f"a process of its own: {find()}")
    except BoardError as error:
        return _row("renode", "renode:", False, str(error))
