"""The events of a session as its report tells them."""

from __future__ import annotations

from typing import Any

from thetabox.plural import counted

from .words import entry_words, state_name

_MADE_OF = ("board_s", "event", "previous")


def told(event: dict[str, Any]) -> str:
    """What an event says, in words; of one that this release does not know, its fields."""
    words = _WORDS.get(event["event"])
    try:
        return words(event) if words else _fields(event)
    except (KeyError, TypeError):  # of another release
        return _fields(event)


def _fields(event: dict[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in event.items() if name not in _MADE_OF)


def _begun(event: dict[str, Any]) -> str:
    who = event["who"]
    people = [f"for {who['subject']}"] * bool(who["subject"]) + [f"by {who['operator']}"] * bool(who["operator"])
    return " ".join([f"{event['protocol']} on {event['profile']}", *people])


def _logged(event: dict[str, Any]) -> str:
    return f"at {event['time_ms'] / 1000:.3f} s of the board: {' '.join(entry_words(event).split())}"


_WORDS = {
    "identified": lambda e: (
        f"board {e['board_id']}, firmware {e['version']}, boot {e['boot_count']}, {state_name(e['state'])}"
    ),
    "begun": _begun,
    "uploaded": lambda e: f"the board has expanded {counted(e['pulses'], 'pulse')}",
    "fault found": lambda e: f"from before: {e['text']}",
    "charged": lambda e: f"bank at {e['bank_mv'] / 1000:.1f} V",
    "armed": lambda e: "outputs enabled, nothing moves",
    "started": lambda e: f"the train goes on with pulse {e['first']}" if e["first"] else "the train begins",
    "pause asked": lambda e: "the train shall rest at its next gap",
    "paused": lambda e: f"after {counted(e['first'], 'pulse')}, bank dumped",
    "resumed": lambda e: f"with pulse {e['first']}, after {e['after_s']:.1f} s",
    "ended": lambda e: e["reason"] or "the train is complete",
    "not finished": lambda e: e["reason"],
    "dumped": lambda e: f"bank at {e['bank_mv'] / 1000:.1f} V",
    "board log": _logged,
    "judged": lambda e: " ".join([f"{e['verdict']}.", *e["reasons"]]),
}
