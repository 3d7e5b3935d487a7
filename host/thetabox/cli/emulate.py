"""`thetabox emulate`: an emulated board on a PTY, for any serial program."""

from __future__ import annotations

import datetime
import json
import signal
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from thetabox.errors import ThetaboxError

from . import complete
from .options import Json
from .signals import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from thetabox.board.emulated.board import EmulatedBoard
    from thetabox.board.served.drive import BootDrive
    from thetabox.board.served.line import Line

LIST = "list"
CAPTURES = (".npz", ".vcd")
ALREADY_THERE = "choose another name; only a symbolic link is replaced"


def emulate(
    usb: Annotated[bool, typer.Option("--usb", help="Its USB port instead of its UART.")] = False,
    image: Annotated[Path | None, typer.Option(help="A UF2. [default: what `make firmware` has built]")] = None,
    link: Annotated[Path | None, typer.Option(help="A name of your own for the port: a symbolic link.")] = None,
    for_s: Annotated[float | None, typer.Option("--for", metavar="SECONDS", help="End by itself.", min=0)] = None,
    capture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write all edges at the end: .npz or .vcd.")
    ] = None,
    fault: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[@SECONDS]",
            help='Break something, after so long; may be repeated; or "list".',
            autocompletion=complete.rehearsals,
        ),
    ] = None,
    flash: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The flash, kept between runs: what it holds runs.")
    ] = None,
    bootsel: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="What its boot loader shows as a drive; empty or new.")
    ] = None,
    blank: Annotated[bool, typer.Option("--blank", help="Nothing in flash: it begins in its boot loader.")] = False,
    stimulator: Annotated[
        bool, typer.Option("--stimulator", help="Trigger A goes to an external stimulator, not to the bank.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Noise of the sensors.")] = 1,
    as_json: Json = False,
) -> None:
    """Serve an emulated board on a PTY in real time, for any serial program. Ctrl-C ends it.

    Example: `thetabox emulate --link /tmp/thetabox`, then `thetabox run iTBS600 --port /tmp/thetabox`
    """
    from thetabox.board.emulated.board import EmulatedBoard
    from thetabox.board.served.keep import read_flash, write_flash
    from thetabox.board.served.server import Server
    from thetabox.board.supplies import image_path
    from thetabox.runtime import registered

    if fault == [LIST]:
        _list_faults(as_json)
        return
    breaks = [_fault(text) for text in fault or []]
    _check_capture(capture)
    if blank and image is not None:
        raise ThetaboxError("--blank and --image exclude each other", "give one of them")
    kept = b"" if blank else read_flash(flash)
    runs = image or (image_path() if kept is None else flash)
    stopped = _until(for_s)
    with closing(_line()) as line:
        drive = _drive(bootsel)
        board = EmulatedBoard(bank_wired=not stimulator, seed=seed, image=image, flash=kept, usb=usb)
        _break(board, breaks, _teller(as_json))
        with (
            _linked(link, line.port),
            registered("board", port=line.port, name=str(link or ""), image=str(runs or ""), since=_now()),
        ):
            _announce(link or Path(line.port), line.port, str(runs or "nothing"), as_json)
            server = Server(board, line, _teller(as_json), drive=drive, usb=usb)
            try:
                server.run(stopped, keep_edges=capture is not None)
            finally:
                write_flash(flash, board.chip.flash)
    _write_capture(board, capture)


def _list_faults(as_json: bool) -> None:
    from rich.console import Console
    from rich.table import Table

    from thetabox.board.emulated.rehearsal import REHEARSED

    if as_json:
        print(json.dumps({name: each.sentence for name, each in REHEARSED.items()}))
        return
    table = Table("--fault", "what goes wrong", box=None)
    for name, each in REHEARSED.items():
        table.add_row(name, each.sentence)
    Console().print(table)


def _fault(text: str) -> tuple[str, float]:
    """(name, s after power-on) of NAME[@SECONDS]."""
    from thetabox.board.emulated.rehearsal import REHEARSED

    name, at, after = text.partition("@")
    if name not in REHEARSED:
        raise ThetaboxError(f"there is no fault {name!r}", "see `thetabox emulate --fault list`")
    try:
        after_s = float(after) if at else 0.0
    except ValueError:
        after_s = -1.0
    if not 0 <= after_s < 1e6:
        raise ThetaboxError(f"--fault {text!r} has no time after the @", "write it in seconds, as coil_open@12.5")
    return name, after_s


def _break(board: EmulatedBoard, breaks: list[tuple[str, float]], tell: Callable[[str], None]) -> None:
    from contract import limits

    from thetabox.board.emulated.rehearsal import REHEARSED

    def later(name: str) -> Callable[[], None]:
        def strike() -> None:
            tell(f"{board.now_s():.3f} s: {name}: {REHEARSED[name].sentence}")
            REHEARSED[name].strike(board)

        return strike

    for name, after_s in breaks:
        board.chip.at(round(after_s * limits.CLOCK_SYS_HZ), later(name))


def _line() -> Line:
    from thetabox.board import BoardError

    try:
        from thetabox.board.served.line import Line
    except ImportError:
        raise BoardError(
            "this system has no PTYs to serve a board on", 'use Linux, macOS or WSL, or run in-process on "emu:"'
        ) from None
    return Line()


def _drive(folder: Path | None) -> BootDrive | None:
    from thetabox.board.served.drive import BootDrive

    return None if folder is None else BootDrive(folder)


def _until(seconds: float | None) -> Callable[[], bool]:
    """True once the time is over, or Ctrl-C, a closed terminal or a kill have asked to end."""
    asked: list[int] = []
    end_s = None if seconds is None else time.monotonic() + seconds
    for number in numbers():
        signal.signal(number, lambda number, _: asked.append(number))
    return lambda: bool(asked) or (end_s is not None and time.monotonic() >= end_s)


@contextmanager
def _linked(link: Path | None, port: str) -> Iterator[None]:
    """The port under a name of the user's."""
    if link is None:
        yield
        return
    if link.exists() and not link.is_symlink():
        raise ThetaboxError(f"{link} is there already", ALREADY_THERE)
    try:
        link.unlink(missing_ok=True)
        link.symlink_to(port)
    except OSError as error:
        raise ThetaboxError(f"{link} cannot be made: {error.strerror}", "choose another name") from None
    try:
        yield
    finally:
        if link.is_symlink() and str(link.readlink()) == port:
            link.unlink()


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")


def _announce(name: Path, port: str, runs: str, as_json: bool) -> None:
    if as_json:
        print(json.dumps({"port": port, "name": str(name), "image": runs}), flush=True)
        return
    print(f"an emulated board is on {name}; it runs {runs}")
    print(f"  thetabox run iTBS600 --port {name}")
    print("Ctrl-C ends it", flush=True)


def _teller(as_json: bool) -> Callable[[str], None]:
    def tell(text: str) -> None:
        print(json.dumps({"says": text}) if as_json else text, flush=True)

    return tell


def _check_capture(path: Path | None) -> None:
    """Before hours of recording rather than after."""
    if path is not None and path.suffix not in CAPTURES:
        raise ThetaboxError(f"{path} is neither .npz nor .vcd", "give the capture one of these endings")
    if path is not None and not path.absolute().parent.is_dir():
        raise ThetaboxError(f"there is no folder {path.absolute().parent}", "make it, or choose another")


def _write_capture(board: EmulatedBoard, path: Path | None) -> None:
    if path is None:
        return
    from thetabox.evidence import vcd

    edges = board.analyser.capture()
    try:
        if path.suffix == ".vcd":
            vcd.write(edges, path)
        else:
            edges.save(path)
    except OSError as error:
        raise ThetaboxError(f"{path} cannot be written: {error.strerror}", "choose another file") from None
