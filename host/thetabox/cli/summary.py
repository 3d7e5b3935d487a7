"""The dose and timing summary that `show` and `run` print."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from thetabox.protocol import Compiled


def as_dict(compiled: Compiled) -> dict[str, Any]:
    """For JSON."""
    from thetabox.protocol import checks

    return {
        "protocol": compiled.spec.name,
        "profile": compiled.profile.name,
        "source": compiled.spec.source,
        "patterns": [
            {"unit": pattern.unit, "count": pattern.count, "interval_s": float(pattern.interval_s)}
            for pattern in compiled.spec.patterns
        ],
        "listed_onsets": len(compiled.spec.onsets_s),
        "pulses": compiled.pulses,
        "duration_s": compiled.duration_s,
        "cycle_s": compiled.cycle_s,
        "minimum_gap_s": compiled.minimum_gap_s,
        "target_v": compiled.target_mv / 1000,
        "width_ticks": compiled.width_ticks,
        "image_crc": f"{compiled.image_crc:08x}",
        "checks": [asdict(check) for check in checks(compiled)],
    }


def print_summary(console: Console, compiled: Compiled) -> None:
    """Structure, then each figure beside its limit."""
    from rich.table import Table

    from thetabox.protocol import checks

    spec = compiled.spec
    console.print(f"[bold]{spec.name}[/]  {spec.title}")
    console.print(f"on [bold]{compiled.profile.name}[/]  {compiled.profile.title}")
    for pattern in spec.patterns:
        interval = float(pattern.interval_s)
        shown = f"{interval:g} s" if interval >= 1 else f"{interval * 1e3:g} ms"
        plural = "" if pattern.count == 1 else "s" if not pattern.unit.endswith("s") else ""
        console.print(f"  {pattern.count:>4} {pattern.unit}{plural}, onset to onset {shown}")
    if spec.onsets_s:
        console.print(f"  {len(spec.onsets_s)} listed onsets")
    table = Table("", "value", "limit", "left", box=None, pad_edge=False)
    for check in checks(compiled):
        table.add_row(check.name, f"{'' if check.ok else '[red]'}{check.value}", check.limit, check.margin)
    console.print(table)


def require(compiled: Compiled) -> None:
    """Raise ThetaboxError when a figure of the summary is beyond its limit."""
    from thetabox.errors import ThetaboxError
    from thetabox.protocol import checks

    for check in checks(compiled):
        if not check.ok:
            raise ThetaboxError(f"{check.name} {check.value} is beyond {check.limit}", check.remedy)
