"""`thetabox show`: a protocol's structure, durations and dose, before anything is armed."""

from __future__ import annotations

import json

from .options import SUBJECTS, Intensity, Json, Name, ProfileName, Subject, Subjects, compiled


def show(
    name: Name,
    profile: ProfileName = None,
    intensity: Intensity = None,
    subject: Subject = "",
    subjects: Subjects = SUBJECTS,
    as_json: Json = False,
) -> None:
    """Show a protocol's structure, durations and dose on a device, and refuse what the device cannot do.

    Example: `thetabox show iTBS600 --profile ttl`
    """
    from rich.console import Console

    from .summary import as_dict, print_summary
    from .timeline import timeline

    made, wanted = compiled(name, profile, intensity, subject, subjects)
    if as_json:
        print(json.dumps({**as_dict(made), "intensity": wanted.words}))
        return
    console = Console()
    print_summary(console, made)
    console.print(wanted.says(made.profile), end="", markup=False, highlight=False, soft_wrap=True)
    for line in timeline(made):
        console.print(line, highlight=False, markup=False, no_wrap=True, overflow="crop")
    if made.spec.source:
        console.print(f"source: {made.spec.source} ({made.spec.certainty})", style="dim", highlight=False)
