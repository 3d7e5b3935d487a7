"""An exception out of nowhere, raised in the shipped image at seeded instants of every state.

It is laid into MicroPython's own place for an exception that is pending, in the memory of the emulated board, as an
interrupt would do it. What follows has to be a reset into the safe state, with the first fault kept and no prompt.
"""

from contextlib import suppress
from fractions import Fraction
from functools import cache

from contract import faults, limits, messages
from contract.protocol import START_TTL
from interpreter import address, symbol
from rig import HZ, Rig, spec
from thetabox.errors import ThetaboxError

from .bank import all_off, discharged
from .campaign import MS, NEVER, TRAIN, Campaign, Criterion, ms_between, pass_by, until
from .ticks import between

COUNT = 500
RAISED = ("MemoryError", "RuntimeError", "OSError", "IndexError", "SystemExit", "KeyboardInterrupt")
ASKED = (messages.STATUS, messages.LOG, messages.STAMPS, messages.IDENTIFY)
PROMPT = b"\r\n\x03\x03\x01\r\nprint(6 * 7)\r\n\x04\x02"  # what wakes a prompt, of either kind
AWAKE = 0.8  # share of the instants at which the processor is awake
FALL_ASLEEP_TICKS = 20_000  # at the most between two looks whether it is
PLUG_S = 0.05
ASK_S = 0.15  # before the instant
BOOT_S = 0.4
BOOT_TICKS = HZ // 5  # of a board's start, into which an exception may fall
RESET_MS = limits.SESSION_WATCHDOG_ARMED_MS

CRITERIA = (
    Criterion("until the reset that takes triggers and charge off", "ms", RESET_MS),
    Criterion("until the bank is below 60 V", "s", limits.BANK_DISCHARGE_S),
)


@cache
def _places():
    """(where an exception is pending, the keyboard's, the one that needs no memory, what each holds)."""
    contents = {name: (symbol(f"mp_type_{name}"), 0, 0, symbol("mp_const_empty_tuple_obj")) for name in RAISED}
    state = (("thread", "mp_pending_exception"), ("vm", "mp_kbd_exception"), ("vm", "mp_emergency_exception_obj"))
    return *(address(*path) for path in state), contents


def lay(chip, name):
    """An exception of this name is pending from now on."""
    pending, keyboard, emergency, contents = _places()
    exception = keyboard if name == "KeyboardInterrupt" else emergency
    for index, word in enumerate(contents[name]):
        chip.rp2040.write_uint32(exception + 4 * index, word)
    chip.rp2040.write_uint32(pending, exception)


class Raiser:
    """Lays an exception at `tick`, or as soon after it as the processor is awake; `at` is when that was."""

    def __init__(self, rig, tick, rng):
        self.at = None
        self.resets = []
        self._chip, self._rng = rig.chip, rng
        self._name = rng.choice(RAISED)
        self._asleep_too = rng.random() > AWAKE
        self._chip.on_reset(self._reset)
        self._chip.at(tick, self._raise)

    def _reset(self):
        self.resets.append(self._chip.ticks)

    def _raise(self):
        if self._chip.rp2040.core.waiting and not self._asleep_too:
            self._chip.at(self._chip.ticks + self._rng.randrange(1, FALL_ASLEEP_TICKS), self._raise)
            return
        self.at = self._chip.ticks
        lay(self._chip, self._name)


def _ask(rig, rng, seconds):
    """Requests of all kinds for so long; the board may be gone in the middle of one. Returns the fault told last."""
    told, end = 0, rig.chip.ticks + round(seconds * HZ)
    while rig.chip.ticks < end:
        with suppress(ThetaboxError):
            told = rig.link.heartbeat()["fault"]
            _something(rig, rng)
        rig.board.wait(rng.uniform(0, 0.03))
    return told


def _something(rig, rng):
    code = rng.choice(ASKED)
    if code == messages.IDENTIFY:
        rig.link.identify()
    elif code == messages.STAMPS:
        rig.link.stamps(rng.randrange(3), 0)
    else:
        rig.link.request(code, **({"first": 0} if code == messages.LOG else {}))


def _prompts(rig):
    """Whatever the board says when it is talked to as a prompt; one that has none says nothing."""
    said = bytearray()
    if rig.board.name != "emu:usb":
        rig.chip.usb_attach(True)
        rig.chip.on_usb(said.append)
        rig.board.wait(PLUG_S)
        rig.chip.usb_feed(PROMPT)
    rig.board.read(PLUG_S)  # the answer to what was asked while it restarted
    rig.board.write(PROMPT)
    rig.board.wait(PLUG_S)
    return bytes(said) + rig.board.read(PLUG_S)


def ending(rig, tick, rng, expected=(faults.SOFTWARE,)):
    """(ms until the reset, s until the bank is safe to touch); NEVER for both where anything is not as it must be."""
    raiser = Raiser(rig, tick, rng)
    while (left_s := (tick - rig.chip.ticks) / HZ) > ASK_S:
        rig.link.heartbeat()
        rig.board.wait(min(0.1, left_s - ASK_S))
    told = _ask(rig, rng, left_s)
    while not raiser.resets and rig.chip.ticks < tick + HZ:
        told = _ask(rig, rng, 0.02) or told
    if not raiser.resets:
        return NEVER, NEVER
    below = discharged(rig, raiser.at)
    rig.board.wait(BOOT_S)
    sound = _sound(rig, raiser.resets[0]) and len(raiser.resets) == 1
    who = rig.link.identify()
    kept = who["fault"] in ((told,) if told in expected else expected) and who["reset_cause"] == "command"
    first = ms_between(raiser.at, raiser.resets[0])
    return (first, below) if sound and kept and rig.state() == "fault" else (NEVER, NEVER)


def _sound(rig, last):
    """Whether all is off, nothing has moved since a tick, and there is no prompt."""
    off = all_off(rig, "DUMP_INHIBIT", "CHARGER_SUPPLY_EN")
    return off and rig.last_edge() <= last and _prompts(rig) == b""


def tripping(rig, tick, rng):
    """The interlock opens at about the same time: a fault that has been told of is the one that is kept."""
    rig.chip.at(max(rig.chip.ticks, tick - rng.randrange(100 * MS)), lambda: rig.plant.interlock(False))
    return ending(rig, tick, rng, (faults.INTERLOCK_OPEN, faults.SOFTWARE))


def boots(rig, tick, rng):
    """As `ending`, while the board starts; it may come too early to be raised, and then the board starts as ever."""
    until(rig, tick)
    if rng.random() < 0.5:
        rig.plant.interlock(False)
    pass_by(rig, tick, 0.15)
    before = rig.link.heartbeat()["fault"]
    starts = []
    rig.chip.on_reset(lambda: (starts.append(rig.chip.ticks), rig.chip.thaw_cpu()))
    if rng.random() < 0.5:
        rig.chip.power_cycle()
    else:
        before = before or faults.WATCHDOG_RESET
        rig.chip.freeze_cpu()
        while not starts:
            rig.board.wait(0.001)
    raiser = Raiser(rig, rig.chip.ticks + rng.randrange(BOOT_TICKS), rng)
    rig.board.wait(2 * BOOT_S)
    below = discharged(rig, starts[0])
    sound = _sound(rig, starts[0]) and len(starts) == 1 + len(raiser.resets) <= 2
    kept = rig.link.identify()["fault"] == (before or (faults.SOFTWARE if raiser.resets else faults.NONE))
    first = ms_between(raiser.at, raiser.resets[0]) if raiser.resets else None
    return (first, below) if sound and kept else (NEVER, NEVER)


def stands(rig, tick, rng):
    """A fault stands already; the error stands behind it."""
    figures = ending(rig, tick, rng, (faults.INTERLOCK_OPEN,))
    rig.link.request(messages.CLEAR, fault=faults.INTERLOCK_OPEN)
    return figures if rig.link.status()["fault"] == faults.SOFTWARE else (NEVER, NEVER)


# where the endings begin


def idle():
    return Rig().upload(TRAIN)


def proving():
    rig = idle()
    rig.link.request(messages.CHARGE)
    return rig


def charging():
    rig = idle().charge()
    rig.link.request(messages.ABORT)
    rig.idle().link.request(messages.CHARGE)
    return rig


def ready():
    return idle().charge()


def armed():
    return ready().arm()


def waiting():
    return Rig().upload(TRAIN, start=START_TTL).charge().arm().fire()


def running():
    return armed().fire()


def on_usb():
    return Rig(usb=True).start(TRAIN)


def dumping():
    rig = ready()
    rig.link.request(messages.ABORT)
    return rig


def done():
    rig = Rig().start(spec((3, Fraction(1, 50))))
    assert rig.finish()["state"] == messages.DONE
    return rig


def external():
    return Rig("ttl").start(TRAIN)


def paused():
    rig = running()
    rig.link.request(messages.PAUSE)
    assert rig.beat(4)["state"] == messages.PAUSED
    return rig


def fault():
    rig = running()
    rig.plant.interlock(False)
    rig.board.wait(0.2)
    assert rig.link.status()["fault"] == faults.INTERLOCK_OPEN
    return rig


def _campaign(when, begin, span_s=(0.05, 2.0), ends=ending):
    def prepared():
        _places()  # looked up once, and not in every fork
        return begin()

    return Campaign(f"exception raised {when}", CRITERIA, ends, prepared, COUNT, between(*span_s))


EXCEPTIONS = {
    "raise-booting": _campaign("while the board starts", ready, ends=boots),
    "raise-idle": _campaign("in idle", idle),
    "raise-proving": _campaign("in proving", proving, (0.0, 0.6)),
    "raise-charging": _campaign("in charging", charging, (0.0, 0.5)),
    "raise-ready": _campaign("in ready", ready),
    "raise-armed": _campaign("in armed", armed),
    "raise-waiting": _campaign("in waiting", waiting),
    "raise-running": _campaign("in running", running),
    "raise-running-usb": _campaign("in running, over USB", on_usb),
    "raise-running-ttl": _campaign("in running, external stimulator", external),
    "raise-paused": _campaign("in paused", paused),
    "raise-done": _campaign("in done", done),
    "raise-dumping": _campaign("while the bank dumps", dumping, (0.0, 0.2)),
    "raise-tripping": _campaign("while a fault trips", running, ends=tripping),
    "raise-fault": _campaign("in fault", fault, ends=stands),
}
