"""How a judgement is printed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from thetabox.plural import counted

if TYPE_CHECKING:
    from rich.console import Console

    from thetabox.evidence.judge import Judgement


def print_verdict(console: Console, judgement: Judgement) -> None:
    """PASS or FAIL, the counts, the worst errors, the reasons."""
    colour = "green" if judgement.passed else "red"
    counts = ", ".join(f"{number} {name}" for name, number in judgement.counts.items() if number or name == "delivered")
    console.print(f"[bold {colour}]{judgement.verdict}[/]  {judgement.scheduled} scheduled: {counts}")
    console.print(f"{_timing(judgement)}, from {judgement.source}", soft_wrap=True)
    if judgement.bank_range_v:
        console.print(f"bank at onset {judgement.bank_range_v[0]:.1f} to {judgement.bank_range_v[1]:.1f} V")
    for pause in judgement.pauses:
        gaps = f"{pause.gap_s:.2f} s from pulse to pulse, {pause.scheduled_s:.2f} s without it"
        console.print(f"paused after {counted(pause.after, 'pulse')}: {gaps}", highlight=False)
    for reason in judgement.reasons:
        console.print(f"  {reason}", soft_wrap=True)


def _timing(judgement: Judgement) -> str:
    if judgement.worst_width_ticks is None:
        return "no pulse was seen"
    onset = judgement.worst_onset_ticks
    told = "" if onset is None else f"worst onset error {counted(onset, 'tick')}, "
    return f"{told}worst width error {counted(judgement.worst_width_ticks, 'tick')} of 8 ns"
