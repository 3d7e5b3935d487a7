"""The host's end of the link: one request in flight, a deadline each, the same sequence number when it is repeated.

CRC-32 is crcmod's here and binascii's on the board: two implementations must agree.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import crcmod.predefined
from contract import faults, frame, messages
from contract import protocol as image_format

from thetabox.errors import Exit, ThetaboxError

from .base import BoardError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from .base import Board

DEADLINE_S = 0.1
ATTEMPTS = 6
UPLOAD_BYTES = 384
LONG_S = {messages.IDENTIFY: 0.5, messages.UPLOAD_DATA: 0.5, messages.UPLOAD_END: 60.0, messages.ARM: 1.0}
# Asking twice is harmless and a lost answer is likely to be a board that still boots; an upload's end is long.
TRIES = {messages.UPLOAD_END: 2}


class BoardRefused(ThetaboxError):
    """The board said no; `number` is the fault table's."""

    exit_code = Exit.BOARD

    def __init__(self, number: int) -> None:
        self.number = number
        entry = faults.entry(number) or (number, f"FAULT_{number}", "", "The board refused.", "Update the host.")
        self.name = entry[1]
        super().__init__(f"the board refused: {entry[3].rstrip('.')} ({entry[1]} {number})", entry[4])


class LinkLost(BoardError):
    """The board does not answer."""


class Link:
    """Talks to one board."""

    def __init__(self, board: Board, session: int | None = None, tries: int = ATTEMPTS) -> None:
        self.board = board
        self._tries = tries  # fewer where the port may well be something else
        crc32 = crcmod.predefined.mkCrcFun("crc-32")
        self._writer = frame.Writer(crc32)
        self._reader = frame.Reader(crc32)
        self._sequence = 0
        self.session = random.SystemRandom().randrange(1, 0x10000) if session is None else session

    def request(self, code: int, **values: Any) -> dict[str, Any]:
        """Send a request and return the answer's fields; BoardRefused, or LinkLost after all attempts."""
        row = messages.row(code)
        self._sequence = (self._sequence + 1) & 0xFF
        # the zero before it closes whatever noise the line has left: the first try is read
        wire = b"\0" + bytes(self._writer.frame(code, self._sequence, self.session, messages.pack(row[2], values)))
        for _ in range(min(self._tries, TRIES.get(code, self._tries))):
            self.board.write(wire)
            payload = self._answer(code, self.board.now_s() + LONG_S.get(code, DEADLINE_S))
            if payload is not None:
                try:
                    return dict(messages.unpack(row[3], payload))
                except ValueError:
                    raise LinkLost("the board's answer is of another kind", "flash this release's firmware") from None
        raise LinkLost(
            f"the board on {self.board.name} does not answer {row[1]}",
            "check the cable and that the port is a ThetaBox; the board makes itself safe",
        )

    def _answer(self, code: int, deadline_s: float) -> bytes | None:
        """Payload of the answer to the request in flight, None when the time is over. Other frames are passed over."""
        while (left_s := deadline_s - self.board.now_s()) > 0:
            reader, data, at = self._reader, self.board.read(left_s), 0
            while at < len(data):
                at = reader.feed(data, at, len(data))
                if not reader.ready or (reader.sequence, reader.session) != (self._sequence, self.session):
                    continue
                if reader.kind == frame.REFUSAL:
                    raise BoardRefused(int.from_bytes(reader.payload[:2], "little"))
                if reader.kind == code | frame.REPLY:
                    return bytes(reader.payload)
        return None

    def identify(self) -> dict[str, Any]:
        """Say who we are; the answer with text fields decoded and `compatible` added."""
        who = self.request(messages.IDENTIFY, table_hash=messages.TABLE_HASH, session=self.session)
        who["compatible"] = who["table_hash"] == messages.TABLE_HASH
        who["board_id"] = who["board_id"].hex()
        who["image_hash"] = who["image_hash"].hex()
        who["version"] = who["version"].rstrip(b"\0").decode(errors="replace")
        cause = who["reset_cause"]
        who["reset_cause"] = messages.RESET_NAMES[cause] if cause < len(messages.RESET_NAMES) else str(cause)
        return who

    def status(self) -> dict[str, Any]:
        """The board's state, without counting as a heartbeat."""
        return self.request(messages.STATUS)

    def heartbeat(self) -> dict[str, Any]:
        """The board's state; keeps an armed board armed."""
        return self.request(messages.HEARTBEAT)

    def upload(self, image: bytes, between: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Send a protocol image; the answer says what the board made of it. `between` is called after each piece."""
        self.request(messages.UPLOAD_BEGIN, size=len(image), crc=image_format.image_crc(image))
        for offset in range(0, len(image), UPLOAD_BYTES):
            self.request(messages.UPLOAD_DATA, offset=offset, data=image[offset : offset + UPLOAD_BYTES])
            between()
        return self.request(messages.UPLOAD_END)

    def stamps(self, ring: int, first: int) -> tuple[int, bytes]:
        """(index of the first entry, entries) from a ring of stamps, from `first` on as far as they go without a hole.

        The index is beyond `first` where older entries have been overwritten.
        """
        size = int(messages.size(messages.SAMPLE if ring == messages.RING_BANK else messages.STAMP))
        answer = self.request(messages.STAMPS, ring=ring, first=first)
        start, data = answer["first"], answer["data"]
        while answer["data"] and (following := start + len(data) // size) < answer["total"]:
            answer = self.request(messages.STAMPS, ring=ring, first=following)
            if answer["first"] != following:
                break  # overwritten in between: the next call tells by how much
            data += answer["data"]
        return start, data

    def log(self) -> Iterator[tuple[int, bytes]]:
        """(index, entry) of every event that the board still has."""
        from contract import records

        first = 0
        while True:
            answer = self.request(messages.LOG, first=first)
            data, first = answer["data"], answer["first"]
            for offset in range(0, len(data), records.ENTRY_BYTES):
                yield first, data[offset : offset + records.ENTRY_BYTES]
                first += 1
            if first >= answer["total"] or not data:
                return
