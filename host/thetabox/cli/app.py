"""The command `thetabox`: collects the verbs, and turns errors into one line and an exit code."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from thetabox import __version__
from thetabox.errors import Exit

from . import attend, boards, clear, console, doctor, emulate, flash, info, logs, protocols, pulse, run, show, validate
from .explain import explain

INTERRUPTED = 130  # what typer makes of Ctrl-C
SETTINGS = {"debug": False}

app = typer.Typer(
    name="thetabox",
    help="Theta-burst stimulation for preclinical and bench research: hardware-timed, charge-controlled, proven.\n\n"
    "Not a medical device; never for use on people.",
    epilog="Exit codes: 0 all well, 1 a judgement of FAIL (of a session, or of this machine by `doctor`) or a defect "
    "of ThetaBox, 2 wrong command line, 3 bad input (also a file that is no firmware image), 4 the board refused or "
    "faulted, 5 no board, 6 aborted by you.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(protocols.protocols)
app.command()(show.show)
app.command()(pulse.pulse)
app.command()(run.run)
app.command()(attend.status)
app.command()(attend.pause)
app.command()(attend.resume)
app.command()(attend.abort)
app.command()(validate.validate)
app.command()(boards.boards)
app.command()(info.info)
app.command()(logs.logs)
app.command()(clear.clear)
app.command()(console.console)
app.command()(emulate.emulate)
app.command()(flash.flash)
app.command()(doctor.doctor)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def _version(asked: bool) -> None:
    if asked:
        version()
        raise typer.Exit


@app.callback()
def common(
    debug: Annotated[
        bool, typer.Option("--debug", envvar="THETABOX_DEBUG", help="Show where in the program an error arose.")
    ] = False,
    shown: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_version)
    ] = False,
) -> None:
    """Take the options that stand before the verb."""
    SETTINGS["debug"] = debug
    del shown  # its callback has ended the program


def main() -> None:
    """Run the command line."""
    try:
        code = _run()
    finally:
        _let_go()
    sys.exit(code)


def _run() -> int:
    try:
        code = app(standalone_mode=False, prog_name="thetabox") or Exit.OK
        sys.stdout.flush()
    except BrokenPipeError:  # whoever read it has gone, and needs no explanation
        return Exit.FAILED
    except Exception as error:
        if SETTINGS["debug"]:
            raise
        code = explain(error)
    if code == INTERRUPTED:
        print("aborted", file=sys.stderr)
        code = Exit.ABORTED
    return int(code)


def _let_go() -> None:
    """Give up what stdout no longer takes: the interpreter would try again at exit and change the exit code."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
