"""Reading TOML with errors that name the file, the key and the remedy; numbers stay exact."""

from __future__ import annotations

import difflib
import re
import tomllib
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

from thetabox.errors import ThetaboxError

# How sure a statement is: its text was read, only the abstract was, from memory and unverified, worked out here from
# stated numbers, or a decision of this project.
MARKS = ("found", "abstract", "memory", "computed", "design")

# Bounded, so that a slip such as 1e999999 is an error and not an hour of arithmetic.
_NUMBER = re.compile(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20}|/[0-9]{1,20})?")
_DIGITS_MAX = 20
_KINDS = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "table"}


class ProtocolError(ThetaboxError):
    """A protocol or profile cannot be used; nothing was done. `fault`: number in contract.faults of a refusal, or 0."""

    def __init__(self, message: str, remedy: str, fault: int = 0) -> None:
        super().__init__(message, remedy)
        self.fault = fault


def shown(value: object) -> str:
    """A value as it may stand in an error's one line."""
    if isinstance(value, dict | list):
        return f"a {_KINDS[type(value)]}"
    if isinstance(value, bool):
        return "true" if value else "false"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


class Table:
    """One table of a file; every key must be asked for, or `finish` refuses it. `text`: the file as written."""

    def __init__(self, origin: str, values: dict[str, Any], text: str = "") -> None:
        self.origin = origin
        self.text = text
        self._values = values
        self._asked: set[str] = set()

    def refuse(self, key: str, wrong: str, remedy: str) -> ProtocolError:
        """The error for a key."""
        return ProtocolError(f"{self.origin}: {key} {wrong}", remedy)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.add(key)
        return key in self._values

    def _missing(self, key: str) -> ProtocolError:
        slips = difflib.get_close_matches(key, [other for other in self._values if other not in self._asked], 1, 0.75)
        remedy = f"write {key} in place of {slips[0]}" if slips else f"add {key} = ... to the file"
        return self.refuse(key, "is missing", remedy)

    def get(self, key: str, kind: type, default: Any = ...) -> Any:
        """The value of a key, of this kind; without a default it must be there."""
        if not self.has(key):
            if default is ...:
                raise self._missing(key)
            return default
        value = self._values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"is {shown(value)}, not a {_KINDS[kind]}", f"write a {_KINDS[kind]}")
        return value

    def exact(self, key: str) -> Fraction:
        """A number without binary rounding: integer, decimal, or a string such as "100/3"."""
        if not self.has(key):
            raise self._missing(key)
        return self.number(key, self._values[key])

    def number(self, key: str, value: object) -> Fraction:
        """`value` (the key's own, or one of its list) as an exact fraction."""
        number = _exact(value)
        if number is None:
            raise self.refuse(key, f"is {shown(value)}, not a number", 'write a number, or a fraction as "100/3"')
        return number

    def certainty(self) -> str:
        """The marks of what `source` says, as "found: structure; memory: intensity"; empty when there is none."""
        text: str = self.get("certainty", str, "")
        for part in text.split(";") if text else ():
            mark = part.partition(":")[0].strip()
            if mark not in MARKS:
                raise self.refuse("certainty", f"begins with {mark!r}", f"begin with one of {', '.join(MARKS)}")
        return text

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, 1)
                raise self.refuse(key, "is not known", f"did you mean {close[0]}?" if close else "remove it")


def _exact(value: object) -> Fraction | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        text = value.strip()
        try:
            return Fraction(text) if _NUMBER.fullmatch(text) else None
        except ZeroDivisionError:
            return None
    if isinstance(value, Decimal):
        small = value.is_finite() and abs(value.adjusted()) <= _DIGITS_MAX and len(value.as_tuple().digits) <= 40
        return Fraction(value) if small else None
    if isinstance(value, int):
        return Fraction(value) if abs(value) < 10**_DIGITS_MAX else None
    return None


def read(path: Path) -> Table:
    """Parse a file; ProtocolError when it is not there or is not TOML. Decimals stay exact."""
    try:
        text = path.read_text(encoding="utf-8")
        return Table(path.name, tomllib.loads(text, parse_float=Decimal), text)
    except FileNotFoundError:
        raise ProtocolError(f"{path} does not exist", "see `thetabox protocols` for the library") from None
    except OSError as error:
        raise ProtocolError(f"{path} cannot be read: {error.strerror}", "check the name and its permissions") from None
    except (ValueError, RecursionError) as error:  # not TOML, not UTF-8, or a number of thousands of digits
        reason = str(error).splitlines()[0]
        raise ProtocolError(f"{path.name} is not TOML: {reason}", "mend the file at that place") from None
