"""report.html: one page that stands by itself, without scripts and without anything from outside."""

from __future__ import annotations

import html
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from thetabox.capture import Capture
from thetabox.plural import counted

from . import folder as files
from .judge import TICK_US
from .segments import segments
from .told import told

if TYPE_CHECKING:
    from .judge import Judgement
    from .record import Records

STYLE = (Path(__file__).parent / "report.css").read_text(encoding="utf-8")
DISCLAIMER = (
    "ThetaBox is an instrument for preclinical and bench research. It is not a medical device; never use it on people."
)


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = "".join(f"<th>{html.escape(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{cells}</tr></thead><tbody>{body}</tbody></table>"


def _facts(rows: list[tuple[str, str]]) -> str:
    return "<dl>" + "".join(f"<dt>{html.escape(k)}</dt><dd>{html.escape(v) or '–'}</dd>" for k, v in rows) + "</dl>"


def _intensity(about: dict[str, Any]) -> str:
    percent = about["intensity_percent"]
    if percent is None:
        return "set at the stimulator"
    return about["who"]["intensity"] or f"{percent:g} % MSO{'' if about['intensity_asked'] else ', the protocol says'}"


def _us(ticks: float) -> str:
    return f"{ticks * TICK_US:.3f}"


def _errors(judgement: Judgement) -> list[tuple[str, str]]:
    """The worst onset and the worst width; that nothing was seen, when nothing was."""
    onset, width = judgement.worst_onset_ticks, judgement.worst_width_ticks
    if onset is None or width is None:
        return [("–", "no pulse was seen: there is no timing to judge")]
    return [
        (counted(onset, "tick"), f"worst onset error ({_us(onset)} us)"),
        (counted(width, "tick"), "worst width error"),
    ]


def _drift(judgement: Judgement) -> str:
    drift = "" if judgement.drift_ppm is None else f"Drift {judgement.drift_ppm:.3f} ppm. "
    return f"{drift}One tick is 8 ns; allowed: {counted(judgement.tolerance_ticks, 'tick')}."


def _headline(about: dict[str, Any], judgement: Judgement) -> str:
    delivered = judgement.counts["delivered"]
    bank = judgement.bank_range_v
    tiles = [
        (f"{delivered} / {judgement.scheduled}", "pulses delivered"),
        *_errors(judgement),
    ]
    if bank:
        tiles.append((f"{bank[0]:.1f}–{bank[1]:.1f} V", f"bank at onset, target {about['target_v']:.1f} V"))
    boxes = "".join(f"<div><b>{html.escape(value)}</b><span>{html.escape(name)}</span></div>" for value, name in tiles)
    reasons = "".join(f"<li>{html.escape(reason)}</li>" for reason in judgement.reasons)
    emulated = '<p class="emulated">Emulated board: no coil was driven.</p>' if about["emulated"] else ""
    return (
        f'<header class="{judgement.verdict.lower()}"><p class="verdict">{judgement.verdict}</p>'
        f"<h1>{html.escape(about['protocol'])}</h1>{emulated}<ul>{reasons}</ul></header>"
        f'<section class="tiles">{boxes}</section>'
    )


def _levels(judgement: Judgement) -> str:
    rows = [
        (e.name, str(e.n), f"{e.nominal_us:,.3f}", _us(e.exactness_ticks), _us(e.precision_ticks), _us(e.worst_ticks))
        for e in judgement.levels
    ]
    head = ("interval", "n", "nominal (us)", "exactness: mean error (us)", "precision: SD (us)", "worst (us)")
    return _table(head, rows)


def _events(path: Path) -> str:
    lines = (path / files.EVENTS).read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    rows = [(f"{e['board_s'] - entries[0]['board_s']:.3f}", e["event"], told(e)) for e in entries]
    return f'<div class="events">{_table(("since the first (s)", "event", "what"), rows)}</div>'


def write_report(path: Path, about: dict[str, Any], records: Records, judgement: Judgement) -> None:
    """Write report.html into a session's folder."""
    from . import plots

    with np.load(path / files.STAMPS, allow_pickle=False) as data:
        readings = data["readings"]
    who, board = about["who"], about["board"]
    capture = Capture.load(path / files.CAPTURE) if (path / files.CAPTURE).exists() else None
    counts = judgement.counts
    parts = [
        _headline(about, judgement),
        "<section>",
        _facts([
            ("Subject", who["subject"]), ("Operator", who["operator"]), ("Notes", who["notes"]),
            ("Intensity", _intensity(about)),
            ("Began (UTC)", about["began"]), ("Device profile", about["profile"]), ("Port", about["port"]),
            ("Firmware", f"{board.get('version', '')}, image {board.get('image_hash', '')}"),
            ("Judged from", judgement.source),
        ]),
        "</section><section><h2>The session</h2>",
        plots.timeline(records, about["target_v"]),
        "</section>",
    ]  # fmt: skip
    given = segments(about, captured=True)
    if capture is not None and given:
        parts += ["<section><h2>The first burst</h2>", plots.burst(capture, records, given[0].begin), "</section>"]
    parts += [
        "<section><h2>Timing by level</h2>", _levels(judgement),
        f"<p>{_drift(judgement)}</p>",
        "</section><section><h2>Reconciliation</h2>",
        _table(("scheduled", *counts), [(str(judgement.scheduled), *(str(v) for v in counts.values()))]),
        "</section>",
    ]  # fmt: skip
    if judgement.pauses:
        head = ("after pulse", "from pulse to pulse", "without the pause")
        rows = [(str(each.after), f"{each.gap_s:.3f} s", f"{each.scheduled_s:.3f} s") for each in judgement.pauses]
        parts += ["<section><h2>Pauses</h2>", _table(head, rows), "</section>"]
    if about["target_v"] and len(readings):
        parts += ["<section><h2>Coil</h2>", plots.coil(readings[:, 0], readings[:, 2]), "</section>"]
    parts += ["<section><h2>Events</h2>", _events(path), f"</section><footer>{html.escape(DISCLAIMER)}</footer>"]
    title = f"{judgement.verdict}: {about['protocol']}, {who['subject'] or 'no subject'}"
    page = (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>'
        f"<style>{STYLE}</style></head><body><main>{''.join(parts)}</main></body></html>\n"
    )
    (path / files.REPORT).write_text(page, encoding="utf-8")
