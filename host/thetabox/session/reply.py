"""What a board answers, field by field: the declared name and value, and beside it what that means."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import limits, messages, records

from thetabox.evidence.stamps import bank_volts
from thetabox.evidence.words import entry_words, fault_text, flags_words, reset_name, state_name
from thetabox.plural import counted

from .collect import log_entry
from .text import Values, shown

if TYPE_CHECKING:
    from collections.abc import Callable

# how a field's name ends: (divisor, unit)
UNITS = {
    "_mv": (1000, "V"),
    "_centi_c": (100, "C"),
    "_mj": (1000, "J"),
    "_us": (1e6, "s"),
    "_ms": (1000, "s"),
    "_ticks": (limits.CLOCK_SYS_HZ, "s"),
}


def _version(raw: bytes) -> str:
    return raw.rstrip(b"\0").decode(errors="replace")


MEANINGS: dict[str, Callable[[Any], str]] = {
    "state": state_name,
    "fault": lambda number: fault_text(number) or "none",
    "flags": lambda flags: ", ".join(flags_words(flags)),
    "reset_cause": reset_name,
    "version": _version,
}


def meaning(field: str, value: Any) -> str:
    """A value in words or in its unit; '' where there is nothing to add."""
    if field in MEANINGS:
        return MEANINGS[field](value)
    for ending, (divisor, unit) in UNITS.items():
        if field.endswith(ending):
            return f"{value / divisor:g} {unit}" if divisor < 1e6 else f"{value / divisor:.6f} {unit}"
    return ""


def lines(row: tuple[Any, ...], request: Values, reply: Values) -> list[str]:
    """An answer as it is printed, one field a line, then its entries."""
    shown_fields = [f"{field}={shown(field, code, reply[field])}" for field, code in row[3]]
    width = max((len(text) for text in shown_fields if len(text) <= 40), default=0)
    told = zip(shown_fields, row[3], strict=True)
    fields = [f"{text:<{width}}  {meaning(field, reply[field])}".rstrip() for text, (field, _) in told]
    return [*fields, *(f"  {entry}" for entry in entries(row[0], request, reply))]


def entries(code: int, request: Values, reply: Values) -> list[str]:
    """The entries of a log or of a ring, in words."""
    if code == messages.LOG:
        data, size = reply["data"], records.ENTRY_BYTES
        found = [log_entry(reply["first"] + at // size, data[at : at + size]) for at in range(0, len(data), size)]
        return [f"{entry['index']}: {entry['time_ms'] / 1000:.3f} s  {entry_words(entry)}" for entry in found]
    if code == messages.STAMPS and request["ring"] == messages.RING_BANK:
        volts = bank_volts(reply["data"])
        return [f"window {index}: {before:.1f} V before, {after:.1f} V after" for index, (before, after) in
                enumerate(volts.tolist(), reply["first"] // 2)]  # fmt: skip
    if code == messages.STAMPS:
        edges = counted(len(reply["data"]) // messages.size(messages.STAMP), "edge")
        return [f"{edges}, rising and falling in turn"]
    return []
