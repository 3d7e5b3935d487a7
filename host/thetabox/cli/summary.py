"""The dose and timing summary that `show` and `run` print."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from contract import limits

from thetabox.plural import counted

if TYPE_CHECKING:
    from rich.console import Console

    from thetabox.protocol import Compiled


def as_dict(compiled: Compiled) -> dict[str, Any]:
    """For JSON."""
    from thetabox.protocol import preflight

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
        "outputs": {**asdict(compiled.spec.outputs), "lag_s": float(compiled.spec.outputs.lag_s)},
        "checks": [asdict(check) for check in preflight(compiled)],
    }


def print_summary(console: Console, compiled: Compiled) -> None:
    """Structure, then each figure beside its limit."""
    from rich.table import Table

    from thetabox.protocol import preflight

    spec = compiled.spec
    console.print(f"[bold]{spec.name}[/]  {spec.title}")
    console.print(f"on [bold]{compiled.profile.name}[/]  {compiled.profile.title}")
    for pattern in spec.patterns:
        interval = float(pattern.interval_s)
        shown = f"{interval:g} s" if interval >= 1 else f"{interval * 1e3:g} ms"
        number, units = counted(pattern.count, pattern.unit).split(maxsplit=1)
        console.print(f"  {number:>4} {units}, onset to onset {shown}")
    if spec.onsets_s:
        console.print(f"  {counted(len(spec.onsets_s), 'listed onset')}")
    for line in _outputs(compiled):
        console.print(f"  {line}")
    table = Table("", "value", "limit", "left", box=None, pad_edge=False)
    for check in preflight(compiled):
        table.add_row(check.name, f"{'' if check.ok else '[red]'}{check.value}", check.limit, check.margin)
    console.print(table)


def _outputs(compiled: Compiled) -> list[str]:
    """What is not as usual: channels, start, SYNC, limits of the protocol's own."""
    made = compiled.spec.outputs
    lines = []
    if made.channels == "AB":
        lag_ms = float(made.lag_s) * 1e3
        order = "together with" if not lag_ms else f"{abs(lag_ms):g} ms {'after' if lag_ms > 0 else 'before'}"
        lines.append(f"channel B {order} channel A")
    elif made.channels == "B":
        lines.append("on channel B, which no sensor of the board reads back")
    if made.start == "ttl":
        lines.append("begins with a rising edge at TRIG_IN")
    if made.sync[2]:
        lines.append(f"SYNC at random intervals of {made.sync[0]} to {made.sync[1]} ms, seed {made.sync[2]}")
    if compiled.protocol.silence_ms != limits.SESSION_SILENCE_MS:
        lines.append(f"a host silent for {made.silence_ms} ms ends it")
    if compiled.protocol.coil_stop_c != limits.COIL_STOP_C:
        lines.append(f"a coil of {made.coil_stop_c} C ends it")
    return lines


def require(compiled: Compiled) -> None:
    """Raise ThetaboxError when a figure of the summary is beyond its limit."""
    from thetabox.errors import ThetaboxError
    from thetabox.protocol import preflight

    for check in preflight(compiled):
        if not check.ok:
            raise ThetaboxError(f"{check.name} {check.value} is beyond {check.limit}", check.remedy)
