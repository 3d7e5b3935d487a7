"""`thetabox flash`: a firmware image onto a Pico, and the proof that it runs there."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thetabox.errors import Exit, ThetaboxError

from . import complete
from .options import Json

if TYPE_CHECKING:
    from thetabox.uf2 import Uf2


class Wall:
    """The host's own time."""

    def now_s(self) -> float:
        """Seconds from anywhere."""
        return time.monotonic()

    def wait(self, seconds: float) -> None:
        """Sleep."""
        time.sleep(seconds)


def flash(
    uf2: Annotated[Path | None, typer.Argument(help="The image. [default: what `make firmware` has built]")] = None,
    port: Annotated[
        str | None,
        typer.Option(
            help="The board's serial port: asked for its boot loader, unless --drive shows it there, and awaited.",
            autocompletion=complete.serial_ports,
        ),
    ] = None,
    drive: Annotated[Path | None, typer.Option(help="The Pico's drive. [default: found by itself]")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Json = False,
) -> None:
    """Flash a Pico and check what it runs: one in BOOTSEL mode, or the board on --port, asked for that by message.

    A board whose bank is at 60 V or above refuses. The image is checked before, its hash on the board afterwards.

    Example: `thetabox flash thetabox-0.1.0.uf2 --port /dev/ttyACM0`
    """
    from rich.console import Console

    from thetabox import flashing
    from thetabox.board.supplies import image_path
    from thetabox.uf2 import read

    image = read(uf2 or image_path())
    image.require_whole()
    _require_serial(port)
    console = Console(quiet=as_json)
    console.print(f"image   {image.path.name}, {image.image_hash}", highlight=False, soft_wrap=True)

    def agree(where: str) -> None:
        if not yes and not typer.confirm(f"Flash {where}?", err=as_json):
            raise typer.Exit(Exit.ABORTED)

    def tell(who: dict[str, Any]) -> None:
        same = ", this image" if who["image_hash"] == image.image_hash else ""
        told = f"board   {who['board_id']}, firmware {who['version']}, {who['image_hash']}{same}"
        console.print(told, highlight=False, soft_wrap=True)
        agree(f"the board on {port}")

    clock, began = Wall(), time.monotonic()
    ports, drives = flashing.candidates(), tuple(flashing.boot_drives())
    board_id = None
    if port and not (drive and flashing.is_boot_drive(drive)):
        board_id = flashing.enter_boot_loader(port, tell)["board_id"]
        folder = flashing.await_drive(drive, drives, clock)
    else:
        folder = flashing.the_drive(drive)
        agree(f"the Pico on {folder}")
    _copy(console, image, folder)
    back, who = flashing.await_board(port, board_id, ports, clock)
    flashing.require_image(who, image)
    if as_json:
        done = {
            "image": str(image.path),
            "image_hash": image.image_hash,
            "drive": str(folder),
            "port": back,
            "board_id": who["board_id"],
            "firmware": who["version"],
            "seconds": round(time.monotonic() - began, 1),
        }
        print(json.dumps(done))
        return
    console.print(
        f"[bold green]flashed[/] and checked: board {who['board_id']} on {back} runs firmware {who['version']}, "
        f"image {who['image_hash']}",
        highlight=False, soft_wrap=True,
    )  # fmt: skip


def _require_serial(port: str | None) -> None:
    if port and port.partition(":")[0] in ("emu", "renode"):
        raise ThetaboxError(
            f"port {port} has no boot loader to be asked for",
            "it runs the image that it is given: `thetabox run --port emu:image=FILE.uf2`",
        )


def _copy(console: Any, image: Uf2, folder: Path) -> None:
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn

    from thetabox.flashing import copy

    columns = (TextColumn("copying"), BarColumn(), DownloadColumn(binary_units=True))
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("copying", total=len(image.data))
        copy(image, folder, lambda written: bar.update(task, completed=written))
