"""What a board says in numbers, in words: its flags, its faults, the entries of its event log."""

from __future__ import annotations

from typing import Any

from contract import faults, messages, records

from thetabox.plural import counted

# flag: (name for scripts, words when it is set, words when it is not)
FLAGS = {
    messages.FLAG_SAFE_OK: ("safe_ok", "safety chain closed", "safety chain open: nothing charges or triggers"),
    messages.FLAG_INTERLOCK: ("interlock", "interlock closed", "interlock open"),
    messages.FLAG_BANK_OK: ("bank_ok", "bank inside its window", "bank outside its window"),
    messages.FLAG_TARGET_BELOW: ("target_below", "bank below its target", "bank not below its target"),
    messages.FLAG_SUPPLY_ON: ("supply_on", "charger's supply on", "charger's supply off"),
    messages.FLAG_DUMPING: ("dumping", "dump resistor on the bank", "dump resistor off the bank"),
    messages.FLAG_STRAP_INVERTED: ("strap_inverted", "outputs strapped to idle high", "outputs strapped to idle low"),
    messages.FLAG_CHARGE_EN: ("charge_en", "charging", "not charging"),
    messages.FLAG_PROTOCOL: ("protocol", "a protocol on the board", "no protocol on the board"),
    messages.FLAG_PAUSE_ASKED: ("pause_asked", "pause asked for", ""),
    messages.FLAG_TRIG_IN: ("trig_in", "external start high", "external start low"),
    messages.FLAG_COIL_WARM: ("coil_warm", "coil nearly as hot as it may be", ""),
    messages.FLAG_BANK_COOL: ("bank_cool", "bank cool", "bank's thermostat open: hot, or its wire is broken"),
}
_CAUSE, _MILLIVOLT, _COUNTED = "cause of the reset", " in mV", ("pulses", "triggers")


def flags_dict(flags: int) -> dict[str, bool]:
    """Every flag of STATUS by its name."""
    return {name: bool(flags & mask) for mask, (name, _, _) in FLAGS.items()}


def flags_words(flags: int) -> list[str]:
    """Every flag of STATUS in words; those that have nothing to say are left out."""
    words = [when_set if flags & mask else otherwise for mask, (_, when_set, otherwise) in FLAGS.items()]
    return [word for word in words if word]


def fault_dict(number: int) -> dict[str, Any] | None:
    """A fault with its sentence and remedy; None when there is none."""
    if not number:
        return None
    unknown = (number, f"FAULT_{number}", "", "A fault that this host does not know.", "Update the host.")
    _, name, kind, sentence, remedy = faults.entry(number) or unknown
    return {"number": number, "name": name, "kind": kind, "sentence": sentence, "remedy": remedy}


def fault_text(number: int) -> str:
    """A fault's sentence and remedy, with its name and number; '' when there is none."""
    fault = fault_dict(number)
    return f"{fault['sentence']} {fault['remedy']} ({fault['name']} {number})" if fault else ""


def state_name(state: int) -> str:
    """Name of a state; of one that this host does not know, its number."""
    return messages.STATE_NAMES[state] if state < len(messages.STATE_NAMES) else str(state)


def reset_name(cause: int) -> str:
    """Name of a reset's cause; of one that this host does not know, its number."""
    return messages.RESET_NAMES[cause] if cause < len(messages.RESET_NAMES) else str(cause)


def argument_words(entry: dict[str, Any]) -> str:
    """The argument of a log entry (see `session.collect.board_log`) with its meaning."""
    value, meaning = entry["argument"], entry["meaning"]
    if meaning == _CAUSE:
        return f"{meaning}: {reset_name(value)}"
    if meaning.endswith(_MILLIVOLT):
        return f"{meaning.removesuffix(_MILLIVOLT)} {value / 1000:.1f} V"
    nouns, _, what = meaning.partition(" ")
    if nouns in _COUNTED:
        return f"{counted(value, nouns[:-1])} {what}".rstrip()
    return "" if meaning in ("", "0") else f"{meaning} {value}"


def entry_words(entry: dict[str, Any]) -> str:
    """An entry of the event log in one line: what happened, its number, and for a fault what to do."""
    words = f"{entry['name']:<11} {argument_words(entry)}".rstrip()
    fault = fault_text(entry["fault"])
    return f"{words}: {fault}" if fault else words


def pulses_given(entries: list[dict[str, Any]]) -> int | None:
    """Pulses that left the board in the last train that ended, by its log; None when it tells of none.

    A fault that no train was given before tells of none, unless what came before it has been overwritten.
    """
    begins, ends = (
        [records.EVENTS[event][0] for event in events]
        for events in ((records.STARTED, records.WAITING), (records.FAULT, records.PAUSED))
    )
    given, running = None, bool(entries) and entries[0]["index"] > 0
    for entry in entries:
        if entry["name"] in begins:
            running = True
        elif entry["name"] == records.EVENTS[records.DONE][0] or (running and entry["name"] in ends):
            given, running = entry["argument"], False
    return given
