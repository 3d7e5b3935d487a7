"""Reading TOML with errors that name the file, the key and the remedy; numbers stay exact."""

from __future__ import annotations

import difflib
import tomllib
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from pathlib import Path
from typing import Any

from thetabox.errors import ThetaboxError


class ProtocolError(ThetaboxError):
    """A protocol or profile cannot be used. Nothing was done."""


class Table:
    """One table of a file; every key must be asked for, or `finish` refuses it."""

    def __init__(self, origin: str, values: dict[str, Any]) -> None:
        self.origin = origin
        self._values = values
        self._asked: set[str] = set()

    def refuse(self, key: str, wrong: str, remedy: str) -> ProtocolError:
        """The error for a key."""
        return ProtocolError(f"{self.origin}: {key} {wrong}", remedy)

    def has(self, key: str) -> bool:
        """Whether the key is there."""
        self._asked.add(key)
        return key in self._values

    def get(self, key: str, kind: type, default: Any = ...) -> Any:
        """The value of a key, of this kind; without a default it must be there."""
        self._asked.add(key)
        if key not in self._values:
            if default is ...:
                raise self.refuse(key, "is missing", f"add {key} = ... to the file")
            return default
        value = self._values[key]
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise self.refuse(key, f"is {value!r}, not a {_KINDS[kind]}", f"write a {_KINDS[kind]}")
        return value

    def exact(self, key: str) -> Fraction:
        """A number without binary rounding: integer, decimal, or a string such as "100/3"."""
        self._asked.add(key)
        value = self._values.get(key)
        try:
            if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
                raise ValueError
            return Fraction(value)
        except (ValueError, ZeroDivisionError, InvalidOperation):
            raise self.refuse(key, f"is {value!r}, not a number", 'write a number, or a fraction as "100/3"') from None

    def finish(self) -> None:
        """Refuse keys that nobody asked for."""
        for key in self._values:
            if key not in self._asked:
                close = difflib.get_close_matches(key, self._asked, 1)
                raise self.refuse(key, "is not known", f"did you mean {close[0]}?" if close else "remove it")


_KINDS = {str: "text", int: "whole number", bool: "true or false", list: "list", dict: "table"}


def read(path: Path) -> Table:
    """Parse a file; ProtocolError when it is not there or is not TOML."""
    try:
        return Table(path.name, tomllib.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    except FileNotFoundError:
        raise ProtocolError(f"{path} does not exist", "see `thetabox protocols` for the library") from None
    except OSError as error:
        raise ProtocolError(f"{path} cannot be read: {error.strerror}", "check the name and its permissions") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ProtocolError(f"{path.name} is not TOML: {error}", "mend the file at that place") from None
