"""`thetabox pulse`: single pulses, and the search for a motor threshold with the keys."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any

import typer

from thetabox.errors import Exit, ThetaboxError
from thetabox.plural import counted

from . import complete
from .options import (
    SUBJECTS,
    Confirmed,
    Intensity,
    Json,
    Notes,
    Operator,
    Out,
    Port,
    Resolved,
    Seed,
    Subject,
    Subjects,
    Yes,
    resolve,
)

if TYPE_CHECKING:
    from thetabox.protocol import Compiled, Profile

COUNT = "How many pulses. [default: 1; of a search by likelihood 18, beyond its climb]"


def pulse(
    intensity: Intensity = None,
    search: Annotated[bool, typer.Option("--search", help="Find the subject's motor threshold.")] = False,
    count: Annotated[int | None, typer.Option(help=COUNT, min=1, max=1000)] = None,
    interval: Annotated[
        float | None, typer.Option(metavar="SECONDS", help="From pulse to pulse. [default: 5]", min=0.5, max=3600)
    ] = None,
    start: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="A search's first intensity. [default: 40%]")
    ] = None,
    maximum: Annotated[
        str | None, typer.Option(metavar="PERCENT", help="A search never goes beyond. [default: 100%]")
    ] = None,
    method: Annotated[
        str | None, typer.Option(help="Of a search: likelihood, or frequency (5 of 10). [default: likelihood]")
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Device profile. [default: bank]", autocompletion=complete.profiles)
    ] = None,
    subject: Subject = "",
    subjects: Subjects = SUBJECTS,
    port: Port = "emu:",
    operator: Operator = "",
    notes: Notes = "",
    out: Out = None,
    yes: Yes = False,
    confirmed: Confirmed = False,
    as_json: Json = False,
    seed: Seed = 1,
) -> None:
    """Give single pulses, or search for a subject's motor threshold. Ctrl-C aborts safely; a session's folder is left.

    Each pulse is its own charge, arm and fire; the interval is the host's, to some 10 ms: `thetabox run` is exact.

    A search asks after each pulse whether there was a response. Keys: space fires, y and n answer, + and - change the
    intensity, u undoes, q ends; from a pipe they work, too. What it finds is remembered for `--intensity 80%RMT`.

    Example: `thetabox pulse --search --subject m12`, or `thetabox pulse --intensity 50% --count 10 --interval 4`
    """
    from rich.console import Console

    from thetabox.protocol import profile as find_profile
    from thetabox.session import Who
    from thetabox.session.singles import Counted

    from .confirm import require_confirmed
    from .run import WARNING
    from .singles import give, tell

    device, console = find_profile(profile or "bank"), Console(quiet=as_json)
    board: dict[str, Any] = {"port": port, "out": out, "seed": seed, "yes": yes, "as_json": as_json}
    _require_meant(search, {"--interval": interval} if search else
                   {"--start": start, "--maximum": maximum, "--method": method})  # fmt: skip
    if not search:
        wanted = resolve(intensity, device, subject, subjects)
        interval = interval or 5.0
        made = _counted(device, wanted, count or 1, interval, console)
        console.print(WARNING, style="bold")
        if not yes and not typer.confirm(f"Give {counted(count or 1, 'pulse')} on {port}?", err=as_json):
            raise typer.Exit(Exit.ABORTED)
        require_confirmed(device, port, confirmed, as_json)
        who = Who(subject, operator, notes, wanted.words)
        outcome, path = give(Counted(made, count or 1, interval), made, who, **board)
        tell(outcome, path, as_json, {})
        raise typer.Exit(outcome.exit_code)
    from .search import LIKELIHOOD, hunt, pulse_at, settle, span

    if intensity is not None or not subject:
        wrong = "a search has no --intensity" if subject else "a search needs to know whose threshold it is"
        raise ThetaboxError(wrong, "begin it with --start" if subject else "say it with --subject")
    first = resolve(start or "40%", device, subject, subjects, "--start").percent
    within = span(first, resolve(maximum or "100%", device, subject, subjects, "--maximum").percent, device)
    plan = hunt(within, device, method or LIKELIHOOD, count, as_json)
    require_confirmed(device, port, confirmed, as_json)
    who = Who(subject, operator, notes, f"threshold search from {within.start} %")
    console.print(f"Threshold search by {plan.method.name} on {device.title}.\n[bold]{WARNING}", highlight=False)
    outcome, path = give(plan, pulse_at(within.start, device), who, **board)
    code, told = settle(plan, outcome, who, device, path, subjects)
    tell(outcome, path, as_json, told)
    raise typer.Exit(code)


def _require_meant(search: bool, others: dict[str, object]) -> None:
    """Raise when an option is given that means nothing here."""
    for name, value in others.items():
        if value is not None:
            wrong = f"{name} is {'not for a search' if search else 'for a search alone'}"
            raise ThetaboxError(wrong, "leave it out" if search else "say --search, or leave it out")


def _counted(device: Profile, wanted: Resolved, count: int, interval: float, console: Any) -> Compiled:
    """The pulse to give so many times; refuses the dose as `run` does."""
    from thetabox.protocol import Pattern, compile_protocol
    from thetabox.protocol.single import single_pulse

    from .summary import print_summary, require

    if wanted.percent is None:
        raise ThetaboxError("a pulse needs an intensity", "give one with --intensity, or find a threshold by --search")
    spec = single_pulse()
    all_of_them = replace(
        spec,
        title=counted(count, "single pulse"),
        onsets_s=(),
        patterns=(Pattern("pulse", count, Fraction(str(interval))),),
    )
    dose = compile_protocol(all_of_them, device, wanted.percent)
    print_summary(console, dose)
    console.print(wanted.says(device), end="", markup=False, highlight=False, soft_wrap=True)
    require(dose)
    return compile_protocol(spec, device, wanted.percent)
