"""`thetabox validate`: judge a session again from its files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from thetabox.errors import Exit

from .options import Json


def validate(
    folder: Annotated[Path, typer.Argument(help="A session's folder.")],
    as_json: Json = False,
) -> None:
    """Judge a session again from its files alone: hashes, chain of events, every edge. Exit code 1 on FAIL.

    Example: `thetabox validate sessions/2026-01-31-m12`
    """
    from rich.console import Console

    from thetabox.evidence.validate import validate_folder

    from .verdict import print_verdict

    about, judgement = validate_folder(folder)
    if as_json:
        print(json.dumps({"protocol": about["protocol"], **judgement.as_dict()}))
    else:
        print_verdict(Console(), judgement)
    raise typer.Exit(Exit.OK if judgement.verdict == "PASS" else Exit.FAILED)
