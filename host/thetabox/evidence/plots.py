"""The report's plots, as inline SVG. matplotlib draws them; it is imported only here and only when a report is made."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from contract import limits
from matplotlib.figure import Figure

from .judge import TICK_US

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from thetabox.capture import Capture

    from .record import Records

INK, QUIET, BLUE, ORANGE, GREEN = "#1c2733", "#8a97a6", "#0b66a8", "#d55e00", "#00795c"
STYLE: dict[Any, Any] = {  # matplotlib types the keys as literals, one of some 300 each
    "font.family": "sans-serif", "font.size": 9, "axes.edgecolor": QUIET, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": INK, "ytick.color": INK, "axes.spines.top": False, "axes.spines.right": False,
    "axes.linewidth": 0.6, "svg.fonttype": "none", "svg.hashsalt": "thetabox",
}  # fmt: skip
SYS_HZ = limits.CLOCK_SYS_HZ


def _figure(height: float, rows: int = 1, ratios: list[float] | None = None) -> tuple[Figure, list[Axes]]:
    figure = Figure(figsize=(8.6, height), layout="constrained")
    axes = figure.subplots(rows, 1, sharex=True, squeeze=False, height_ratios=ratios)[:, 0]
    return figure, list(axes)


def _svg(figure: Figure) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg", transparent=True, metadata=dict.fromkeys(("Creator", "Date", "Format", "Type")))
    text = out.getvalue()
    return text[text.index("<svg") :]


def timeline(records: Records, target_v: float) -> str:
    """Bank voltage before and after every pulse over the session, and the timing error below it."""
    with mpl.rc_context(STYLE):
        figure, (top, bottom) = _figure(4.2, 2, [3, 1.1])
        seconds = records.scheduled / SYS_HZ
        seen = records.seen
        if target_v:
            low = target_v * limits.BANK_WINDOW_LOW_PERMILLE / 1000
            high = target_v * limits.BANK_WINDOW_HIGH_PERMILLE / 1000
            top.axhspan(low, high, color=GREEN, alpha=0.12, lw=0)
            top.text(0, high, " window at onset", va="bottom", color=GREEN, fontsize=8)
            top.plot(seconds, records.bank_v[:, 0], ".", ms=2.5, color=BLUE, label="before the pulse")
            top.plot(seconds, records.bank_v[:, 1], ".", ms=2.5, color=ORANGE, label="after the pulse")
            top.set_ylabel("bank (V)")
            top.legend(loc="center right", frameon=False, markerscale=3, fontsize=8)
        else:
            top.vlines(seconds[seen], 0, 1, color=BLUE, lw=0.5)
            top.set_yticks([])
            top.set_ylabel("pulses")
        if (~seen).any():
            top.vlines(seconds[~seen], *top.get_ylim(), color=ORANGE, lw=0.4, alpha=0.5)
        error = (records.observed - records.scheduled)[seen] * TICK_US
        bottom.plot(seconds[seen], error, ".", ms=2, color=INK)
        span = max(0.1, float(np.abs(error).max(initial=0)) * 1.2)
        bottom.set_ylim(-span, span)
        bottom.set_ylabel("onset error (us)")
        bottom.set_xlabel("time from the first onset (s)")
        return _svg(figure)


def burst(capture: Capture, records: Records, begin: int) -> str:
    """The first burst from the tick `begin` on, as the analyser saw it."""
    names = ("TRIG_A", "FIRED", "BLANK", "CHARGE_EN", "BANK_OK", "SAFE_OK")
    rises, _ = capture.pulses("TRIG_A")
    rises = rises[rises >= begin]
    if not len(rises):
        return ""
    zero = int(rises[0])
    inner = records.scheduled[: int((records.indices[:, 1:] == 0).all(axis=1).sum())]
    length = int(inner[-1]) if len(inner) > 1 else SYS_HZ // 50
    first, last = zero - length // 4 - 250_000, zero + length + length // 4 + 250_000
    with mpl.rc_context(STYLE):
        figure, axes = _figure(3.4)
        axis = axes[0]
        for row, name in enumerate(names):
            ticks, levels = capture.edges(name)
            before = levels[ticks < first]
            start = int(before[-1]) if len(before) else 0
            inside = (ticks >= first) & (ticks <= last)
            xs = np.concatenate(([first], ticks[inside], [last]))
            ys = np.concatenate(([start], levels[inside], [levels[inside][-1] if inside.any() else start])) == 1
            color = ORANGE if name == "CHARGE_EN" else GREEN if name.endswith("_OK") else BLUE
            axis.step((xs - zero) / SYS_HZ * 1e3, ys * 0.7 + len(names) - row, where="post", color=color, lw=0.9)
        axis.set_yticks([len(names) - row + 0.3 for row in range(len(names))], names)
        axis.tick_params(axis="y", length=0)
        axis.spines["left"].set_visible(False)
        axis.set_xlabel("time from the first onset (ms)")
        return _svg(figure)


def coil(readings_s: np.ndarray, coil_c: np.ndarray) -> str:
    """Coil temperature over the session."""
    with mpl.rc_context(STYLE):
        figure, (axis,) = _figure(1.8)
        axis.plot(readings_s, coil_c, color=ORANGE, lw=1)
        axis.axhline(limits.COIL_STOP_C, color=INK, lw=0.6, ls="--")
        axis.text(0, limits.COIL_STOP_C, f" stop at {limits.COIL_STOP_C} C", va="bottom", fontsize=8)
        axis.set_ylim(min(15, float(coil_c.min(initial=20))) - 2, limits.COIL_STOP_C + 5)
        axis.set_ylabel("coil (C)")
        axis.set_xlabel("time (s)")
        return _svg(figure)
