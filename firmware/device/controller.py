"""The board: one loop that sleeps until a byte or the next tick, handles a request, looks, decides, acts."""

from contract import faults, frame, limits, messages, records
from contract.messages import ARMED, DONE, FAULT, READY, RUNNING
from contract.protocol import BANK
from kernel import gate
from kernel.clock import since
from kernel.gate import Gate
from kernel.journal import Journal
from kernel.readings import Readings
from kernel.session import ACTIVE, Session
from gc import collect
from machine import freq
from struct import pack_into
from time import ticks_ms

from . import block0, flash
from .block0 import Block0
from .charger import Charger
from .clock import Clock
from .link import Link
from .requests import Requests
from .sensors import SAMPLE_BANK, Sensors
from .stamps import Stamps
from .store import SCHEDULE_ADDRESS, Store
from .watchdog import Watchdog

_TICK_MS = limits.SESSION_TICK_MS
_COLLECT_TICKS = 100


class Controller:
    """Owns every part; the kernel decides, the gate permits, this acts."""

    def __init__(self):
        if freq() != limits.CLOCK_SYS_HZ:  # a tick is 8 ns, whatever the port's default is
            freq(limits.CLOCK_SYS_HZ)
        self.watchdog = Watchdog()
        self.session = Session()
        self.readings = Readings()
        self.gate = Gate(self.session, self.readings)
        self.charger = Charger(self.gate)
        self._block = Block0()
        self.stamps = Stamps(SAMPLE_BANK)
        self._sensors = Sensors(self.stamps)
        self.journal = Journal()
        self._clock = Clock()
        self.store = Store(self.watchdog.feed)
        self.boot_count = flash.count_boot()
        self.start_us = 0
        self._state = self.session.state
        self._tick_ms = self.now_ms()
        self._ticks = 0
        self._link = Link()
        self._requests = Requests(self)
        self.note(records.BOOT, 0, self.watchdog.cause)
        self.session.dump_watch.start(self.now_ms())
        if self.watchdog.fault:
            self.session.trip(self.watchdog.fault, self.now_ms())

    def now_ms(self):
        """The kernel's clock."""
        return ticks_ms()

    def time_us(self):
        """Time since boot."""
        return self._clock.time_us()

    def note(self, event, fault=0, argument=0):
        """Write into the event log."""
        self.journal.add(self.now_ms(), event, fault, argument)

    def run(self):
        """For ever: requests as they come, a tick every SESSION_TICK_MS."""
        while True:
            left_ms = _TICK_MS - since(self.now_ms(), self._tick_ms)
            if left_ms > _TICK_MS or left_ms <= 0:
                self.tick()
                continue
            self._link.wait(left_ms)
            if self._link.receive():
                self._request()

    # requests

    def _request(self):
        reader, writer = self._link.reader, self._link.writer
        try:
            length = self._requests.handle(reader.kind, reader.session, reader.payload, writer.payload)
            self._link.answer(reader.kind | frame.REPLY, length)
        except faults.Refused as refused:
            pack_into("<H", writer.payload, 0, refused.number)
            self._link.answer(frame.REFUSAL, 2)
        self._follow()

    def charge(self):
        """CHARGE."""
        self._look()
        self.session.charge(self.readings, self.now_ms())
        self.charger.prepare(self.session.protocol.target_mv)
        if self.gate.permits(gate.TOKEN):
            self._block.start_charge()
            self._block.grant()
            self.watchdog.feed(True)

    def arm(self, image_crc, nonce):
        """ARM: outputs enabled, FIFO filled, nothing moves."""
        self._look()
        self.store.verify()
        self.session.arm(self.readings, image_crc, nonce, self.now_ms())
        if not self.gate.permits(gate.TRIGGERS):
            self.session.abort(self.now_ms())
            raise faults.Refused(faults.UNSAFE)
        protocol = self.session.protocol
        self.stamps.begin()
        self.readings.fired = self.readings.triggered = self.readings.vetoed = 0
        self._block.arm(SCHEDULE_ADDRESS, self.store.words, protocol.policy, protocol.drive == BANK)
        self._grant()
        self.watchdog.feed(True)

    def fire(self, nonce):
        """FIRE: the train begins."""
        self._look()
        if not self.gate.permits(gate.START):
            raise faults.Refused(faults.FAULT_STANDING if self.session.fault else faults.NOT_NOW)
        self.session.fire(nonce, self.now_ms())
        self._block.fire()
        self.start_us = self.time_us()

    def abort(self):
        """ABORT: outputs off first, then the state."""
        self._rest()
        self.session.abort(self.now_ms())

    def clear(self, fault):
        """CLEAR."""
        self.session.clear(fault, self.now_ms())
        self.watchdog.keep(faults.NONE)
        self.note(records.CLEARED, fault)

    # the tick

    def _look(self):
        """Read the inputs and the machines' flags."""
        readings, stamps = self.readings, self.stamps
        self._sensors.levels(readings)
        flags = self._block.flags() if self.session.state in ACTIVE else 0
        readings.underrun = flags & block0.FLAG_UNDERRUN
        readings.veto = flags & block0.FLAG_VETO
        readings.done = flags & block0.FLAG_DONE
        readings.tripped = flags & block0.FLAG_TRIPPED
        if stamps.changed():
            readings.fired = (stamps.total(messages.RING_FIRED) + 1) // 2
            readings.triggered = (stamps.total(messages.RING_TRIGGER) + 1) // 2
        if readings.veto:
            readings.vetoed = (stamps.total(messages.RING_BANK) + 1) // 2 - readings.triggered

    def tick(self):
        """Look, decide, act, feed the watchdog."""
        self._tick_ms = self.now_ms()
        self._look()
        self._sensors.voltages(self.readings)
        fault = self.session.tick(self.readings, self._tick_ms)
        if fault and fault != self.session.fault:  # the first one is kept; this one is told all the same
            self.note(records.FAULT, fault, self.readings.triggered)
        self._follow()
        if self.session.state in ACTIVE:
            self._grant()
        self.watchdog.feed(self.session.state in ACTIVE)
        self._ticks += 1
        if self._ticks % _COLLECT_TICKS == 0:
            collect()  # here, where it delays nothing, and not in the middle of a request

    def _grant(self):
        if self.gate.permits(gate.TOKEN):
            self._block.grant()

    def _rest(self):
        """Outputs off, bank dumping: the safe side of everything."""
        self._block.stop()
        self.charger.dump()

    _ENTERED = {
        messages.CHARGING: records.CHARGING,
        READY: records.READY,
        ARMED: records.ARMED,
        RUNNING: records.STARTED,
        DONE: records.DONE,
        messages.IDLE: records.DISCHARGED,
        messages.SAFE: records.DUMPING,
    }

    def _follow(self):
        """After anything that may have changed the state: go to rest where nothing may be on; write the log."""
        state = self.session.state
        if state == self._state:
            return
        if state not in ACTIVE:
            self._rest()
        self._state = state
        if state == FAULT:
            self.watchdog.keep(self.session.fault)
            self.note(records.FAULT, self.session.fault, self.readings.triggered)
        if state in self._ENTERED:
            argument = self.readings.triggered if state == DONE else self.readings.bank_mv
            self.note(self._ENTERED[state], 0, argument)
