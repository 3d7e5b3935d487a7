"""The desk of a running session: what other terminals may see of it and ask of it, through a socket of this machine.

Each session listens on a port of its own on the loopback address and is found through `thetabox.runtime`; the key in
that file, readable by its user alone, is asked for at each connection (multiprocessing.connection, HMAC). Requests and
answers are JSON.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
import time
from contextlib import contextmanager, suppress
from multiprocessing import AuthenticationError
from multiprocessing.connection import Client, Connection, Listener
from typing import TYPE_CHECKING, Any

from contract import limits

from thetabox.errors import ThetaboxError
from thetabox.runtime import registered, registrations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .stages import Progress

KIND = "session"
LOOPBACK = "127.0.0.1"
ANSWER_S = 2.0
STATUS, PAUSE, RESUME, ABORT = "status", "pause", "resume", "abort"


class _Nobody:
    """Watches nothing."""

    def stage(self, text: str) -> None:
        """Nobody is there."""

    def update(self, status: dict[str, Any]) -> None:
        """Nobody is there."""


_NOBODY = _Nobody()


class Desk:
    """An Operator whose wishes come from elsewhere, and a Progress that keeps the latest news and passes them on.

    longest_gap_s: of the train, for without a gap that is long enough there is no pause. rest_s: wall time to let pass
    at each look while the train rests, for boards whose own time is not the wall's.
    """

    def __init__(self, progress: Progress, longest_gap_s: float, rest_s: float = 0.0) -> None:
        self.stopped = False
        self.paused = False
        self._progress = progress
        self._can_pause = longest_gap_s * 1000 >= limits.SESSION_PAUSE_GAP_MS
        self._rest_s = rest_s
        self._stage = ""
        self._status: dict[str, Any] = {}

    def rest(self) -> None:
        """A person is waited for."""
        time.sleep(self._rest_s)

    def stage(self, text: str) -> None:
        """A new part of the session."""
        self._stage = text
        with self._told() as progress:
            progress.stage(text)

    def update(self, status: dict[str, Any]) -> None:
        """A status of the board."""
        self._status = status
        with self._told() as progress:
            progress.update(status)

    @contextmanager
    def _told(self) -> Iterator[Progress]:
        """Who is told. When nothing takes what is printed, the train is aborted, as when its terminal is closed."""
        try:
            yield self._progress
        except OSError:
            self.stopped = True
            self._progress = _NOBODY

    def answer(self, request: str) -> dict[str, Any]:
        """What another terminal gets for its request."""
        if request == PAUSE and not self._can_pause:
            wrong = f"the train has no gap of {limits.SESSION_PAUSE_GAP_MS} ms or more to rest in"
            return {"error": wrong, "remedy": "let it end, or abort it"}
        if request == ABORT:
            self.stopped = True
        elif request in (PAUSE, RESUME):
            if self.paused == (request == PAUSE):
                wrong = "a pause has been asked for already" if self.paused else "no pause has been asked for"
                return {"error": wrong, "remedy": "see `thetabox status`"}
            self.paused = request == PAUSE
        elif request != STATUS:
            return {"error": f"{request!r} is not a request", "remedy": "use the same release in all terminals"}
        return {"stage": self._stage, "status": self._status, "paused": self.paused, "stopped": self.stopped}


@contextmanager
def attended(desk: Desk, **about: Any) -> Iterator[None]:
    """Other terminals find the session, with `about`, and may ask the desk, as long as this lasts."""
    key = secrets.token_bytes(16)
    with Listener((LOOPBACK, 0), authkey=key) as listener:
        closing = threading.Event()
        thread = threading.Thread(target=_serve, args=(listener, desk, closing), daemon=True)
        thread.start()
        try:
            with registered(KIND, address=list(listener.address), key=key.hex(), **about):
                yield
        finally:
            closing.set()
            with suppress(OSError):
                socket.create_connection((LOOPBACK, listener.address[1]), ANSWER_S).close()  # wakes it, asks nothing
            thread.join(ANSWER_S)


def _serve(listener: Listener, desk: Desk, closing: threading.Event) -> None:
    while not closing.is_set():
        with suppress(OSError, EOFError, ValueError, AuthenticationError), listener.accept() as connection:
            if connection.poll(ANSWER_S):
                request = json.loads(connection.recv_bytes(1024))
                connection.send_bytes(json.dumps(desk.answer(request)).encode())


def sessions() -> list[dict[str, Any]]:
    """The sessions that run on this machine for this user, as `attended` registered them."""
    return registrations(KIND)


def ask(session: dict[str, Any], request: str) -> dict[str, Any]:
    """The desk's answer; ThetaboxError when it says no, or when nobody answers."""
    nobody = ThetaboxError(f"the session {session['pid']} does not answer", "look at its terminal")
    try:
        connection: Connection[Any, Any] = Client(tuple(session["address"]), authkey=bytes.fromhex(session["key"]))
        with connection:
            connection.send_bytes(json.dumps(request).encode())
            if not connection.poll(ANSWER_S):
                raise nobody
            answer: dict[str, Any] = json.loads(connection.recv_bytes())
    except (OSError, EOFError, AuthenticationError):
        raise nobody from None
    if "error" in answer:
        raise ThetaboxError(answer["error"], answer["remedy"])
    return answer
