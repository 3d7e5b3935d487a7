"""Runs on CPython and on MicroPython: the firmware's controller on hardware that does what it is told.

Reads exchanges from stdin: milliseconds u16, length u16, bytes of the wire. Answers each with a length u32 and what
happened meanwhile, in order: records as forms.py has them.
"""

import struct
import sys

import forms
import hardware
from hardware import world

hardware.install()

from device import controller, requests
from device.watchdog import Watchdog

controller.heap_lock = controller.heap_unlock = hardware.nothing  # what is noted here allocates
requests.os = hardware.Module(urandom=bytes)  # no nonce comes twice, whatever the random bits are
told = bytearray()


class Board(controller.Controller):
    """The controller, and what it does is told."""

    def whole(self):
        """All that a request may change."""
        session = self.session
        loaded = session.protocol is not None
        return struct.pack(
            forms.WHOLE, session.state, session.fault, session.following, session.pausing, loaded,
            session.image_crc if loaded else 0, self._requests.session, world.train_ms is not None,
        )  # fmt: skip

    def _request(self):
        reader = self._link.reader
        payload = bytes(reader.payload)
        before = self.whole()
        world.answer = b""
        try:
            super()._request()
        finally:
            told.extend(bytes((forms.REQUEST,)) + before + self.whole())
            answer = world.answer
            told.extend(
                struct.pack(forms.ANSWERED, reader.kind, reader.sequence, reader.session, len(payload), len(answer))
            )
            told.extend(payload)
            told.extend(answer)

    def tick(self):
        before = self.whole()
        super().tick()
        after = self.whole()
        if after != before:
            told.extend(bytes((forms.TICK,)) + before + after)


def boot():
    """Power on."""
    world.power()
    board = Board(Watchdog())
    told.append(forms.BOOT)
    return board


def serve(board, ms):
    """Let the board run for so long; returns it, or the one after a reset."""
    world.until_ms = world.now_ms + ms
    try:
        board.run()
    except hardware.Served:
        return board
    except hardware.Left:
        pass
    except Exception as error:
        text = repr(error).encode()
        told.extend(struct.pack("<BH", forms.ERROR, len(text)) + text)
    return boot()


def main():
    source, target = sys.stdin.buffer, sys.stdout.buffer
    world.started = lambda: told.append(forms.START)
    board = boot()
    while True:
        head = source.read(4)
        if len(head) < 4:
            break
        ms, length = struct.unpack("<HH", head)
        world.inbox += source.read(length)
        board = serve(board, ms)
        target.write(struct.pack("<I", len(told)))
        target.write(told)
        if not hardware.MICROPYTHON:
            target.flush()
        told[:] = b""


main()
