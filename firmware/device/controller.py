"""The board: one loop that sleeps until a byte or the next tick, handles a request, looks, decides, acts."""

from contract import faults, frame, limits, messages, records
from contract.messages import FAULT, RUNNING, WAITING
from contract.protocol import BANK
from kernel import gate
from kernel.clock import since
from kernel.expand import WORD_BYTES
from kernel.gate import Gate
from kernel.readings import Readings
from kernel.session import ACTIVE, LOCKED, Session
from gc import collect
from machine import freq
from micropython import heap_lock, heap_unlock
from struct import pack_into
from time import sleep_ms, ticks_ms

from . import block0, flash, position
from .block0 import Block0
from .charger import Charger
from .charging import Charging
from .clock import Clock
from .diary import Diary
from .link import Link
from .odometer import Odometers
from .requests import Requests
from .sensors import SAMPLE_BANK, Sensors
from .shadow import Shadow
from .stamps import Stamps
from .standing import Standing
from .store import SCHEDULE_ADDRESS, Store
from .sync import Sync

_TICK_MS = limits.SESSION_TICK_MS
_COLLECT_TICKS = 100
_CHECK_TICKS = 1_000 // limits.SESSION_TICK_MS - 2  # a second, and time to act
_UNCOUNTED = (faults.GATE_SENSE, faults.FIRED_WITHOUT_TRIGGER, faults.REGISTERS)  # not all triggers may have come back
_ANSWER_MS = 50  # an answer is out by then


class Controller:
    """Owns every part; the kernel decides, the gate permits, this acts."""

    def __init__(self, watchdog):
        if freq() != limits.CLOCK_SYS_HZ:  # a tick is 8 ns, whatever the port's default is
            freq(limits.CLOCK_SYS_HZ)
        self.watchdog = watchdog
        self.session = Session()
        self.readings = Readings()
        self.gate = Gate(self.session, self.readings)
        self.charger = Charger(self.gate)
        self._block = Block0()
        self._charging = Charging(self.session, self.gate, self.charger, self._block, self._count_anew)
        self.stamps = Stamps(SAMPLE_BANK)
        self._sensors = Sensors(self.stamps)
        self.diary = Diary(self.session, self.readings, self.now_ms)
        self.clock = Clock()
        self._sync = Sync(self.stamps.free)
        self.store = Store(self.watchdog.feed, self._sync)
        self.odometers = Odometers()
        self.boot_count = flash.count_boot()
        self.start_us = bytearray(8)  # board time of FIRE
        self._scratch = bytearray(8)
        self._locked = False
        self._before = 0  # pulses given before a pause
        self._armed_word = 0  # where the train began, or went on
        self._reached = 0  # the address that DMA had come to when its outputs were last seen on the pads
        self._given = 0  # by the train that ended last
        self._state = self.session.state
        self._tick_ms = self.now_ms()
        self._ticks = 0
        self._link = Link()
        self._requests = Requests(self)
        self._leaving = False
        self.diary.note(records.BOOT, 0, self.watchdog.cause)
        self.session.dump_watch.start(self.now_ms())
        self.standing = Standing(self.boot_count)
        for fault in (self.standing.fault, watchdog.fault, watchdog.following):  # the first one first
            if fault:
                self._trip(fault)
        self._shadow = Shadow(self.stamps, self._sensors)

    def now_ms(self):
        """The kernel's clock."""
        return ticks_ms()

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
        if self.session.state in ACTIVE:
            self._check_clock()  # here too: where the timer stands there is no tick, and the watchdog stands with it
            self._follow()
        try:
            length = self._requests.handle(reader, writer.payload)
            self._lock()
            self._link.answer(reader.kind | frame.REPLY, length)
        except faults.Refused as refused:
            pack_into("<H", writer.payload, 0, refused.number)
            self._link.answer(frame.REFUSAL, 2)
        self._follow()
        if self._leaving:
            sleep_ms(_ANSWER_MS)
            self.watchdog.leave()

    def _lock(self):
        """The heap is locked before ARM is answered, until all goes to rest: what would allocate ends in a reset."""
        if self.session.state in LOCKED and not self._locked:
            collect()
            heap_lock()
            self._locked = True

    def _unlock(self):
        if self._locked:
            self._locked = False
            heap_unlock()

    def leave(self):
        """BOOTSEL: once this is answered, the ROM's boot loader takes over."""
        self._look_at_all()
        self.session.require_at_rest(self.readings, self.now_ms())
        self._rest()
        self._leaving = True

    def _reserve(self):
        """The odometers count what the train may give, before anything is switched on."""
        session = self.session
        self.odometers.reserve(session.pulses - session.first, session.pulse_mj())
        now_ms = self.now_ms()
        session.heard(now_ms, now_ms)  # a sector's erasure may take as long as the host may be silent

    def _count_anew(self):
        self.stamps.begin()
        self.readings.fired = self.readings.triggered = self.readings.vetoed = self.readings.windows = 0
        self._before = self._given if self.session.first_word else 0

    def charge(self):
        """CHARGE."""
        self._look_at_all()
        self.session.require_chargeable()
        if self.session.protocol is not None:
            self.store.verify()  # here, where nothing is charged yet: it takes 140 ms for the longest
        self._check()
        self.session.charge(self.readings, self.now_ms())
        self._count_anew()
        self._reserve()
        self._follow()  # what comes of the proof's first step is a change from here
        self.watchdog.feed(True)
        self._charging.act(self.now_ms())
        self.watchdog.feed(True)

    def arm(self, image_crc, nonce):
        """ARM: outputs enabled, FIFO filled, nothing moves."""
        self._look_at_all()
        self.session.require_armable()
        self._check()
        if self.session.protocol is not None and self.session.protocol.drive != BANK:
            self.store.verify()
        self.session.arm(self.readings, image_crc, nonce, self.now_ms())
        if not self.gate.permits(gate.TRIGGERS):
            self.session.abort(self.now_ms())
            raise faults.Refused(faults.UNSAFE)
        session = self.session
        protocol = session.protocol
        if protocol.drive != BANK:
            self._reserve()
        self._count_anew()
        first = self._armed_word = session.first_word
        self._reached = 0
        self._block.arm(
            SCHEDULE_ADDRESS + first * WORD_BYTES, self.store.words - first, protocol.policy, protocol.drive == BANK
        )
        self._sync.arm(first > 0)
        self._charging.act(self.now_ms())
        self.watchdog.feed(True)

    def fire(self, nonce):
        """FIRE: the train begins."""
        self._look()
        if not self.gate.permits(gate.START):
            raise self.session.refused(faults.FAULT_STANDING if self.session.fault else faults.NOT_NOW)
        self.session.fire(self.readings, nonce, self._link.came_ms(), self.now_ms())
        if not self._block.fire(self.session.state == WAITING):
            self._rest()
            self.session.withdraw(self.now_ms())
            raise self.session.refused(faults.TRIGGER_IN_HIGH)
        self.clock.put(self.start_us, 0)

    def abort(self):
        """ABORT: outputs off first, then the state."""
        self._rest()
        self.session.abort(self.now_ms())

    def heard(self):
        """HEARTBEAT: of when nothing waited in its line, for what waits there may be as old as the host likes."""
        self.session.heard(self._link.came_ms(), self.now_ms())

    def clear(self, fault):
        """CLEAR."""
        self._look()
        self.session.clear(fault, self.readings, self.now_ms())
        self.watchdog.keep(self.session.fault)
        self.standing.keep(self.session.fault, self.now_ms(), 0)
        self.diary.note(records.CLEARED, fault)

    # the tick

    def _look(self):
        """Read the machines' flags and the inputs, in this order: what has tripped a machine can be seen by then."""
        readings = self.readings
        flags = self._block.flags() if self.session.state in ACTIVE else 0
        self._sensors.levels(readings)
        readings.underrun = flags & block0.FLAG_UNDERRUN
        readings.veto = flags & block0.FLAG_VETO
        readings.done = flags & block0.FLAG_DONE
        readings.tripped = flags & block0.FLAG_TRIPPED
        if self.session.state == WAITING:
            readings.waiting = self._block.waiting()
            if not readings.waiting:
                self.clock.put(self.start_us, 0)
        if self.session.state == RUNNING and not readings.tripped:
            self._reached = self._block.reading()
        if self.session.pausing:
            store = self.store
            position.gap(readings, SCHEDULE_ADDRESS, store.words, self._block.reading(), store.rises_each)
        self._count()

    def _look_at_all(self):
        """The voltages too: before anything is switched on, none is a tick old."""
        self._look()
        self._sensors.voltages(self.readings)

    def _count(self):
        """Pulses since ARM, as the stamps have seen them."""
        readings, stamps = self.readings, self.stamps
        if stamps.changed():
            readings.windows = stamps.total(messages.RING_BANK) // 2
            readings.fired = (stamps.total(messages.RING_FIRED) + 1) // 2
            readings.triggered = (stamps.total(messages.RING_TRIGGER) + 1) // 2
        if readings.veto:
            readings.vetoed = (stamps.total(messages.RING_BANK) + 1) // 2 - readings.triggered

    def tick(self):
        """Look, decide, act, feed the watchdog."""
        self._tick_ms = self.now_ms()
        self._look_at_all()
        fault = self.session.tick(self.readings, self._tick_ms)
        if fault:
            self._tell(fault)
        self.diary.misfires()
        if self._ticks % _CHECK_TICKS == 0 and self.session.state in ACTIVE:
            self._check()
        self._follow()
        if fault:
            self._check()  # what is wrong may come of a register
        if self.session.state in ACTIVE:
            self._charging.act(self._tick_ms)
            self._follow()
        self.watchdog.feed(self.session.state in ACTIVE)
        self._ticks += 1
        if self._ticks % _COLLECT_TICKS == 0:
            self.clock.put(self._scratch, 0)  # so that no wrap of the timer is missed while no host asks
        if self._ticks % _COLLECT_TICKS == 0 and not self._locked:
            collect()  # here, where it delays nothing, and not in the middle of a request

    def _tell(self, fault):
        """Log a fault beside the one that stands, which is logged when the state follows."""
        if fault == self.session.fault:
            return
        self.diary.note(records.FAULT, fault, self._given)
        if fault == self.session.following:
            self.standing.keep(fault, self._tick_ms, self._given)  # what outlives a cut of power

    def _check(self):
        """Registers and clock against what they should be."""
        if not (self._shadow.holds() and self._block.holds() and self.charger.holds()):
            self._trip(faults.REGISTERS)
        else:
            self._check_clock()

    def _check_clock(self):
        if not self.clock.steady():
            self._trip(faults.CLOCK)

    def _trip(self, fault):
        standing = self.session.fault
        self.session.trip(fault, self.now_ms())
        if standing:
            self._tell(fault)
            self._rest()  # once more: what is wrong may hold a pin that was set

    def _rest(self):
        """Outputs off, bank dumping: the safe side of everything."""
        self._unlock()
        self._block.rest()
        self.charger.dump()
        self._sync.stop()
        self._charging.rest()

    def _follow(self):
        """After anything that may have changed the state: go to rest where nothing may be on; write the log."""
        state, before = self.session.state, self._state
        if state == before:
            return
        if state not in ACTIVE:
            self._rest()
            self._count()  # now that nothing more can leave
            if before in ACTIVE:
                self._given = self._before + self.readings.triggered
        self._state = state
        if state == FAULT:
            self.watchdog.keep(self.session.fault)
            self.watchdog.feed()  # flash may take longer than an armed board's watchdog allows
            self.standing.keep(self.session.following or self.session.fault, self.now_ms(), self._given)
            if self._ticks:
                self.diary.note(records.FAULT, self.session.fault, self._given)
            else:
                self.diary.note(records.STANDING, self.session.fault)
        self.diary.entered(state, self._given)
        if before in ACTIVE and state not in ACTIVE:
            self._close(before)

    def _close(self, before):
        """The odometers get the true count, if it is known."""
        self.watchdog.feed()  # flash may take longer than an armed board's watchdog allows
        session = self.session
        given = 0
        if before in (RUNNING, WAITING):
            sent = position.sent(SCHEDULE_ADDRESS, self._armed_word, self._reached, self.store.rises_each)
            is_sure = session.counting.is_sure(self.readings, sent)
            known = is_sure and session.fault not in _UNCOUNTED and self._shadow.holds()
            given = self.readings.triggered if known else None
        self.odometers.close(given)
