"""`thetabox doctor`: what is missing on this machine, and how to get it."""

from __future__ import annotations

import json
from dataclasses import asdict
from itertools import groupby

import typer

from thetabox.errors import Exit

from .options import Json


def doctor(as_json: Json = False) -> None:
    """Look at this machine: what is there, what is missing, and the command that gets it.

    Exit code 0 when the emulated board can run, 1 when something for it is missing.

    Example: `thetabox doctor`
    """
    from rich.console import Console

    from thetabox.doctor import RUN, examine

    findings = list(examine())
    missing = [finding.name for finding in findings if not finding.ok and finding.need == RUN]
    if as_json:
        print(json.dumps({"ok": not missing, "findings": [asdict(finding) for finding in findings]}))
        raise typer.Exit(Exit.FAILED if missing else Exit.OK)
    console = Console()

    def say(text: str) -> None:
        console.print(text, soft_wrap=True, highlight=False)  # a command shall stay one line, to be copied

    for need, group in groupby(findings, key=lambda finding: finding.need):
        say(f"[bold]for {need}[/]")
        for finding in group:
            mark = "[green]ok[/]     " if finding.ok else "[red]missing[/]" if need == RUN else "[yellow]missing[/]"
            say(f"  {mark}  {finding.name:<18} {finding.says}")
            if finding.remedy:
                say(f"           → {finding.remedy}")
    say(f"[red]the emulated board cannot run[/]: {', '.join(missing)}" if missing else "the emulated board can run")
    raise typer.Exit(Exit.FAILED if missing else Exit.OK)
