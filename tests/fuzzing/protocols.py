"""Any protocol, as a person may write it: valid, on the border and beyond, with the exact meaning of what is written.

A protocol is made as numbers, written down as TOML, and read by the host; what the host makes of it is judged against
the numbers by the independent oracle. Most fit by construction, with a gap that is just enough, a tick more or less.
"""

from dataclasses import dataclass, replace
from fractions import Fraction

import oracle
import oracle_limits
from hypothesis import strategies as st
from oracle import A, B
from thetabox.protocol import profiles

TICK = Fraction(1, oracle.TICKS_PER_S)
MS, US = Fraction(1, 1_000), Fraction(1, 1_000_000)
PROFILES = profiles()
CHANNELS = {"A": A, "B": B, "AB": A | B}
NAMED = ("bank", "bank", "ttl", "magpro", "magstim-rapid2")
WIDTHS_US = (None, 10, 50, 100, 500)
ODD_WIDTHS_US = (Fraction("9.99"), Fraction("500.008"), 5_000, Fraction("5000.1"), 5_500, 0)
BORDERS = tuple(number * TICK for number in (0, 1, -1, 2, Fraction(1, 3), Fraction(-1, 2)))
SLACKS = tuple(Fraction(number) for number in ("0.001", "0.02", "1/30", "1/7", "0.2", "5", "35", "100/3", "700"))
COUNTS = (1, 1, 2, 2, 3, 3, 4, 5, 10)
RARE_COUNTS = (0, 200, 2_000, 20_000, 20_001, 1_000_000)
DURATION_S = 7_200  # at the most
PERCENTS = (6, 20, 33, 60, 90, 100)
ODD_PERCENTS = (1, Fraction("5.5"), Fraction("5.56"), Fraction("0.001"), 101)
LAGS_US = (0, 0, 1, -1_500, 20_000, 60_000, Fraction("0.3"), -100)
ODD_LAGS_US = (Fraction("0.2"), 60_001, Fraction("0.004"), -10)
SYNCS = (None, None, (50, 60_000, 7), (50, 50, 1), (100, 1_900, None))
ODD_SYNCS = ((49, 100, 1), (100, 60_001, 1), (100, 99, 1), (100, 1_900, 2**32))


@dataclass(frozen=True)
class Written:
    """A protocol as numbers. patterns: (count, interval in s) innermost first; listed: onsets in s."""

    device: object
    patterns: tuple
    listed: tuple
    width_us: object
    percent: object
    channels: str
    lag_s: Fraction
    policy: str
    start: str
    silence_ms: int
    coil_stop_c: int
    sync: tuple | None

    def toml(self):
        """As a person would write it."""
        lines = [
            'name = "fuzz"',
            f'policy = "{self.policy}"',
            f'channels = "{self.channels}"',
            f'start = "{self.start}"',
        ]
        lines += [f"silence_ms = {self.silence_ms}", f"coil_stop_c = {self.coil_stop_c}"]
        lines += [f'lag_us = "{self.lag_s / US}"'] * bool(self.lag_s)
        lines += [f'width_us = "{self.width_us}"'] * (self.width_us is not None)
        lines += [f'intensity_percent = "{self.percent}"'] * (self.percent is not None)
        if self.sync:
            seed = "" if self.sync[2] is None else f", seed = {self.sync[2]}"
            lines.append(f"sync = {{ interval_min_ms = {self.sync[0]}, interval_max_ms = {self.sync[1]}{seed} }}")
        if self.listed:
            lines.append(f"onsets_ms = [{', '.join(repr(str(onset / MS)) for onset in self.listed)}]")
        for count, interval in self.patterns:
            lines += ["[[pattern]]", f"count = {count}", f'interval_s = "{interval}"']
        return "\n".join(lines) + "\n"

    @property
    def pulses(self):
        """How many it asks for."""
        total = max(1, len(self.listed))
        for count, _ in self.patterns:
            total *= count
        return total

    def meaning(self, seed):
        """What it asks of the board, worked out by the oracle. `seed`: of SYNC, where none is written."""
        bank = self.device.drive == "bank"
        width_us = self.device.width_us if self.width_us is None else self.width_us
        return oracle_limits.Meaning(
            drive=int(bank),
            policy=int(self.policy == "skip"),
            channels=CHANNELS[self.channels],
            target_mv=oracle.nearest(Fraction(self.percent) * 3_600) if bank else 0,
            width=oracle.nearest(width_us * oracle.TICKS_PER_S / 1_000_000),
            min_gap=-int(-self.device.minimum_gap_us * US / TICK // 1),
            lag=oracle.nearest(self.lag_s / TICK),
            onsets=tuple(oracle.onsets(self.patterns, self.listed)),
            silence_ms=self.silence_ms,
            coil_stop_c=self.coil_stop_c,
            start=int(self.start == "ttl"),
            inverted=int(self.device.inverted),
            sync=self.sync and (*self.sync[:2], self.sync[2] or seed),
        )


def image(asked, patterns, listed):
    """The image that says it by the published layout, made without the host; None when the layout cannot say it."""
    levels = [(count, interval / TICK) for count, interval in patterns]
    onsets = [onset / TICK for onset in listed]
    whole = all(onset.denominator == 1 for onset in onsets)
    if not whole or any(not 0 <= count < 2**32 or period.denominator >= 2**16 for count, period in levels):
        return None
    fields = ((asked.target_mv, 4), (asked.width, 4), (asked.min_gap, 4), (asked.lag % 2**32, 4), (asked.silence_ms, 2))
    body = b"TBX1" + bytes((1, asked.drive, asked.policy, asked.channels))
    try:
        body += b"".join(int(value).to_bytes(size, "little") for value, size in fields)
        body += bytes((asked.coil_stop_c, asked.start, asked.inverted, len(levels), 0, 0))
        gaps, now = [], 0
        for onset in onsets:
            filler, rest = divmod(int(onset) - now, oracle_limits.AWAY)
            gaps += [oracle_limits.AWAY] * filler + [rest]
            now = int(onset)
        fields = (*zip(asked.sync or (0, 0, 0), (2, 2, 4), strict=True), (len(gaps), 4))
        body += b"".join(value.to_bytes(size, "little") for value, size in fields)
        for count, period in levels:
            body += count.to_bytes(4, "little") + period.numerator.to_bytes(8, "little")
            body += period.denominator.to_bytes(2, "little")
        body += b"".join(gap.to_bytes(4, "little") for gap in gaps)
    except OverflowError:
        return None
    return oracle_limits.sealed(body)


def _rarely(draw, usual, rare, one_in=12):
    return draw(rare) if draw(st.integers(1, one_in)) == one_in else draw(usual)


@st.composite
def devices(draw):
    """A profile of those that come with ThetaBox, or one of a user's own."""
    known = PROFILES[draw(st.sampled_from(NAMED))]
    if draw(st.integers(0, 4)):
        return known
    gap_us = draw(st.sampled_from((Fraction(0), Fraction("500.001"), Fraction(3_000), Fraction(20_000))))
    return replace(
        known, minimum_gap_us=gap_us, inverted=draw(st.booleans()), width_us=Fraction(draw(st.integers(8, 900)))
    )


def _interval(draw, least, count, lasts):
    """From just too short to minutes beyond `least`, or such that `count` of them, the last `lasts` long, just fit."""
    if count > 1 and draw(st.integers(1, 40)) == 40:
        longest = (DURATION_S - lasts) / (count - 1) // TICK * TICK
        return longest + draw(st.sampled_from((*BORDERS, Fraction(1), Fraction(1, 10))))
    kind = draw(st.integers(0, 9))
    if kind < 5:
        return least + draw(st.sampled_from(SLACKS))
    if kind < 7:
        return least + draw(st.sampled_from(BORDERS))
    if kind == 7:
        return least + Fraction(draw(st.integers(1, 10**6)), draw(st.integers(1, 65_535)))
    if kind == 8:
        return Fraction(draw(st.integers(1, 4_000)), 1_000)
    return 1 / Fraction(draw(st.integers(1, 3_000)), draw(st.sampled_from((1, 2, 3, 7, 100))))


def _rounded_up(seconds):
    """To a whole tick: what is added to it keeps its denominator."""
    return -(-seconds // TICK) * TICK


def _group_s(device, width_us, percent, lag_s):
    """From onset to onset at the least: what the device, the trigger's edges and the charger want."""
    edges = abs(lag_s) + max(width_us, 0) * US + 32 * TICK
    bank = (
        oracle_limits.recharge_ticks(oracle.nearest(Fraction(percent or 0) * 3_600)) * TICK
        if device.drive == "bank"
        else 0
    )
    return _rounded_up(max(edges, device.minimum_gap_us * US, Fraction(bank)))


@st.composite
def written(draw):
    """A protocol of any kind."""
    device = draw(devices())
    bank = device.drive == "bank"
    width_us = _rarely(draw, st.sampled_from(WIDTHS_US[: 4 if bank else 5]), st.sampled_from(ODD_WIDTHS_US))
    percent = _rarely(draw, st.sampled_from(PERCENTS), st.sampled_from(ODD_PERCENTS), 20) if bank else None
    channels = _rarely(draw, st.just("A"), st.just("B"), 50) if bank else draw(st.sampled_from(("A", "AB", "AB", "B")))
    alone = channels != "AB"
    lag_s = Fraction(0) if alone else _rarely(draw, st.sampled_from(LAGS_US), st.sampled_from(ODD_LAGS_US), 20) * US
    least = _group_s(device, device.width_us if width_us is None else width_us, percent, lag_s)
    listed, lasts = [], Fraction(0)
    if draw(st.integers(0, 2)) == 0:
        for _ in range(_rarely(draw, st.integers(1, 8), st.integers(9, 60))):
            listed.append((listed[-1] if listed else -least) + _interval(draw, least, 1, 0))
        listed = [max(Fraction(0), onset) for onset in listed]
        lasts = listed[-1] - listed[0]
    patterns = []
    for _ in range(_rarely(draw, st.integers(0 if listed else 1, 3), st.integers(4, 5))):
        count = _rarely(draw, st.sampled_from(COUNTS), st.sampled_from(RARE_COUNTS), 40)
        patterns.append((count, _interval(draw, _rounded_up(lasts) + least, count, lasts)))
        lasts += (max(count, 1) - 1) * patterns[-1][1]
    return Written(
        device=device,
        patterns=tuple(patterns),
        listed=tuple(listed),
        width_us=width_us,
        percent=percent,
        channels=channels,
        lag_s=lag_s,
        policy=draw(st.sampled_from(("abort", "skip"))),
        start=draw(st.sampled_from(("command", "ttl"))),
        silence_ms=_rarely(draw, st.sampled_from((101, 300, 1_000)), st.sampled_from((100, 1_001)), 25),
        coil_stop_c=_rarely(draw, st.sampled_from((25, 30, 40)), st.sampled_from((24, 41)), 25),
        sync=_rarely(draw, st.sampled_from(SYNCS), st.sampled_from(ODD_SYNCS), 40),
    )


FIELDS = (
    (5, 1),
    (6, 1),
    (7, 1),
    (8, 4),
    (12, 4),
    (16, 4),
    (20, 4),
    (24, 2),
    (26, 1),
    (27, 1),
    (28, 1),
    (32, 4),
    (36, 4),
)


@st.composite
def mutated(draw):
    """An image that no host would make: of a protocol, with bytes changed, added or lost, and a right CRC again."""
    made = draw(written())
    said = image(replace(made, patterns=(), listed=()).meaning(1), made.patterns, made.listed)
    body = bytearray(said[:-4]) if said else bytearray(b"TBX1\x01\x00\x00\x01".ljust(44, b"\0"))
    for _ in range(draw(st.integers(1, 2))):
        if draw(st.booleans()) and len(body) > 44:  # in the levels, or in the list
            at, size = draw(st.integers(44, len(body) - 1)), 1
        else:
            at, size = draw(st.sampled_from(FIELDS))
        value = int.from_bytes(body[at : at + size], "little") + draw(
            st.sampled_from((1, -1, 2, 31, 256, -250, 1 << 31))
        )
        body[at : at + size] = (value % (1 << 8 * size)).to_bytes(size, "little")
    if draw(st.integers(0, 30)) == 0:
        body = body[: draw(st.integers(0, len(body)))] + draw(st.binary(max_size=6))
    return oracle_limits.sealed(body)
