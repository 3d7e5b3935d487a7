"""An emulated board with a link, and the steps of a session, for tests that look inside."""

import os
import pickle
import signal
import sys
from dataclasses import replace

import numpy as np
import pytest
from contract import faults, messages
from contract import protocol as image_format
from thetabox.board import BoardError, open_board
from thetabox.board.link import BoardRefused, Link
from thetabox.board.renode.process import find
from thetabox.evidence.shots import shots
from thetabox.protocol import Pattern, Spec, compile_protocol, profile

HZ = 125_000_000
PORT = os.environ.get("THETABOX_TEST_PORT", "emu:")  # `make test-renode` runs tests that are marked shared on "renode:"
# Renode's PIO has the input synchronisers, and its edges leave at the end of a clock; the emulator's has neither.
INPUT_CLOCKS = 3 if PORT == "renode:" else 0
CHILD_CPU_S = 90  # what a fork of the emulator may take; seconds of board time take less than one
OUTPUTS = ("TRIG_A", "TRIG_B", "MARKER", "BLANK", "CHARGE_EN")


def spec(*patterns, onsets=(), policy="abort"):
    """A protocol from (count, interval in s) pairs, innermost first."""
    levels = tuple(Pattern("unit", count, interval) for count, interval in patterns)
    return Spec("test", "", "", "", levels, tuple(onsets), policy, None, "")


class Rig:
    """One board; `start` brings a train to its first tick."""

    def __init__(self, device="bank", seed=1, usb=False, port=PORT):
        self.board = open_board("emu:usb" if usb else port, bank_wired=device == "bank", seed=seed)
        self.chip, self.plant = self.board.chip, self.board.plant
        self.link = Link(self.board, session=99)
        self.profile = profile(device)
        self.compiled = None
        self.note = ""  # what a campaign's ending does, for who looks into a broken one

    def compile(self, made, percent=60, **changes):
        """Compile for the device; `changes` are attributes of the protocol image."""
        compiled = compile_protocol(made, self.profile, percent if self.profile.drive == "bank" else None)
        for name, value in changes.items():
            setattr(compiled.protocol, name, value)
        self.compiled = replace(compiled, image=image_format.encode(compiled.protocol))
        return self.compiled

    def idle(self):
        self.link.identify()
        if self.link.status()["state"] == messages.DONE:
            self.link.request(messages.ABORT)
        end = self.board.now_s() + 10
        while self.link.status()["state"] != messages.IDLE:
            assert self.board.now_s() < end, self.state()
            self.board.wait(0.05)
        return self

    def upload(self, made, percent=60, **changes):
        self.idle()
        self.link.upload(self.compile(made, percent, **changes).image)
        return self

    def charge(self):
        if self.profile.drive == "bank":
            self.link.request(messages.CHARGE)
            while self.link.heartbeat()["state"] in (messages.PROVING, messages.CHARGING):
                self.board.wait(0.05)
        return self

    def arm(self):
        self.nonce = self.link.request(messages.ARM, image_crc=self.compiled.image_crc)["nonce"]
        return self

    def fire(self):
        self.link.request(messages.FIRE, nonce=self.nonce)
        return self

    def start(self, made, percent=60, **changes):
        return self.upload(made, percent, **changes).charge().arm().fire()

    def beat(self, seconds):
        """Let the train run with heartbeats; returns the last status."""
        status = self.link.heartbeat()
        end = self.board.now_s() + seconds
        while self.board.now_s() < end and status["state"] == messages.RUNNING:
            self.board.wait(min(0.1, end - self.board.now_s()))
            status = self.link.heartbeat()
        return status

    def finish(self):
        """Run to the end of the train; returns the last status."""
        return self.beat(self.compiled.duration_s + 2)

    def expected(self):
        """Ticks at which each pulse should rise, from the first observed rise."""
        rises, _ = self.pulses()
        return self.compiled.onset_ticks - self.compiled.onset_ticks[0] + rises[0]

    def pulses(self, name="TRIG_A"):
        """(rises, falls) of a signal, without those of the proof."""
        capture = self.board.capture()
        return shots(capture, name) if self.profile.drive == "bank" else capture.pulses(name)

    def last_edge(self, names=OUTPUTS):
        """Tick of the last edge of these signals."""
        capture = self.board.capture()
        return max(int(capture.edges(name)[0].max(initial=0)) for name in names)

    def level(self, name):
        """Level of a signal now; 2 is high impedance."""
        levels = self.board.capture().edges(name)[1]
        return int(levels[-1]) if len(levels) else 2

    def taken_ms(self, action, closed):
        """ms from tick `closed`, of the interlock, until `action` is no longer refused as UNSAFE; None after 2 s."""
        while self.chip.ticks < closed + 2 * HZ:
            try:
                action()
                return (self.chip.ticks - closed) * 1_000 / HZ
            except BoardRefused as refused:
                assert refused.number == faults.UNSAFE
            self.board.wait(0.001)
        return None

    def state(self):
        return messages.STATE_NAMES[self.link.status()["state"]]


def needs_renode():
    """Skip, with the sentence that says what to install, where there is no Renode."""
    try:
        find()
    except BoardError as error:
        pytest.skip(str(error))


def exact(rig):
    """Whether every observed pulse lies on its schedule with its width, and nothing else is there."""
    if rig.board.name != "renode:":
        assert rig.chip.driver.backlog_drops == 0  # an emulated PIO that could not keep up would prove nothing
    rises, falls = rig.pulses()
    expected = rig.expected()
    return len(rises) == len(expected) and np.array_equal(rises, expected) and set(falls - rises) == {
        rig.compiled.width_ticks
    }  # fmt: skip


class ChildLost(Exception):
    """A fork of the emulator died, or did not come to its end."""


def in_child(action, cpu_s=CHILD_CPU_S):
    """Run `action` in a fork of this process and return what it returns: one armed emulator, many endings.

    ChildLost when it raises, or is still at it after so many seconds of processor time.
    """
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.close(read)
            signal.signal(signal.SIGPROF, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_PROF, cpu_s)
            with os.fdopen(write, "wb") as out:
                pickle.dump(action(), out)
            status = 0
        finally:
            if status:
                sys.excepthook(*sys.exc_info())
            os._exit(status)
    os.close(write)
    with os.fdopen(read, "rb") as source:
        data = source.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        raise ChildLost(f"no end after {cpu_s} s of processor time")
    if status:
        raise ChildLost("the forked emulator died")
    return pickle.loads(data)
