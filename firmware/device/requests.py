"""What the board does for each message. Every handler takes the request's values and returns the answer's."""

import os
from binascii import crc32
from struct import pack, pack_into

from contract import faults, limits, messages, records
from contract.version import VERSION
from kernel.session import ACTIVE
from machine import unique_id

from . import flash

_VERSION = VERSION.encode()


class Requests:
    """Handlers by message code; `board` is the controller."""

    def __init__(self, board):
        self._board = board
        self._compatible = False
        self._image_hash = None
        self._arms = 0
        self.session = 0
        self._handlers = {
            messages.IDENTIFY: self._identify,
            messages.STATUS: self._status,
            messages.HEARTBEAT: self._heartbeat,
            messages.ODOMETER: self._odometer,
            messages.PROOF: self._proof,
            messages.UPLOAD_BEGIN: self._upload_begin,
            messages.UPLOAD_DATA: self._upload_data,
            messages.UPLOAD_END: self._upload_end,
            messages.CHARGE: self._charge,
            messages.ARM: self._arm,
            messages.FIRE: self._fire,
            messages.ABORT: self._abort,
            messages.CLEAR: self._clear,
            messages.PAUSE: self._pause,
            messages.STAMPS: self._stamps,
            messages.LOG: self._log,
            messages.FAULT_LOG: self._fault_log,
            messages.BOOTSEL: self._bootsel,
        }
        self._layouts = {}
        for code, _, request, reply in messages.TABLE:
            self._layouts[code] = (request, messages.layout(reply)[0], [name for name, _ in reply])

    def handle(self, kind, session, payload, answer):
        """Carry out one request, write the answer's payload into `answer`; returns its length. Raises Refused."""
        if kind not in self._handlers:
            raise faults.Refused(faults.UNKNOWN_MESSAGE)
        if kind != messages.IDENTIFY:
            if session != self.session and kind != messages.ABORT:  # anybody may stop it
                raise faults.Refused(faults.WRONG_SESSION)
            if not self._compatible and kind not in messages.READ_ONLY:
                raise faults.Refused(faults.TABLE_MISMATCH)
        request, layout, names = self._layouts[kind]
        try:
            values = messages.unpack(request, payload) if request or len(payload) else None
        except ValueError:
            raise faults.Refused(faults.BAD_PAYLOAD)
        result = self._handlers[kind](values, answer)
        return result if isinstance(result, int) else self._write(answer, layout, names, result)

    def _write(self, answer, layout, names, values):
        if not names:
            return 0
        pack_into(layout, answer, 0, *[values[name] for name in names])
        return messages.size(layout)

    def _identify(self, values, _):
        board = self._board
        if board.session.state not in ACTIVE:  # who charges or fires keeps the board, until it falls silent
            self.session = values["session"]
            self._compatible = values["table_hash"] == messages.TABLE_HASH
        board.note(records.IDENTIFIED, 0, self.session)
        if self._image_hash is None:
            image = flash.view(0, limits.FLASH_IMAGE_MAX)
            half = limits.FLASH_IMAGE_MAX // 2
            self._image_hash = pack("<II", crc32(image[:half]), crc32(image[half:]))
        return {
            "table_hash": messages.TABLE_HASH,
            "state": board.session.state,
            "fault": board.session.fault,
            "boot_count": board.boot_count,
            "reset_cause": board.watchdog.cause,
            "board_id": unique_id(),
            "image_hash": self._image_hash,
            "version": _VERSION,
        }

    def _heartbeat(self, values, answer):
        self._board.session.heard(self._board.now_ms())
        return self._status(values, answer)

    def _status(self, _, answer):
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
        layout = self._layouts[messages.STATUS][1]
        pack_into(
            layout,
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
            board.time_us(),
            board.start_us,
            session.remaining_ms(board.now_ms()),
        )
        return messages.size(layout)

    def _odometer(self, _, __):
        total = self._board.odometers.total
        return {
            "pulses": total.pulses,
            "energy_mj": total.energy_mj,
            "trains": total.trains,
            "uncertain_pulses": total.uncertain_pulses,
        }

    def _proof(self, _, __):
        proof = self._board.session.proof
        return {"passed": proof.passed, "capacitance_nf": proof.capacitance_nf}

    def _upload_begin(self, values, _):
        board = self._board
        board.session.require_quiet(board.readings)
        board.store.begin(values["size"], values["crc"])
        board.session.unload()
        return 0

    def _upload_data(self, values, _):
        board = self._board
        board.session.require_quiet(board.readings)
        board.store.data(values["offset"], values["data"])
        return 0

    def _upload_end(self, _, __):
        board = self._board
        board.session.require_quiet(board.readings)
        protocol, crc, pulses = board.store.finish()
        board.session.load(protocol, crc, pulses)
        board.note(records.UPLOADED, 0, pulses)
        store = board.store
        return {
            "pulses": pulses,
            "words": store.words,
            "duration_ticks": store.duration_ticks,
            "schedule_crc": store.schedule_crc,
        }

    def _charge(self, _, __):
        self._board.charge()
        return 0

    def _arm(self, values, _):
        board = self._board
        self._arms += 1  # with the boot counter: no nonce comes twice, whatever the random bits are
        nonce = pack("<HH", board.boot_count & 0xFFFF, self._arms & 0xFFFF) + os.urandom(4)
        board.arm(values["image_crc"], nonce)
        return {"nonce": nonce}

    def _fire(self, values, _):
        self._board.fire(values["nonce"])
        return {"start_us": self._board.start_us}

    def _abort(self, _, __):
        self._board.abort()
        return 0

    def _clear(self, values, _):
        self._board.clear(values["fault"])
        return 0

    def _pause(self, _, __):
        self._board.session.pause()
        return 0

    def _bootsel(self, _, __):
        self._board.leave()
        return 0

    def _stamps(self, values, answer):
        ring = values["ring"]
        if ring > messages.RING_BANK:
            raise faults.Refused(faults.BAD_PAYLOAD)
        stamps = self._board.stamps
        first, length = stamps.read(ring, values["first"], answer[8:], limits.LINK_PAYLOAD_MAX - 8)
        pack_into("<II", answer, 0, stamps.total(ring), first)
        return 8 + length

    def _log(self, values, answer):
        journal = self._board.journal
        first, data = journal.read(values["first"], limits.LINK_PAYLOAD_MAX - 8)
        pack_into("<II", answer, 0, journal.total, first)
        answer[8 : 8 + len(data)] = data
        return 8 + len(data)

    def _fault_log(self, values, answer):
        standing = self._board.standing
        first, length = standing.read(values["first"], limits.LINK_PAYLOAD_MAX - 8, answer[8:])
        pack_into("<II", answer, 0, standing.sequence, first)
        return 8 + length
