"""`thetabox show`: a protocol's structure, durations and dose, before anything is armed."""

from __future__ import annotations

import json

from .options import Intensity, Json, Name, ProfileName, compiled


def show(name: Name, profile: ProfileName = None, intensity: Intensity = None, as_json: Json = False) -> None:
    """Show a protocol's structure, durations and dose on a device, and refuse what the device cannot do.

    Example: `thetabox show iTBS600 --profile ttl`
    """
    from rich.console import Console

    from .summary import as_dict, print_summary
    from .timeline import timeline

    made = compiled(name, profile, intensity)
    if as_json:
        print(json.dumps(as_dict(made)))
        return
    console = Console()
    print_summary(console, made)
    for line in timeline(made):
        console.print(line, highlight=False, markup=False, no_wrap=True, overflow="crop")
    if made.spec.source:
        console.print(f"source: {made.spec.source} ({made.spec.certainty})", style="dim", highlight=False)
