"""Numbers with their nouns."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """As "1 pulse", "2 pulses"; a noun that ends in s stays as it is."""
    return f"{number} {noun}{'' if number == 1 or noun.endswith('s') else 's'}"
