"""The console's commands: one line in, what it came to out."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from contract import limits, messages

from thetabox.evidence.words import state_name
from thetabox.session.reply import lines, meaning
from thetabox.session.text import Fields, Mistake, kind, read, row_of, say, shown

if TYPE_CHECKING:
    from thetabox.board.link import Link

OWN = {
    "help": "help [MESSAGE]: the messages, or the fields of one",
    "wait": "wait SECONDS: let board time pass in silence",
    "beat": "beat SECONDS: let board time pass with a HEARTBEAT every 0.1 s, which keeps a charged board ready",
    "quit": "quit: leave; a board that is charged or runs is told to ABORT",
}
VARIABLE = re.compile(r"\$([a-z_]+)")
SECONDS = re.compile(r"[0-9]{1,5}(\.[0-9]{1,6})?")
AT_REST = (messages.SAFE, messages.IDLE, messages.DONE, messages.FAULT, messages.PAUSED)


@dataclass
class Answer:
    """Of a command: lines for people, an object for scripts; `leave`: the console is to end."""

    lines: list[str]
    record: dict[str, Any] = field(default_factory=dict)
    leave: bool = False


class Shell:
    """Carries out lines on one board. A line's `$name` is the field `name` of the latest answer that had one."""

    def __init__(self, link: Link) -> None:
        self.link = link
        self._latest: dict[str, str] = {}

    def greet(self) -> list[str]:
        """Who the board is."""
        who = self.link.identify()
        told = [f"ThetaBox {who['board_id']}, firmware {who['version']}, {state_name(who['state'])}"]
        if not who["compatible"]:
            told.append("its messages are another table than this host's: IDENTIFY, ABORT and LOG alone are answered")
        return told

    def carry_out(self, line: str) -> Answer:
        """Do what a line says; an empty one or a #comment is nothing. Raises Mistake, BoardRefused or LinkLost."""
        words = VARIABLE.sub(self._known, line.partition("#")[0]).split()
        if not words:
            return Answer([])
        name, *rest = words
        if name.lower() in ("quit", "exit"):
            return Answer([], leave=True)
        if name.lower() == "help":
            return Answer(overview() if not rest else message_help(rest[0]))
        if name.lower() in ("wait", "beat"):
            return self._pass(name.lower(), rest)
        return self._request(" ".join(words))

    def _known(self, match: re.Match[str]) -> str:
        if match[1] not in self._latest:
            raise Mistake(f"no answer had a field {match[1]!r} yet", "ask for it first")
        return self._latest[match[1]]

    def _request(self, line: str) -> Answer:
        row, values = read(line)
        if row[0] == messages.IDENTIFY:
            self.link.session = values["session"]
        reply = self.link.request(row[0], **values)
        self._latest |= {name: shown(name, code, reply[name]) for name, code in row[3]}
        told = lines(row, values, reply) if row[3] else ["done"]
        return Answer(
            told, {"message": row[1], "request": plain(values), "reply": plain(reply), "words": _words(reply)}
        )

    def _pass(self, how: str, rest: list[str]) -> Answer:
        if len(rest) != 1 or not SECONDS.fullmatch(rest[0]):
            raise Mistake(f"{how} needs a number of seconds", f"write it as `{how} 2.5`")
        board, seconds = self.link.board, float(rest[0])
        if how == "wait":
            board.wait(seconds)
        else:
            end_s = board.now_s() + seconds
            while (left_s := end_s - board.now_s()) > 0:
                self.link.heartbeat()
                board.wait(min(left_s, limits.SESSION_HEARTBEAT_MS / 1000))
        return Answer([f"{seconds:g} s have passed"], {how: seconds})

    def leave(self) -> list[str]:
        """Nothing is left charged or running behind a person's back."""
        state = self.link.status()["state"]
        if state in AT_REST:
            return []
        self.link.request(messages.ABORT)
        return [f"the board was {state_name(state)}: aborted, it dumps"]


def plain(values: dict[str, Any]) -> dict[str, Any]:
    """Values for JSON: bytes as hexadecimal digits."""
    return {name: value.hex() if isinstance(value, bytes) else value for name, value in values.items()}


def _words(reply: dict[str, Any]) -> dict[str, str]:
    return {name: words for name, value in reply.items() if (words := meaning(name, value))}


def overview() -> list[str]:
    """Every message and command in a line."""
    empty = {code: b"" if code == "bytes" else bytes(int(code[:-1])) if code.endswith("s") else 0
             for row in messages.TABLE for _, code in row[2]}  # fmt: skip
    told = [say(row, {name: empty[code] for name, code in row[2]}) for row in messages.TABLE]
    return [*told, *OWN.values(), "$nonce, or any other field: its value in the latest answer that had one"]


def message_help(name: str) -> list[str]:
    """The fields of a message and of its answer. Raises Mistake."""
    if name.lower() in OWN:
        return [OWN[name.lower()]]
    row = row_of(name)
    return [row[1], *_fields("takes", row[2]), *_fields("answers", row[3])]


def _fields(title: str, fields: Fields) -> list[str]:
    if not fields:
        return [f"  {title} nothing"]
    width = max(len(name) for name, _ in fields)
    return [f"  {title}", *(f"    {name:<{width}}  {kind(code)}" for name, code in fields)]


def completions(line: str, word: str) -> list[str]:
    """What may stand where `word`, the last one of `line`, stands."""
    before = line[: len(line) - len(word)].split()
    names = [row[1] for row in messages.TABLE]
    if not before:
        fits = [name for name in [*names, *OWN] if name.lower().startswith(word.lower())]
        return [f"{name} " for name in fits]
    if before == ["help"]:
        return [name for name in names if name.startswith(word.upper())]
    fields = next((row[2] for row in messages.TABLE if row[1] == before[0].upper()), ())
    given = {each.partition("=")[0] for each in before[1:]}
    return [f"{name}=" for name, _ in fields if name.startswith(word) and name not in given]
