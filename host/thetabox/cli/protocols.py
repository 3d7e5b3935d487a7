"""`thetabox protocols`: what there is to run."""

from __future__ import annotations

import json

from .options import Json


def protocols(as_json: Json = False) -> None:
    """List the library's protocols and the device profiles.

    Example: `thetabox protocols --json`
    """
    from rich.console import Console
    from rich.table import Table

    from thetabox.protocol import library, load, profiles

    specs = [load(name) for name in library()]
    known = profiles().values()
    if as_json:
        listed = [{"name": s.name, "title": s.title, "pulses": s.pulses, "source": s.source} for s in specs]
        print(json.dumps({"protocols": listed, "profiles": [{"name": p.name, "title": p.title} for p in known]}))
        return
    console = Console()
    table = Table("protocol", "pulses", "what it is", box=None, pad_edge=False)
    for spec in sorted(specs, key=lambda spec: spec.name.lower()):
        table.add_row(f"[bold]{spec.name}", str(spec.pulses), spec.title)
    console.print(table)
    table = Table("profile", "width", "what it drives", box=None, pad_edge=False)
    for profile in known:
        table.add_row(f"[bold]{profile.name}", f"{float(profile.width_us):g} us", profile.title)
    console.print()
    console.print(table)
    console.print("`thetabox show NAME` tells structure, dose, source, and how certain it is.", style="dim")
