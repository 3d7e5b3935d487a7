"""The watchdog, and what survives its reset: scratch registers 0 to 2 (3 is free, 4 to 7 are the SDK's)."""

from contract import faults, limits, messages
from machine import WDT, bootloader, mem32, reset

from . import regs

_MARK = 0x7B0C0DE0
_COMMAND = 1  # the reset is asked for
_ERROR = 2  # for an error that nobody knows, while a fault stood
_MARK_COMMAND = _MARK | _COMMAND
_MARK_ERROR = _MARK | _COMMAND | _ERROR
_MARK_AT = regs.WATCHDOG_SCRATCH0  # numbers beyond 2**30 are made here: an error is kept although the heap is locked
_FAULT_AT = regs.WATCHDOG_SCRATCH0 + 4
_TICKS_PER_MS = 2_000  # the counter falls twice a microsecond (erratum RP2040-E1)
_REASON_TIMER = 1
_REASON_FORCE = 2
_ENABLE = 1 << 30
_LOAD = regs.WATCHDOG_LOAD
_ARMED_TICKS = limits.SESSION_WATCHDOG_ARMED_MS * _TICKS_PER_MS
_IDLE_TICKS = limits.SESSION_WATCHDOG_IDLE_MS * _TICKS_PER_MS


class Watchdog:
    """Runs from boot; short while the bank may be charged or a trigger enabled."""

    def __init__(self):
        mark = mem32[_MARK_AT]
        kept = mem32[_FAULT_AT]
        self.cause = messages.RESET_POWER
        self.fault = self.following = faults.NONE
        reason = mem32[regs.WATCHDOG_REASON]
        if mark & ~0xF == _MARK:
            self.fault = kept
            if mark & _COMMAND:
                self.cause = messages.RESET_COMMAND
                self.following = faults.SOFTWARE if mark & _ERROR else faults.NONE
            elif reason & _REASON_TIMER:
                self.cause = messages.RESET_WATCHDOG
                self.fault = kept or faults.WATCHDOG_RESET
        if reason & _REASON_FORCE and self.cause == messages.RESET_POWER:  # before it came as far as this
            self.cause = messages.RESET_COMMAND
            self.following = faults.SOFTWARE if self.fault else faults.NONE
            self.fault = self.fault or faults.SOFTWARE
        mem32[_MARK_AT] = _MARK
        self.keep(self.fault)
        self._timer = WDT(timeout=limits.SESSION_WATCHDOG_IDLE_MS)

    def keep(self, fault):
        """Remember the standing fault over a reset."""
        self.fault = fault
        mem32[_FAULT_AT] = fault

    def feed(self, armed=False):
        """Start the time again."""
        mem32[_LOAD] = _ARMED_TICKS if armed else _IDLE_TICKS

    def leave(self):
        """Stop, and go to the ROM's USB boot loader."""
        mem32[regs.WATCHDOG_CTRL + regs.CLEAR] = _ENABLE
        bootloader()

    def fail(self, fault):
        """An error that nobody knows: reset now. `fault`, or the one from before, stands afterwards, then SOFTWARE."""
        fault = fault or self.fault
        mem32[_MARK_AT] = _MARK_ERROR if fault else _MARK_COMMAND
        self.keep(fault or faults.SOFTWARE)
        reset()
