"""What the board still does for its host while the heap is locked, from ARM to the end of the train: nothing here
allocates, and what is not here is answered with NOT_NOW.
"""

from struct import pack_into

from contract import faults, frame, limits, messages, records

from . import raw

NONCE_BYTES = 8
_FIRST = frame.HEADER_BYTES  # of the payload in a reader's buffer
_HEAD = 8  # total and first, before the entries
_ROOM = limits.LINK_PAYLOAD_MAX - _HEAD
_FIELDS = messages.row(messages.STATUS)[3]


def _offset(name):
    """Where a field of STATUS lies."""
    before = [field for field, _ in _FIELDS].index(name)
    return messages.size(messages.layout(_FIELDS[:before])[0])


_STATUS = messages.layout(_FIELDS)[0]
_STATUS_BYTES = messages.size(_STATUS)
_TIME_AT = _offset("time_us")
_START_AT = _offset("start_us")


class Armed:
    """Handlers that take the reader with the request and the answer's buffer, and return the answer's length."""

    def __init__(self, board, identity):
        self._board = board
        self._identity = identity  # fills in who the board is
        self._nonce = bytearray(NONCE_BYTES)
        self._handlers = {
            messages.IDENTIFY: self._identify,
            messages.STATUS: self.status,
            messages.HEARTBEAT: self._heartbeat,
            messages.FIRE: self._fire,
            messages.ABORT: self._abort,
            messages.PAUSE: self._pause,
            messages.STAMPS: self._stamps,
            messages.LOG: self._log,
        }
        self._sizes = {}
        for code in self._handlers:
            self._sizes[code] = messages.size(messages.layout(messages.row(code)[2])[0])

    def handle(self, reader, answer):
        """Carry out one request. Raises Refused."""
        session = self._board.session
        if reader.kind not in self._handlers:
            raise session.refused(faults.NOT_NOW)
        if reader.length != self._sizes[reader.kind]:
            raise session.refused(faults.BAD_PAYLOAD)
        return self._handlers[reader.kind](reader, answer)

    def status(self, _, answer):
        """STATUS."""
        board = self._board
        readings, session = board.readings, board.session
        flags = readings.flags
        if board.charger.dumping():
            flags |= messages.FLAG_DUMPING
        if session.protocol is not None:
            flags |= messages.FLAG_PROTOCOL
        if session.pausing:
            flags |= messages.FLAG_PAUSE_ASKED
        if session.coil_warm(readings):
            flags |= messages.FLAG_COIL_WARM
        pack_into(
            _STATUS,
            answer,
            0,
            session.state,
            session.fault,
            flags,
            readings.bank_mv,
            session.supervisor.target_mv,
            readings.coil_centi_c,
            session.coil.model_centi_c,
            session.pulses,
            session.first,
            readings.triggered,
            readings.fired,
            readings.vetoed,
            0,
            0,
            session.remaining_ms(board.now_ms()),
        )
        board.clock.put(answer, _TIME_AT)
        raw.copy(board.start_us, 0, len(board.start_us), answer, _START_AT)
        return _STATUS_BYTES

    def _heartbeat(self, reader, answer):
        self._board.heard()
        return self.status(reader, answer)

    def _identify(self, _, answer):
        board = self._board
        board.diary.note(records.IDENTIFIED, 0, 0)  # the board stays with the session that has it
        return self._identity(answer)

    def _fire(self, reader, answer):
        raw.copy(reader.buffer, _FIRST, _FIRST + NONCE_BYTES, self._nonce, 0)
        board = self._board
        board.fire(self._nonce)
        raw.copy(board.start_us, 0, len(board.start_us), answer, 0)
        return len(board.start_us)

    def _abort(self, _, __):
        self._board.abort()
        return 0

    def _pause(self, _, __):
        self._board.session.pause()
        return 0

    def _stamps(self, reader, answer):
        board = self._board
        ring = reader.buffer[_FIRST]
        if ring > messages.RING_BANK:
            raise board.session.refused(faults.BAD_PAYLOAD)
        stamps = board.stamps
        first = stamps.oldest(ring, raw.word(reader.buffer, _FIRST + 1))
        pack_into("<II", answer, 0, stamps.total(ring), first)
        return _HEAD + stamps.copy(ring, first, answer, _HEAD, _ROOM)

    def _log(self, reader, answer):
        journal = self._board.diary.journal
        first = journal.oldest(raw.word(reader.buffer, _FIRST))
        pack_into("<II", answer, 0, journal.total, first)
        return _HEAD + journal.copy(first, answer, _HEAD, _ROOM)
