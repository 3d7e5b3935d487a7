"""The event log: what the board remembers of a session, one fixed-size entry an event; and the log of its faults."""

import struct

ENTRY = "<IHHi"  # time in ms since boot, event, fault number or 0, argument
ENTRY_BYTES = 12

BOOT = 1
IDENTIFIED = 2
UPLOADED = 3
CHARGING = 4
READY = 5
ARMED = 6
STARTED = 7
DONE = 8
FAULT = 9
CLEARED = 10
DUMPING = 11
DISCHARGED = 12
PAUSED = 13
WAITING = 14
PROVING = 15
STANDING = 16
MISFIRED = 17

# event: (name, what the argument is)
EVENTS = {
    BOOT: ("boot", "cause of the reset"),
    IDENTIFIED: ("identified", "session"),
    UPLOADED: ("uploaded", "pulses"),
    CHARGING: ("charging", "target in mV"),
    READY: ("ready", "bank in mV"),
    ARMED: ("armed", "pulses"),
    STARTED: ("started", "bank in mV"),
    DONE: ("done", "pulses that left the board"),
    FAULT: ("fault", "pulses that left the board"),
    CLEARED: ("cleared", "0"),
    DUMPING: ("dumping", "bank in mV"),
    DISCHARGED: ("discharged", "bank in mV"),
    PAUSED: ("paused", "pulses before the pause"),
    WAITING: ("waiting", "bank in mV"),
    PROVING: ("proving", "bank in mV"),
    MISFIRED: ("misfired", "triggers of the train without a coil current"),
    STANDING: ("standing", "0"),  # a fault from before the reset, or the reset itself
}


# the fault log, which outlives resets and cuts of power: sequence number from 1, fault that stands from here on (0: it
# was cleared), fault that stood before, boot counter, time in ms since boot, pulses that had left the board
FAULT_ENTRY = "<IHHIII"
FAULT_BYTES = 20


def unpack(entry):
    """(time in ms, event, fault, argument) of an entry's bytes."""
    return struct.unpack(ENTRY, entry)
