"""The link over USB-CDC: beside the UART, with a host that stops reading, floods the port, or goes."""

from fractions import Fraction
from itertools import pairwise

import crcmod.predefined
import pytest
from contract import faults, frame, limits, messages
from rig import HZ, Rig, exact, spec
from thetabox.board.emulated.board import EmulatedBoard
from thetabox.board.link import Link

pytestmark = pytest.mark.emulated
MS = Fraction(1, 1000)
TRAIN = ((3, 20 * MS), (10, 100 * MS))
LONG = ((1, 20 * MS), (200, 30 * MS))


class UsbRig(Rig):
    """A board on USB; `resets` are those of the chip."""

    def __init__(self, device="bank"):
        super().__init__(device)
        self.board = EmulatedBoard(bank_wired=device == "bank", usb=True)
        self.chip, self.plant = self.board.chip, self.board.plant
        self.link = Link(self.board, session=99)
        self.resets = []
        self.chip.on_reset(lambda: self.resets.append(self.chip.reset_cause))


def request(code, sequence, payload=b"", session=99):
    writer = frame.Writer(crcmod.predefined.mkCrcFun("crc-32"))
    return bytes(writer.frame(code, sequence, session, payload))


def kinds(data):
    """(type, sequence) of every good frame in `data`."""
    reader, at, found = frame.Reader(crcmod.predefined.mkCrcFun("crc-32")), 0, []
    while at < len(data):
        at = reader.feed(data, at, len(data))
        if reader.ready:
            found.append((reader.kind, reader.sequence))
    return found


def test_answers_go_where_the_request_came_from_and_bytes_do_not_mix():
    rig = UsbRig().idle()
    uart = bytearray()
    rig.chip.on_uart(uart.append)
    status, log = request(messages.STATUS, 1), request(messages.LOG, 2, bytes(4))
    rig.board.write(status[:7])
    rig.chip.uart_feed(log[:5])
    rig.board.wait(0.02)
    rig.board.write(status[7:])
    rig.chip.uart_feed(log[5:])
    rig.board.wait(0.05)
    assert kinds(rig.board.received()) == [(messages.STATUS | frame.REPLY, 1)]
    assert kinds(uart) == [(messages.LOG | frame.REPLY, 2)]
    rig.board.write(log)  # the last one, again, from the other side: answered from the cache, to who asks
    rig.board.wait(0.05)
    assert kinds(rig.board.received()) == [(messages.LOG | frame.REPLY, 2)]


def test_a_stranger_on_the_other_port_may_look_and_abort_and_nothing_else():
    """Who is there and ABORT are for everybody; a program that looks for boards takes no running train over."""
    rig = UsbRig("ttl").start(spec(*TRAIN))
    uart = bytearray()
    rig.chip.on_uart(uart.append)
    hello = messages.pack(messages.row(messages.IDENTIFY)[2], {"table_hash": 1, "session": 7})
    rig.chip.uart_feed(request(messages.IDENTIFY, 1, hello, session=7))
    rig.beat(0.3)
    rig.chip.uart_feed(request(messages.STATUS, 2, session=7))
    rig.beat(0.2)
    assert kinds(uart) == [(messages.IDENTIFY | frame.REPLY, 1), (frame.REFUSAL, 2)]
    assert rig.state() == "running"
    rig.chip.uart_feed(request(messages.ABORT, 3, session=7))
    rig.board.wait(0.1)
    assert rig.link.status()["fault"] == faults.ABORTED


def test_byte_3_is_data():
    rig = UsbRig()
    rig.link = Link(rig.board, session=0x0303)
    rig.idle()
    rig.board.write(b"\x03\x03\r\n\x04\x03import machine\r\n\0")
    assert rig.link.status()["state"] == messages.IDLE and not rig.resets


def test_a_host_that_stops_reading_in_mid_train_costs_no_tick():
    """It sends on, with questions whose answers are long: the train runs to its end, and the watchdog sleeps."""
    rig = UsbRig().start(spec(*TRAIN))
    rig.chip.usb_listen(False)
    ticks = []
    watchdog = rig.chip.rp2040.watchdog
    feed = watchdog.write_uint32
    watchdog.write_uint32 = lambda offset, value: (ticks.append(rig.chip.ticks), feed(offset, value))
    for sequence in range(60, 120):
        rig.board.write(request(messages.HEARTBEAT, sequence) + request(messages.LOG, sequence, bytes(4)))
        rig.board.wait(0.02)
    watchdog.write_uint32 = feed
    assert max(after - before for before, after in pairwise(ticks)) < HZ * 70 // 1000
    rig.board.received()
    rig.chip.usb_listen(True)
    rig.board.wait(0.1)
    rig.board.received()
    assert messages.STATE_NAMES[rig.link.status()["state"]] == "done"
    assert exact(rig) and not rig.resets


def test_unplugged_with_answers_unread_and_questions_waiting():
    """MicroPython would try for ever to write into the full buffer of a sleeping port."""
    rig = UsbRig("ttl").idle()
    rig.chip.usb_listen(False)
    for sequence in range(100, 160):
        rig.board.write(request(messages.LOG, sequence, bytes(4)))
    rig.chip.at(rig.chip.ticks + HZ // 200, lambda: rig.chip.usb_attach(False))
    rig.board.wait(limits.SESSION_WATCHDOG_IDLE_MS / 1000 + 1)
    assert not rig.resets
    rig.chip.usb_listen(True)
    rig.chip.usb_attach(True)
    rig.board.wait(0.2)
    rig.board.received()
    assert rig.link.status()["state"] == messages.IDLE


def test_unplugged_in_mid_train():
    """No onset later than 300 ms after the last heartbeat, then the bank is dumped; plugged in again, it tells why."""
    rig = UsbRig().start(spec(*LONG))
    rig.beat(0.5)
    heard = rig.chip.ticks
    rig.chip.usb_attach(False)
    rig.board.wait(3)
    rises, _ = rig.pulses()
    assert len(rises) > 5
    assert (rises.max() - heard) * 1000 / HZ < limits.SESSION_SILENCE_MS
    assert rig.plant.bank_v < 60 and not rig.resets
    rig.chip.usb_attach(True)
    rig.board.wait(0.2)
    assert rig.link.status()["fault"] == faults.HOST_SILENT


def test_plugged_in_again_at_once_the_train_goes_on():
    rig = UsbRig("ttl").start(spec(*TRAIN))
    rig.beat(0.2)
    rig.chip.usb_attach(False)
    rig.board.wait(0.05)
    rig.chip.usb_attach(True)
    rig.board.wait(0.1)
    assert messages.STATE_NAMES[rig.finish()["state"]] == "done" and exact(rig)


def test_noise_without_end_on_usb_keeps_neither_the_tick_nor_the_uart_from_their_turn():
    rig = UsbRig("ttl").start(spec(*LONG))
    end = rig.chip.ticks + HZ

    def noise():
        rig.board.write(b"\x55" * 2048)
        if rig.chip.ticks < end:
            rig.chip.at(rig.chip.ticks + HZ // 200, noise)

    uart = bytearray()
    rig.chip.on_uart(uart.append)
    noise()
    for sequence in range(100, 110):
        rig.chip.uart_feed(request(messages.HEARTBEAT, sequence))
        rig.board.wait(0.1)
    assert kinds(uart) == [(messages.HEARTBEAT | frame.REPLY, sequence) for sequence in range(100, 110)]
    assert not rig.resets and len(rig.pulses()[0]) > 30
