"""Hardware that does what it is told, in virtual time, for the firmware's own modules on CPython and on MicroPython.

What stands in for registers, PIO and DMA is here; everything else of the device (controller, requests, link, store,
flash pages, watchdog, charger) is the firmware's. Nothing breaks: a fault can come of the link alone.
"""

import math
import struct
import sys

from contract import limits, messages, pins

MICROPYTHON = sys.implementation.name == "micropython"
XIP_BASE = 0x10000000
SCHEDULE_ADDRESS = XIP_BASE + limits.FLASH_SCHEDULE_AT
BYTES_PER_MS = limits.LINK_BAUD // 10_000
TRAIN_PULSES = 5  # of every protocol here, 100 ms apart
INTERVAL_MS = 100
EDGE_MS = 200  # after FIRE, at TRIG_IN
GAP_MS = 900
BLEEDER_OHM = limits.BANK_BLEEDER_OHM
BOTH_OHM = BLEEDER_OHM * limits.BANK_DUMP_OHM // (BLEEDER_OHM + limits.BANK_DUMP_OHM)
EARLY_EDGES = 5  # TRIG_IN is high already at one in so many external starts


class Served(Exception):
    """The time that was asked for is over."""


class Left(Exception):
    """The board has gone to its boot loader."""


class World:
    """What lies outside the processor: time, the wire, the bank, the train that runs."""

    def __init__(self):
        self.now_ms = 1_000
        self.until_ms = 0
        self.inbox = b""
        self.answer = b""  # the last
        self.started = lambda: None  # called at the start of a train
        self.flash = bytearray(b"\xff" * limits.FLASH_SIZE)
        self.levels = {}
        self.target_mv = 0
        self._bank_mv = 0.0
        self._bank_ms = self.now_ms
        self.power()

    def power(self):
        """Nothing moves."""
        self.charging = False
        self.train_ms = None  # when the train began
        self.edge_ms = 0  # when it waits for its edge until
        self.given = 0
        self.left = TRAIN_PULSES  # of the train that is armed
        self.externals = 0

    def pulses(self):
        """Given since ARM."""
        if self.train_ms is None or self.now_ms < self.edge_ms:
            return self.given
        return min(self.left, 1 + (self.now_ms - self.edge_ms) // INTERVAL_MS)

    def ticks_ms(self):
        return self.now_ms & 0x3FFFFFFF

    def sleep_ms(self, ms):
        self.now_ms += ms

    def bank_mv(self):
        """The bank falls through the bleeder, and through the dump unless that is held off."""
        ohm_uf = (BLEEDER_OHM if self.levels.get(pins.DUMP_INHIBIT) else BOTH_OHM) * limits.BANK_CAPACITANCE_UF
        self._bank_mv *= math.exp(-1_000 * (self.now_ms - self._bank_ms) / ohm_uf)
        self._bank_ms = self.now_ms
        return int(self._bank_mv)

    def charge(self, ticks):
        """A token, of which the comparator leaves as much as the target needs."""
        if self.charging and self.levels.get(pins.CHARGER_SUPPLY_EN):
            gained_mv2 = 2e12 * limits.BANK_CHARGER_W * ticks / limits.CLOCK_SYS_HZ / limits.BANK_CAPACITANCE_UF
            bank_mv = self.bank_mv()
            self._bank_mv = max(bank_mv, min(self.target_mv, math.sqrt(bank_mv * bank_mv + gained_mv2)))


world = World()


class Registers(dict):
    """Memory that reads as 0 until it is written."""

    def __getitem__(self, address):
        return self.get(address, 0)


class Pin:
    OUT, IN, PULL_DOWN = 1, 0, 2

    def __init__(self, gpio, mode=0, value=None):
        self._gpio = gpio
        if value is not None:
            world.levels[gpio] = value

    def init(self, mode, value):
        self.value(value)

    def value(self, level=None):
        if level is None:
            return world.levels.get(self._gpio, 0)
        world.bank_mv()  # until now it was as before
        world.levels[self._gpio] = level
        return None


class PWM:
    def __init__(self, pin, freq, duty_u16):
        self.duty_u16(duty_u16)

    def duty_u16(self, duty):
        world.target_mv = duty * limits.BANK_WORKING_MAX_MV // 65_535


class Uart:
    """The wire. Time passes as bytes come."""

    def any(self):
        return len(world.inbox)

    def readinto(self, chunk, size):
        chunk[:size] = world.inbox[:size]
        world.inbox = world.inbox[size:]
        world.now_ms += size // BYTES_PER_MS
        return size

    def write(self, data, length):
        world.answer = bytes(data[:length])


class Poll:
    def __init__(self):
        self._is_wire = False

    def register(self, stream, _):
        self._is_wire = self._is_wire or isinstance(stream, Uart)

    def ipoll(self, timeout_ms):
        """Whether bytes wait; else time passes. Raises Served."""
        if self._is_wire and world.inbox:
            return (0,)
        if timeout_ms:
            world.now_ms += timeout_ms
            if world.now_ms >= world.until_ms:
                raise Served
        return ()


class Flash:
    def __init__(self, start, len):
        self._at = start + limits.FLASH_IMAGE_MAX

    def writeblocks(self, block, data, offset=None):
        at = self._at + block * limits.FLASH_SECTOR + (offset or 0)
        world.flash[at : at + len(data)] = data


class Block0:
    def stop(self):
        world.given = world.pulses()
        world.charging = False
        world.train_ms = None

    def rest(self):
        self.stop()

    def start_charge(self):
        world.charging = True

    def grant(self, ticks):
        world.charge(ticks)
        return True

    def test(self):
        return 1, 0

    def arm(self, address, *_):
        world.left = TRAIN_PULSES - int(address != SCHEDULE_ADDRESS)  # a pause is behind the first pulse

    def fire(self, external):
        if external:
            world.externals += 1
            if world.externals % EARLY_EDGES == 0:
                return False
        world.train_ms = world.now_ms
        world.edge_ms = world.now_ms + (EDGE_MS if external else 0)
        world.started()
        return True

    def waiting(self):
        return world.now_ms < world.edge_ms

    def reading(self):
        return 0

    def holds(self):
        return True

    def flags(self):
        is_over = world.train_ms is not None and world.now_ms >= world.edge_ms + world.left * INTERVAL_MS
        return block0.FLAG_DONE if is_over else 0


class Clock:
    def steady(self):
        return True

    def put(self, target, at):
        struct.pack_into("<Q", target, at, world.now_ms * 1_000)


class Sensors:
    def __init__(self, _):
        pass

    def levels(self, readings):
        readings.safe_ok = readings.interlock = readings.bank_cool = 1
        readings.supply_on = world.levels.get(pins.CHARGER_SUPPLY_EN, 0)
        bank_mv, target_mv = world.bank_mv(), world.target_mv
        low, high = limits.BANK_WINDOW_LOW_PERMILLE, limits.BANK_WINDOW_HIGH_PERMILLE
        readings.bank_ok = int(target_mv > 0 and target_mv * low < bank_mv * 1000 < target_mv * high)
        readings.target_below = int(bank_mv < target_mv)

    def voltages(self, readings):
        readings.bank_mv = world.bank_mv()
        readings.bank_steady = readings.bank_ok
        readings.target_sense_mv = world.target_mv
        readings.coil_centi_c = 100 * limits.COIL_AMBIENT_C


class Shadow:
    def __init__(self, *_):
        pass

    def holds(self):
        return True


def switches():
    """Level and direction of the two switches, and the target's level, as the firmware's own shadow tells them."""
    levels = world.levels.get(pins.CHARGER_SUPPLY_EN, 0) | world.levels.get(pins.DUMP_INHIBIT, 0) << 1
    return levels << 18 | 3 << 16 | world.target_mv * 0xFFFF // limits.BANK_WORKING_MAX_MV


class Stamps:
    free = 0

    def __init__(self, _):
        pass

    def changed(self):
        return True

    def begin(self):
        world.given = 0

    def total(self, ring):
        return 0 if ring == messages.RING_BANK else 2 * world.pulses()

    def oldest(self, _, first):
        return first

    def copy(self, *_):
        return 0


class Sync:
    def __init__(self, _):
        pass

    def write(self, *_):
        pass

    def arm(self, _):
        pass

    def stop(self):
        pass


def gap(readings, *_):
    """A train may pause behind its first pulse."""
    readings.gap_word = 0
    if world.pulses() == 1 and world.left == TRAIN_PULSES:
        readings.gap_word, readings.gap_first, readings.gap_ms = 4, 1, GAP_MS


class Module:
    """A module of these names."""

    def __init__(self, **names):
        for name in names:
            setattr(self, name, names[name])


def bootloader():
    raise Left


def nothing(*_, **__):
    return None


def view(address, length):
    at = address - XIP_BASE
    return memoryview(world.flash)[at : at + length]


block0 = Module(Block0=Block0, FLAG_UNDERRUN=1, FLAG_VETO=2, FLAG_DONE=4, FLAG_TRIPPED=8)


def plain_raw():
    """device.raw for CPython, which knows no viper."""
    from binascii import crc32

    from contract import raw

    def word(buffer, at):
        return min(struct.unpack_from("<I", buffer, at)[0], 0x3FFFFFFF)

    def seal(_, buffer, end):
        raw.seal(crc32, buffer, end)

    def holds(_, buffer, end):
        return raw.holds(crc32, buffer, end)

    return Module(
        copy=raw.copy,
        word=word,
        seal=seal,
        holds=holds,
        encode_into=raw.encode_into,
        decode_in_place=raw.decode_in_place,
    )


def install():
    """Put all of it where the firmware imports it from."""
    modules = {
        "machine": Module(
            UART=lambda *_, **__: Uart(), Pin=Pin, PWM=PWM, WDT=nothing, mem32=Registers(), bootloader=bootloader,
            reset=bootloader, unique_id=lambda: b"fuzzing!", freq=lambda: limits.CLOCK_SYS_HZ,
        ),
        "time": Module(ticks_ms=world.ticks_ms, sleep_ms=world.sleep_ms),
        "select": Module(POLLIN=1, poll=Poll),
        "rp2": Module(Flash=Flash),
        "uctypes": Module(bytearray_at=view),
        "device.block0": block0,
        "device.clock": Module(Clock=Clock, spin=nothing),
        "device.position": Module(gap=gap, sent=lambda *_: 0),
        "device.sensors": Module(Sensors=Sensors, SAMPLE_BANK=0),
        "device.shadow": Module(Shadow=Shadow, switches=switches),
        "device.stamps": Module(Stamps=Stamps),
        "device.sync": Module(Sync=Sync),
    }  # fmt: skip
    if not MICROPYTHON:
        modules["device.raw"] = plain_raw()
        modules["micropython"] = Module(
            const=int, native=lambda function: function, heap_lock=nothing, heap_unlock=nothing
        )
    for name in modules:
        sys.modules[name] = modules[name]
    import device

    for name in modules:
        if name.startswith("device."):
            setattr(device, name[7:], modules[name])
