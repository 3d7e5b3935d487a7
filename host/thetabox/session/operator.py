"""What whoever runs a session wants of it, asked about ten times a second."""

from __future__ import annotations

from typing import Protocol


class Operator(Protocol):
    """`stopped` ends the session safely and for good; `paused` lets the train rest at a gap until it is False."""

    @property
    def stopped(self) -> bool:
        """Whether the session shall end."""

    @property
    def paused(self) -> bool:
        """Whether the train shall rest."""

    def rest(self) -> None:
        """Called about ten times a second of board time while the train rests: a person is waited for."""


class Unattended:
    """Nobody wants anything."""

    stopped = paused = False

    def rest(self) -> None:
        """Do nothing."""
