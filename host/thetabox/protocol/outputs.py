"""What a protocol says besides its onsets: channels and their lag, how it starts, SYNC, limits of its own."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from fractions import Fraction

from contract import limits
from contract.protocol import CHANNEL_A, CHANNEL_B, START_COMMAND, START_TTL

from .toml import ProtocolError, Table, shown

CHANNELS = {"A": CHANNEL_A, "B": CHANNEL_B, "AB": CHANNEL_A | CHANNEL_B}
STARTS = {"command": START_COMMAND, "ttl": START_TTL}
LAGS = {"lag_us": Fraction(1, 1_000_000), "lag_ms": Fraction(1, 1_000)}
LAG_MAX_S = Fraction(limits.TRIGGER_LAG_MAX_US, 1_000_000)


@dataclass(frozen=True)
class Outputs:
    """channels: a key of CHANNELS. lag_s: onset of B after that of A, negative for a lead. start: a key of STARTS.

    sync: (shortest interval in ms, longest, seed) of the random pulses on SYNC, (0, 0, 0) for none. silence_ms,
    coil_stop_c: stricter or looser than the board's default, within its limits.
    """

    channels: str = "A"
    lag_s: Fraction = Fraction(0)
    start: str = "command"
    sync: tuple[int, int, int] = (0, 0, 0)
    silence_ms: int = limits.SESSION_SILENCE_MS
    coil_stop_c: int = limits.COIL_STOP_C


def _choice(table: Table, key: str, default: str, choices: dict[str, int]) -> str:
    value: str = table.get(key, str, default)
    if value not in choices:
        written = ", ".join(f'"{each}"' for each in choices)
        raise table.refuse(key, f"is {shown(value)}", f"write one of {written}")
    return value


def _lag(table: Table, channels: str) -> Fraction:
    given = [key for key in LAGS if table.has(key)]
    if len(given) > 1:
        raise table.refuse("lag", "is given twice, as lag_us and lag_ms", "keep one")
    if not given:
        return Fraction(0)
    lag_s = table.exact(given[0]) * LAGS[given[0]]
    if channels != "AB":
        raise table.refuse(given[0], f"is given for channel {channels} alone", 'write channels = "AB", or remove it')
    if abs(lag_s) > LAG_MAX_S:
        most = f"{float(LAG_MAX_S * 1000):g} ms"
        raise table.refuse(given[0], f"is {float(lag_s * 1000):g} ms", f"write at most {most} either way")
    return lag_s


def _sync(table: Table) -> tuple[int, int, int]:
    values = table.get("sync", dict, None)
    if values is None:
        return 0, 0, 0
    inner = Table(f"{table.origin}: sync", values)
    shortest, longest = inner.get("interval_min_ms", int), inner.get("interval_max_ms", int)
    low, high = limits.SYNC_INTERVAL_MIN_MS, limits.SYNC_INTERVAL_MAX_MS
    if not low <= shortest <= longest <= high:
        wrong = f"is from {shown(shortest)} to {shown(longest)} ms"
        raise inner.refuse("interval", wrong, f"write interval_min_ms and interval_max_ms from {low} to {high}, rising")
    seed = inner.get("seed", int, zlib.crc32(table.text.encode()) or 1)
    if not 1 <= seed < 2**32:
        raise inner.refuse("seed", f"is {shown(seed)}", "write a whole number from 1 to 4294967295, or remove it")
    inner.finish()
    return shortest, longest, seed


def _whole(table: Table, key: str, least: int, most: int, default: int) -> int:
    value: int = table.get(key, int, default)
    if not least <= value <= most:
        raise table.refuse(key, f"is {shown(value)}", f"write a whole number from {least} to {most}")
    return value


def outputs(table: Table) -> Outputs:
    """Read them from a protocol's table. Raises ProtocolError."""
    channels = _choice(table, "channels", "A", CHANNELS)
    least_ms, most_ms = limits.SESSION_HEARTBEAT_MS + 1, limits.SESSION_SILENCE_MAX_MS
    return Outputs(
        channels=channels,
        lag_s=_lag(table, channels),
        start=_choice(table, "start", "command", STARTS),
        sync=_sync(table),
        silence_ms=_whole(table, "silence_ms", least_ms, most_ms, limits.SESSION_SILENCE_MS),
        coil_stop_c=_whole(table, "coil_stop_c", 25, limits.COIL_STOP_C, limits.COIL_STOP_C),
    )


def require_drive(name: str, made: Outputs, bank: bool) -> None:
    """ProtocolError when the bank cannot do this: it has one switch, on channel A."""
    if bank and made.channels != "A":
        wrong = f"{name} uses channel {made.channels}, and the bank has one switch, on channel A"
        raise ProtocolError(wrong, "choose a profile of an external stimulator, as --profile ttl")
