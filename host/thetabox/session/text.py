"""The messages of the contract as text, both ways: a message is typed by its name with its fields.

    STAMPS ring=0 first=0
    ARM image_crc=0x1a2b3c4d

Numbers are decimal or 0x...; fields of bytes are hexadecimal digits, two a byte. `read(say(...))` is what was said.
"""

from __future__ import annotations

import difflib
import re
import struct
from typing import Any

from contract import limits, messages

from thetabox.errors import ThetaboxError
from thetabox.plural import counted

Fields = tuple[tuple[str, str], ...]
Values = dict[str, Any]

NUMBER = re.compile(r"[+-]?(?:[0-9]{1,20}|0[xX][0-9a-fA-F]{1,16})")
BYTES = re.compile(r"(?:0[xX])?((?:[0-9a-fA-F]{2})*)")
HEXADECIMAL = ("crc", "hash", "flags")  # how a field's name ends whose number is no quantity


class Mistake(ThetaboxError):
    """What was typed is no message; nothing is sent."""


def row_of(name: str) -> tuple[Any, ...]:
    """The table's row of a message by its name, in any case."""
    names = {row[1]: row for row in messages.TABLE}
    if name.upper() in names:
        return names[name.upper()]
    close = difflib.get_close_matches(name.upper(), names, 1)
    raise Mistake(f"there is no message {name!r}", f"did you mean {close[0]}?" if close else "`help` lists them")


def read(line: str) -> tuple[tuple[Any, ...], Values]:
    """(row, values of its request) of a line. Raises Mistake."""
    name, *words = line.split()
    row = row_of(name)
    return row, read_fields(row[1], row[2], words)


def read_fields(name: str, fields: Fields, words: list[str]) -> Values:
    """Values of `fields` from words as field=value, in any order. Raises Mistake."""
    given: dict[str, str] = {}
    known = dict(fields)
    remedy = f"`help {name}` lists its fields"
    for word in words:
        field, equals, text = word.partition("=")
        if field not in known or not equals:
            what = f"{name} has no field {field!r}" if equals else f"{word!r} is not field=value"
            raise Mistake(what, remedy)
        if field in given:
            raise Mistake(f"{field} is given twice", "give it once")
        given[field] = text
    missing = [field for field in known if field not in given]
    if missing:
        raise Mistake(f"{name} needs {' and '.join(missing)}", remedy)
    return {field: _value(field, code, given[field], _room(fields)) for field, code in fields}


def _room(fields: Fields) -> int:
    """Bytes that are left to a trailing field of bytes."""
    return limits.LINK_PAYLOAD_MAX - int(messages.size(messages.layout(fields)[0]))


def _value(field: str, code: str, text: str, room: int) -> int | bytes:
    if code == "bytes" or code.endswith("s"):
        match = BYTES.fullmatch(text)
        if match is None:
            raise Mistake(f"{field}={text} is not bytes", "write two hexadecimal digits a byte")
        value = bytes.fromhex(match[1])
        if code == "bytes" and len(value) > room:
            raise Mistake(f"{field} has {counted(len(value), 'byte')}", f"give up to {room}")
        if code != "bytes" and len(value) != int(code[:-1]):
            raise Mistake(f"{field} has {counted(len(value), 'byte')}", f"give {int(code[:-1])}")
        return value
    low, high = span(code)
    if NUMBER.fullmatch(text) is None:
        raise Mistake(f"{field}={text} is not a whole number", f"write one from {low} to {high}, as 12 or 0xc")
    number = int(text, 16 if "x" in text.lower() else 10)
    if not low <= number <= high:
        raise Mistake(f"{field}={text} is outside its range", f"write a number from {low} to {high}")
    return number


def span(code: str) -> tuple[int, int]:
    """Least and greatest number of a struct code."""
    bits = 8 * struct.calcsize(f"<{code}")
    return (0, 2**bits - 1) if code.isupper() else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)


def shown(field: str, code: str, value: Any) -> str:
    """A value as it may be typed."""
    if isinstance(value, bytes):
        return value.hex()
    if field.endswith(HEXADECIMAL):
        return f"0x{value:0{2 * struct.calcsize(f'<{code}')}x}"
    return str(value)


def say(row: tuple[Any, ...], values: Values) -> str:
    """A request as it may be typed."""
    return " ".join([row[1], *(f"{field}={shown(field, code, values[field])}" for field, code in row[2])])


def kind(code: str) -> str:
    """What a field of this struct code takes, in words."""
    if code == "bytes":
        return "bytes, as many as there are"
    if code.endswith("s"):
        return counted(int(code[:-1]), "byte")
    low, high = span(code)
    return f"{low} to {high}"
