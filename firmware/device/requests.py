"""What the board does for each message. Every handler takes the request's values and returns the answer's."""

import os
from binascii import crc32
from struct import pack, pack_into

from contract import faults, limits, messages, records
from contract.version import VERSION
from kernel.session import LOCKED
from machine import unique_id

from . import flash, raw
from .armed import Armed

_VERSION = VERSION.encode()
_STATE_AT = 4  # in the answer to IDENTIFY, before the fault


class Requests:
    """Handlers by message code; `board` is the controller. While the heap is locked only those of `Armed` are asked."""

    def __init__(self, board):
        self._board = board
        self._compatible = False
        self._arms = 0
        self.session = 0
        self._who = None  # the answer to IDENTIFY
        self._armed = Armed(board, self._tell_who)
        self._handlers = {
            messages.IDENTIFY: self._identify,
            messages.ODOMETER: self._odometer,
            messages.PROOF: self._proof,
            messages.UPLOAD_BEGIN: self._upload_begin,
            messages.UPLOAD_DATA: self._upload_data,
            messages.UPLOAD_END: self._upload_end,
            messages.CHARGE: self._charge,
            messages.ARM: self._arm,
            messages.CLEAR: self._clear,
            messages.FAULT_LOG: self._fault_log,
            messages.BOOTSEL: self._bootsel,
        }
        self._layouts = {}
        for code, _, request, reply in messages.TABLE:
            self._layouts[code] = (request, messages.layout(reply)[0], [name for name, _ in reply])

    def handle(self, reader, answer):
        """Carry out the request in `reader`, write the answer's payload into `answer`; returns its length.

        Raises Refused.
        """
        kind, session = reader.kind, self._board.session
        if kind not in self._layouts:
            raise session.refused(faults.UNKNOWN_MESSAGE)
        if kind != messages.IDENTIFY:
            if reader.session != self.session and kind != messages.ABORT:  # anybody may stop it
                raise session.refused(faults.WRONG_SESSION)
            if not self._compatible and kind not in messages.READ_ONLY:
                raise session.refused(faults.TABLE_MISMATCH)
        if session.state in LOCKED or kind not in self._handlers:
            return self._armed.handle(reader, answer)
        request, layout, names = self._layouts[kind]
        try:
            values = messages.unpack(request, reader.payload)
        except ValueError:
            raise faults.Refused(faults.BAD_PAYLOAD)
        result = self._handlers[kind](values, answer)
        return result if isinstance(result, int) else self._write(answer, layout, names, result)

    def _write(self, answer, layout, names, values):
        if not names:
            return 0
        pack_into(layout, answer, 0, *[values[name] for name in names])
        return messages.size(layout)

    def _identify(self, values, answer):
        board = self._board
        if not board.session.attended(board.now_ms()):
            self.session = values["session"]
            self._compatible = values["table_hash"] == messages.TABLE_HASH
        board.diary.note(records.IDENTIFIED, 0, self.session)
        return self._tell_who(answer)

    def _tell_who(self, answer):
        """Write the answer to IDENTIFY; once it has been made nothing is allocated."""
        session = self._board.session
        if self._who is None:
            self._who = self._identity()
        who = self._who
        who[_STATE_AT] = session.state
        pack_into("<H", who, _STATE_AT + 1, session.fault)
        raw.copy(who, 0, len(who), answer, 0)
        return len(who)

    def _identity(self):
        board = self._board
        image = flash.view(0, limits.FLASH_IMAGE_MAX)
        half = limits.FLASH_IMAGE_MAX // 2
        values = {
            "table_hash": messages.TABLE_HASH,
            "state": 0,
            "fault": 0,
            "boot_count": board.boot_count,
            "reset_cause": board.watchdog.cause,
            "board_id": unique_id(),
            "image_hash": pack("<II", crc32(image[:half]), crc32(image[half:])),
            "version": _VERSION,
        }
        return bytearray(messages.pack(messages.row(messages.IDENTIFY)[3], values))

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
        board.diary.note(records.UPLOADED, 0, pulses)
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

    def _clear(self, values, _):
        self._board.clear(values["fault"])
        return 0

    def _bootsel(self, _, __):
        self._board.leave()
        return 0

    def _fault_log(self, values, answer):
        standing = self._board.standing
        first, length = standing.read(values["first"], limits.LINK_PAYLOAD_MAX - 8, answer[8:])
        pack_into("<II", answer, 0, standing.sequence, first)
        return 8 + length
