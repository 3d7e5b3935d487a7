"""`thetabox show`: a protocol's structure, durations and dose, before anything is armed."""

from __future__ import annotations

import json

from .options import Intensity, Json, Name, ProfileName, percent


def show(name: Name, profile: ProfileName = "bank", intensity: Intensity = None, as_json: Json = False) -> None:
    """Show a protocol's structure, durations and dose on a device, and refuse what the device cannot do.

    Example: `thetabox show iTBS600 --profile ttl`
    """
    from rich.console import Console

    from thetabox.protocol import compile_protocol, load
    from thetabox.protocol import profile as find_profile

    from .summary import as_dict, print_summary

    compiled = compile_protocol(load(name), find_profile(profile), percent(intensity))
    if as_json:
        print(json.dumps(as_dict(compiled)))
        return
    console = Console()
    print_summary(console, compiled)
    console.print(f"source: {compiled.spec.source} ({compiled.spec.certainty})", style="dim", highlight=False)
