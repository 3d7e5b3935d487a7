"""What no board can see of a commercial stimulator, the operator confirms before each run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from thetabox.errors import Exit

if TYPE_CHECKING:
    from thetabox.protocol.profiles import Profile


def require_confirmed(profile: Profile, port: str, confirmed: bool, quiet: bool) -> None:
    """Ask, unless it is confirmed already or nothing is there: an emulated board in this process drives nobody."""
    if confirmed or not profile.confirm or port.startswith("emu:"):
        return
    typer.echo(profile.confirm, err=quiet)
    if not typer.confirm("Is it so?", err=quiet):
        raise typer.Exit(Exit.ABORTED)
