"""The command `thetabox`: collects the verbs, and turns errors into one line and an exit code."""

from __future__ import annotations

import sys

import typer

from thetabox import __version__
from thetabox.errors import Exit, ThetaboxError

from . import protocols, run, show, validate

app = typer.Typer(
    name="thetabox",
    help="Theta-burst stimulation for preclinical and bench research: hardware-timed, charge-controlled, proven.\n\n"
    "Not a medical device; never for use on people.",
    epilog="Exit codes: 0 all well, 1 a judgement of FAIL, 2 wrong command line, 3 bad input, 4 the board refused or "
    "faulted, 5 no board, 6 aborted by you.",
    no_args_is_help=True,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command()(protocols.protocols)
app.command()(show.show)
app.command()(run.run)
app.command()(validate.validate)


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run the command line."""
    try:
        app()
    except ThetaboxError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        print("aborted", file=sys.stderr)
        sys.exit(Exit.ABORTED)
