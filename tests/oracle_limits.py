"""The independent oracle's second half: what a protocol and its expanded schedule may be, in plain words.

Numbers come from hw/limits.toml; no code of contract, kernel or host is used. Ticks are 8 ns. Each function returns a
list of sentences, one for every limit that is broken: an empty list is a sound schedule.
"""

import tomllib
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import exp
from pathlib import Path
from zlib import crc32

import oracle
from oracle import A, B

LIMITS = tomllib.loads((Path(__file__).parents[1] / "hw" / "limits.toml").read_text())
MARKER, BLANK = 4, 8
US, MS = oracle.TICKS_PER_S // 1_000_000, oracle.TICKS_PER_S // 1_000
AWAY = 0xFFFFFFFF  # in an image's list: so many ticks without an onset
BANK, COMMAND = 1, 0


@dataclass(frozen=True)
class Meaning:
    """What a protocol asks for. Times in ticks; sync: (shortest ms, longest ms, seed) or None; drive, start: 0 or 1."""

    drive: int
    policy: int
    channels: int
    target_mv: int
    width: int
    min_gap: int
    lag: int
    onsets: tuple
    silence_ms: int
    coil_stop_c: int
    start: int
    inverted: int
    sync: tuple | None


def _field(image, at, size):
    return int.from_bytes(image[at : at + size], "little")


def counted(image):
    """How many onsets an image asks for at the most, without working them out."""
    total = max(1, _field(image, 40, 4))
    for at in range(44, 44 + 14 * image[29], 14):
        total *= _field(image, at, 4)
    return total


def meaning(image):
    """Read an image by its published layout. Only for those whose frame is whole; counts must be small."""
    level_count, listed = image[29], _field(image, 40, 4)
    gaps = [_field(image, 44 + 14 * level_count + 4 * index, 4) for index in range(listed)]
    now, onsets = 0, []
    for gap in gaps:
        now += gap
        if gap != AWAY:
            onsets.append(Fraction(now, oracle.TICKS_PER_S))
    levels = []
    for at in range(44, 44 + 14 * level_count, 14):
        period = Fraction(_field(image, at + 4, 8), _field(image, at + 12, 2))
        levels.append((_field(image, at, 4), period / oracle.TICKS_PER_S))
    sync = (_field(image, 32, 2), _field(image, 34, 2), _field(image, 36, 4))
    lag = int.from_bytes(image[20:24], "little", signed=True)
    return Meaning(
        drive=image[5],
        policy=image[6],
        channels=image[7],
        target_mv=_field(image, 8, 4),
        width=_field(image, 12, 4),
        min_gap=_field(image, 16, 4),
        lag=lag,
        onsets=tuple(oracle.onsets(levels, onsets)),
        silence_ms=_field(image, 24, 2),
        coil_stop_c=image[26],
        start=image[27],
        inverted=image[28],
        sync=sync if any(sync) else None,
    )


def recharge_ticks(target_mv):
    """Time in which the charger gives back what a pulse takes from the largest bank, with its no-charge window.

    A tenth is added for the bleeder and the comparator's hysteresis.
    """
    bank, blank = LIMITS["bank"], LIMITS["blank"]
    stored_j = Fraction(bank["capacitance_max_uf"], 1_000_000) * Fraction(target_mv, 1_000) ** 2 / 2
    lost_j = stored_j * bank["energy_lost_per_pulse_permille"] / 1_000
    charge_s = lost_j / bank["charger_w"] * Fraction(11, 10)
    return charge_s * oracle.TICKS_PER_S + (blank["before_us"] + blank["after_us"]) * US


def coil_peak_c(onsets, target_mv):
    """Hottest temperature of the coil at the nominal bank, stepped from pulse to pulse."""
    bank, coil = LIMITS["bank"], LIMITS["coil"]
    lost_j = bank["capacitance_uf"] * 1e-6 * (target_mv / 1000) ** 2 / 2 * bank["energy_lost_per_pulse_permille"] / 1000
    step_k = lost_j * coil["heat_permille_of_loss"] / 1000 / coil["heat_capacity_j_per_k"]
    rise_k = peak_k = step_k
    for early, late in pairwise(onsets):
        rise_k = rise_k * exp(-(late - early) / oracle.TICKS_PER_S / coil["time_constant_s"]) + step_k
        peak_k = max(peak_k, rise_k)
    return coil["ambient_c"] + peak_k


def within(what, value, least, most):
    return [] if least <= value <= most else [f"{what} is {value}, not from {least} to {most}"]


def broken(asked):
    """The limits of a protocol that `asked` breaks."""
    trigger, session = LIMITS["trigger"], LIMITS["session"]
    gap = oracle.shortest_gap(asked.onsets)
    lag = abs(asked.lag) if asked.channels == A | B else 0
    lasts = lag + asked.width  # of a whole group, first rise to last fall
    wrong = within("pulses", len(asked.onsets), 1, LIMITS["protocol"]["pulses_max"])
    wrong += within("last onset", max(asked.onsets), 0, LIMITS["protocol"]["duration_max_s"] * oracle.TICKS_PER_S)
    wrong += within("width", asked.width, trigger["width_min_us"] * US, trigger["width_max_us"] * US)
    wrong += within("lag", lag, 0, trigger["lag_max_us"] * US)
    wrong += within("silence", asked.silence_ms, session["heartbeat_ms"] + 1, session["silence_max_ms"])
    wrong += within("coil's stop", asked.coil_stop_c, 0, LIMITS["coil"]["stop_c"])
    wrong += within("drive, policy, start and strap", max(asked.drive, asked.policy, asked.start, asked.inverted), 0, 1)
    wrong += within("channels", asked.channels, A, A | B)
    if gap is not None:
        wrong += within("shortest gap", gap, max(asked.min_gap, lasts + trigger["edge_gap_min_ticks"]), float("inf"))
    if asked.drive == BANK:
        wrong += _broken_bank(asked, gap)
    return wrong + _broken_sync(asked)


def _broken_bank(asked, gap):
    bank = LIMITS["bank"]
    wrong = within("bank's target", asked.target_mv, bank["target_min_mv"], bank["working_max_mv"])
    wrong += within("width on the bank", asked.width, 0, LIMITS["blank"]["after_us"] * US // 2)
    wrong += within("channels on the bank", asked.channels, A, A) + within("strap on the bank", asked.inverted, 0, 0)
    if gap is not None:
        wrong += within("gap on the bank", gap, recharge_ticks(asked.target_mv), float("inf"))
    return wrong


def _broken_sync(asked):
    if asked.sync is None:
        return []
    limits = LIMITS["sync"]
    shortest, longest, seed = asked.sync
    wrong = within("SYNC's shortest", shortest, limits["interval_min_ms"], longest)
    wrong += within("SYNC's longest", longest, shortest, limits["interval_max_ms"])
    return wrong + within("SYNC's seed", seed, 1, 2**32 - 1)


def pulses_of(edges, bit):
    """[(rise, fall)] of one line in [(tick, levels)]."""
    found, since = [], None
    for tick, levels in edges:
        if levels & bit and since is None:
            since = tick
        elif not levels & bit and since is not None:
            found.append((since, tick))
            since = None
    return found if since is None else [*found, (since, None)]


def broken_schedule(asked, edges):
    """What is wrong with the edges [(tick from t0, levels)] of an expanded schedule."""
    lines = {line: pulses_of(edges, line) for line in (A, B, MARKER, BLANK)}
    wrong = []
    for line, lag in ((A, 0), (B, asked.lag if asked.channels & A else 0)):
        expected = [(onset + lag, onset + lag + asked.width) for onset in asked.onsets if asked.channels & line]
        if lines[line] != expected:
            odd = [pair for pair in zip(lines[line], expected, strict=False) if pair[0] != pair[1]][:1]
            wrong.append(f"channel {line}: {len(lines[line])} pulses for {len(expected)}, first difference {odd}")
    triggered = [(tick, bool(levels & (A | B))) for tick, levels in edges]
    if any(on != bool(levels & MARKER) for (_, on), (_, levels) in zip(triggered, edges, strict=True)):
        wrong.append("the marker does not mirror the triggers")
    apart = LIMITS["trigger"]["edge_gap_min_ticks"]
    if any(late - early < apart for (early, _), (late, _) in pairwise(edges)):
        wrong.append(f"two edges closer than {apart} ticks")
    return wrong + _broken_blank(lines, asked)


def _broken_blank(lines, asked):
    """BLANK is high around each pulse of either channel; on the bank it is low in between, so that it is recharged."""
    before, after = LIMITS["blank"]["before_us"] * US, LIMITS["blank"]["after_us"] * US
    wrong = []
    windows = iter(lines[BLANK])
    since, until = next(windows, (0, 0))
    for rise, fall in sorted(lines[A] + lines[B]):
        while until is not None and until < rise:
            since, until = next(windows, (0, None))
        if until is None or fall is None or not since <= rise - before or until < max(rise + after, fall):
            wrong.append(f"the pulse at {rise} is not inside a blank window: {since} to {until}")
            break
    if asked.drive == BANK:
        need = recharge_ticks(asked.target_mv) - before - after
        if any(rise - fall < need for (_, fall), (rise, _) in pairwise(lines[BLANK])):
            wrong.append("the charger has not the time that it needs between two blank windows")
        if any(fall - rise != before + after for rise, fall in lines[BLANK]):
            wrong.append("a no-charge window of another length")
    return wrong


def broken_intervals(asked, intervals):
    """What is wrong with the intervals of SYNC, in ticks, that the board lays down."""
    if asked.sync is None:
        return ["SYNC without being asked for"] if intervals else []
    shortest, longest, _ = asked.sync
    wrong = within("SYNC's intervals, shortest", min(intervals), shortest * MS, longest * MS)
    wrong += within("SYNC's intervals, longest", max(intervals), shortest * MS, longest * MS)
    if sum(intervals) <= asked.onsets[-1]:
        wrong.append("SYNC ends before the train")
    return wrong + within("bytes of SYNC", 4 * len(intervals), 4, LIMITS["flash"]["sync_bytes"])


def sealed(body):
    """An image with its CRC."""
    return bytes(body) + crc32(body).to_bytes(4, "little")
