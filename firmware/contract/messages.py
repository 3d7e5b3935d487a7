"""The message table: every request the host may make and what the board answers.

A row is (code, name, request fields, reply fields); a field is (name, struct code). A trailing field of code "bytes"
takes the rest of the payload. `TABLE_HASH` travels in IDENTIFY: hosts and boards of different tables do not talk.
"""

import binascii
import struct

IDENTIFY = 0x01
STATUS = 0x02
HEARTBEAT = 0x03
ODOMETER = 0x04
PROOF = 0x05
UPLOAD_BEGIN = 0x10
UPLOAD_DATA = 0x11
UPLOAD_END = 0x12
CHARGE = 0x20
ARM = 0x21
FIRE = 0x22
ABORT = 0x23
CLEAR = 0x24
PAUSE = 0x25
STAMPS = 0x30
LOG = 0x31
FAULT_LOG = 0x32
BOOTSEL = 0x40

_STATUS_REPLY = (
    ("state", "B"),
    ("fault", "H"),  # the standing fault, the first one kept; 0: none
    ("flags", "H"),  # FLAG_*
    ("bank_mv", "I"),
    ("target_mv", "I"),
    ("coil_centi_c", "h"),  # measured
    ("coil_model_centi_c", "h"),  # what the pulses must have made of it
    ("scheduled", "I"),  # pulses of the schedule on the board
    ("first", "I"),  # of them, given before a pause
    ("triggered", "I"),  # rising edges seen behind the gate since ARM
    ("fired", "I"),  # coil currents seen since ARM
    ("vetoed", "I"),  # onsets that BANK_OK refused
    ("time_us", "Q"),  # board time since boot
    ("start_us", "Q"),  # board time of FIRE; 0 before
    ("remaining_ms", "I"),  # until READY, ARMED or WAITING expires; 0 in other states
)

TABLE = (
    (
        IDENTIFY,
        "IDENTIFY",
        (("table_hash", "I"), ("session", "H")),
        (
            ("table_hash", "I"),
            ("state", "B"),
            ("fault", "H"),
            ("boot_count", "I"),
            ("reset_cause", "B"),
            ("board_id", "8s"),
            ("image_hash", "8s"),
            ("version", "12s"),
        ),
    ),
    (STATUS, "STATUS", (), _STATUS_REPLY),
    (HEARTBEAT, "HEARTBEAT", (), _STATUS_REPLY),
    (
        ODOMETER,
        "ODOMETER",
        (),
        (("pulses", "Q"), ("energy_mj", "Q"), ("trains", "I"), ("uncertain_pulses", "Q")),
    ),
    (PROOF, "PROOF", (), (("passed", "B"), ("capacitance_nf", "I"))),  # of the bank, since the last reset
    (UPLOAD_BEGIN, "UPLOAD_BEGIN", (("size", "I"), ("crc", "I")), ()),
    (UPLOAD_DATA, "UPLOAD_DATA", (("offset", "I"), ("data", "bytes")), ()),
    (
        UPLOAD_END,
        "UPLOAD_END",
        (),
        (("pulses", "I"), ("words", "I"), ("duration_ticks", "Q"), ("schedule_crc", "I")),
    ),
    (CHARGE, "CHARGE", (), ()),
    (ARM, "ARM", (("image_crc", "I"),), (("nonce", "8s"),)),
    (FIRE, "FIRE", (("nonce", "8s"),), (("start_us", "Q"),)),
    (ABORT, "ABORT", (), ()),
    (CLEAR, "CLEAR", (("fault", "H"),), ()),
    (PAUSE, "PAUSE", (), ()),  # at the next gap that is long enough
    (
        STAMPS,
        "STAMPS",
        (("ring", "B"), ("first", "I")),
        (("total", "I"), ("first", "I"), ("data", "bytes")),
    ),
    (LOG, "LOG", (("first", "I"),), (("total", "I"), ("first", "I"), ("data", "bytes"))),
    (FAULT_LOG, "FAULT_LOG", (("first", "I"),), (("total", "I"), ("first", "I"), ("data", "bytes"))),
    (BOOTSEL, "BOOTSEL", (), ()),  # answered, then the ROM's boot loader takes over
)

READ_ONLY = (IDENTIFY, ABORT, LOG)  # what a host with another table may still say

# flags of STATUS
FLAG_SAFE_OK = 1 << 0
FLAG_INTERLOCK = 1 << 1
FLAG_BANK_OK = 1 << 2
FLAG_TARGET_BELOW = 1 << 3
FLAG_SUPPLY_ON = 1 << 4
FLAG_DUMPING = 1 << 5
FLAG_STRAP_INVERTED = 1 << 6
FLAG_CHARGE_EN = 1 << 7
FLAG_PROTOCOL = 1 << 8  # a schedule is on the board
FLAG_PAUSE_ASKED = 1 << 9  # the train will pause at its next gap that is long enough
FLAG_TRIG_IN = 1 << 10  # the external start input is high
FLAG_COIL_WARM = 1 << 11  # measured or modelled, it is nearly as hot as it may be
FLAG_BANK_COOL = 1 << 12  # the bank's thermostat is closed

# rings of STAMPS
RING_TRIGGER = 0  # edges of TRIG_SENSE, rising and falling in turn
RING_FIRED = 1  # edges of FIRED, rising and falling in turn
RING_BANK = 2  # counts of BANK_SENSE at the edges of BLANK: before, after, in turn
STAMP = "<IH"  # an edge: TIMER in us, free-running counter in ticks (mod 2**16)
SAMPLE = "<H"  # a sample: ADC counts

# states
SAFE = 0
IDLE = 1
CHARGING = 2
READY = 3
ARMED = 4
RUNNING = 5
DONE = 6
FAULT = 7
PAUSED = 8  # at rest in a gap of the train: CHARGE and ARM go on from there
WAITING = 9  # fired, and waiting for the edge of the external start
PROVING = 10  # the bank at 50 V, before the first charge
STATE_NAMES = ("safe", "idle", "charging", "ready", "armed", "running", "done", "fault", "paused", "waiting", "proving")

# causes of the last reset
RESET_POWER = 0
RESET_WATCHDOG = 1
RESET_COMMAND = 2
RESET_NAMES = ("power", "watchdog", "command")


def row(code):
    """Return the table's row of a message code, or None."""
    for entry in TABLE:
        if entry[0] == code:
            return entry
    return None


def layout(fields):
    """Return (struct format of the fixed fields, whether bytes follow)."""
    fixed = "<"
    for _, code in fields:
        if code == "bytes":
            return fixed, True
        fixed += code
    return fixed, False


def size(fixed):
    """Bytes of a struct format."""
    return struct.calcsize(fixed)


def pack(fields, values):
    """Pack `values` (a dict) by `fields` into bytes."""
    fixed, open_ended = layout(fields)
    names = [name for name, code in fields if code != "bytes"]
    payload = struct.pack(fixed, *[values[name] for name in names])
    return payload + bytes(values[fields[-1][0]]) if open_ended else payload


def unpack(fields, payload):
    """Unpack `payload` by `fields` into a dict; raises ValueError when the size is not right."""
    fixed, open_ended = layout(fields)
    size = struct.calcsize(fixed)
    if len(payload) < size or (len(payload) > size and not open_ended):
        raise ValueError("payload size")
    parts = struct.unpack_from(fixed, payload, 0)
    values = {}
    for index in range(len(parts)):
        values[fields[index][0]] = parts[index]
    if open_ended:
        values[fields[-1][0]] = bytes(payload[size:])
    return values


def _table_hash():
    text = ""
    for code, name, request, reply in TABLE:
        text += "%d %s" % (code, name)
        for part in (request, reply):
            for field, kind in part:
                text += " %s:%s" % (field, kind)
            text += ";"
    return binascii.crc32(text.encode()) & 0xFFFFFFFF


TABLE_HASH = _table_hash()
