"""A bit of a register changes, of all that make or guard an edge: told, or mended by the next charge."""

from contract import faults, messages, pins
from rig import HZ, in_child
from thetabox.board.link import BoardRefused, LinkLost

from .bank import SAFE_V, all_off
from .campaign import NEVER, ms_between, pass_by, until

# register blocks of the RP2040 as its datasheet lays them out
PIO0, PIO1, IO_BANK0, PADS, PWM, DMA = 0x50200000, 0x50300000, 0x40014000, 0x4001C000, 0x40050000, 0x50000000
CLOCKS = 0x40008000
ALL = 0xFFFFFFFF
PINS = sorted({*pins.OUTPUTS, *pins.INPUTS, *pins.ANALOG} - {pins.LED})
MACHINE = ((0xC8, 0xFFFFFF00), (0xCC, 0x7FFFFF9F), (0xD0, 0xFFFF0000), (0xDC, ALL))  # of state machine 0
TARGET, COUNTER = PWM + 7 * 0x14, PWM + 3 * 0x14
BLANK_SAMPLES, EDGES, FEED = (7, 8), range(1, 7), 0  # DMA channels
DUMP_CONTROL, INVERTED = IO_BANK0 + 8 * pins.DUMP_INHIBIT + 4, 1 << 8  # of its pad: OUTOVER
RING_ENTRIES = 1_024
RINGS = ((2, 4), (3, 2), (5, 4), (6, 2), (8, 2))  # those that write into rings, and the bytes of an entry
EMPTYING = (1, 4)  # of the edges' channels: each takes the word that paces it out of its FIFO
REGISTERS = (
    [(PIO0 + 0x18 * machine + at, mask) for machine in range(4) for at, mask in MACHINE]
    + [(PIO1 + 0x18 * machine + at, mask) for machine in range(3) for at, mask in MACHINE]
    + [(PIO0, 0xF), (PIO1, 0x7), (PIO0 + 0x38, ALL), (PIO1 + 0x38, ALL)]  # enabled; synchronisers bypassed
    + [(IO_BANK0 + 8 * gpio + 4, 0x3331F) for gpio in PINS]
    + [(PADS + 4 + 4 * gpio, 0xFF) for gpio in PINS]
    + [(slice_ + at, mask) for slice_ in (TARGET, COUNTER) for at, mask in ((0, 0xFF), (4, 0xFFF), (0x10, 0xFFFF))]
    + [(TARGET + 0xC, 0xFFFF0000)]  # what TARGET_PWM is compared with
    + [
        (DMA + 0x40 * channel + at, mask)
        for channel in (*EDGES, *BLANK_SAMPLES)
        for at, mask in ((0, ALL), (16, 0x3FFFFE))
        if at or channel not in EMPTYING  # another address leaves the FIFO full: without end here, as below
    ]
    + [(DMA + 0x40 * channel + 4, ALL ^ (RING_ENTRIES * size - 1)) for channel, size in RINGS]
    + [(DMA + 0x40 * FEED + at, mask) for at, mask in ((4, ALL), (8, ALL), (16, 0x3FFFFE))]  # EN: campaign data-late
    + [(0x4004C008, 0x0F000009)]  # the ADC's FIFO
    + [(0x40058000, 1 << 30), (0x40010008, 0x1FFFF), (0x40064000, 0xF1), (0x40064004, 0xF1)]  # resets
    + [(CLOCKS + 0x30, 0x63), (CLOCKS + 0x3C, 0xE1), (CLOCKS + 0x40, ALL)]  # where the clocks come from
    + [(0x4005802C, 0x3FF)]  # the timer's tick; the emulator has no PLL
    + [(0xD0000010, 3 << pins.CHARGER_SUPPLY_EN), (0xD0000020, 3 << pins.CHARGER_SUPPLY_EN)]  # and DUMP_INHIBIT
)
# Left out, for here the emulator comes to no end. The sequencer and two others no longer wait in a way that can be
# skipped: each clock is stepped, a thousand times slower than the board. Two channels of the stamps run unpaced, each
# word in no time.
ENDLESS = {
    PIO0 + 0xC8: 0xFF00,  # the divider's fraction
    PIO0 + 0xCC: 1 << 24 | 3 << 7,  # JMP_PIN, the wrap
    PIO0 + 0xDC: 7 << 29,  # pins that are set on the side
    PIO0 + 0xE4: 1 << 30,
    PIO0 + 0xF4: 1 << 31,
    PIO0 + 0x10C: 7 << 29,
    DMA + 0x50: 1 << 17 | 1 << 4,  # the request that paces it; the next address
    DMA + 0x110: 1 << 17 | 1 << 4,
}
DEAF = -1


def _told(rig):
    """The fault that stands; the board may have started anew, or have lost its line."""
    try:
        return rig.link.heartbeat()["fault"]
    except BoardRefused:
        return rig.link.identify()["fault"]
    except LinkLost:
        return DEAF


def _next(rig, fault):
    """The fault that stands once this one is cleared: at once, at CHARGE or ARM, or within a second of them."""
    link = rig.link
    link.request(messages.CLEAR, fault=fault)
    try:
        if not link.status()["fault"]:
            rig.idle().charge().arm()
            for _ in range(11):
                rig.board.wait(0.1)
                link.heartbeat()
    except BoardRefused:
        pass
    return link.status()["fault"]


class Bit:
    """One bit of all of them, drawn; `flip` it, and ask what has become of its register."""

    def __init__(self, rig, rng):
        self._rp2040 = rig.chip.rp2040
        self._address, self._mask = rng.choice(REGISTERS)
        left = self._mask & ~ENDLESS.get(self._address, 0)
        self._bit = 1 << rng.choice([bit for bit in range(32) if left >> bit & 1])
        self._sound = self.value()
        rig.note = f"{self._address:#x} ^ {self._bit:#x}"

    def value(self):
        """What its register holds, as far as it is looked at."""
        return self._rp2040.read_uint32(self._address) & self._mask

    def flip(self):
        """Change it; returns whether the emulator has such a bit."""
        self._rp2040.write_uint32(self._address, self._rp2040.read_uint32(self._address) ^ self._bit)
        return not self.is_mended()

    def is_mended(self):
        """Whether its register holds again what it did."""
        return self.value() == self._sound


def _ends(rig, fault, bit):
    """Whether all is off, and nothing but a permanent fault or a register written anew lets the board go on."""
    rig.board.wait(2)
    off = all_off(rig) and rig.plant.bank_v < SAFE_V
    rig.note += f": {fault}"
    if fault == DEAF or faults.entry(fault)[2] == faults.PERMANENT:
        return off
    following = _next(rig, fault)
    rig.note += f", {following}"
    return off and (faults.entry(following)[2] == faults.PERMANENT if following else bit.is_mended())


def _until_told(rig):
    """The fault that comes within 2 s, or 0."""
    end = rig.chip.ticks + 2 * HZ
    while not (fault := _told(rig)) and rig.chip.ticks < end:
        rig.board.wait(0.02)
    return fault


def registers(rig, tick, rng):
    """(ARMs taken while the bit is wrong, ms until the fault) when one bit of a register that makes or guards an edge
    changes: half of the times while ready, half of the times in a train.

    Where the line itself is lost the board rests in silence, and there is no time. A fault that can be cleared may
    come first, of what the bit does: then the next ARM is refused for a permanent one, unless the charge before it has
    written the register anew.
    """
    in_train = rng.random() < 0.5
    return (None, _in_train(rig, tick, rng)) if in_train else (_while_ready(rig, rng), None)


def _in_train(rig, tick, rng):
    """ms until the fault; None where there is none to be told."""
    rig.arm().fire()
    until(rig, tick)
    pass_by(rig, tick, 0)
    bit = Bit(rig, rng)
    if not bit.flip():
        return None
    changed = rig.chip.ticks
    fault = _until_told(rig)
    told = ms_between(changed, rig.chip.ticks)
    if not fault or not _ends(rig, fault, bit):
        return NEVER
    return None if fault == DEAF else told


def _while_ready(rig, rng):
    """ARMs that are taken, unless they have written the register anew; NEVER where one is refused without a fault."""
    wait_s = rng.uniform(0, 0.1)
    bit = Bit(rig, rng)
    rig.note += ", ready"

    def armed():
        rig.board.wait(wait_s)
        rig.arm()
        return bit.value()

    sound = in_child(armed)
    if not bit.flip():
        return None
    try:
        return int(armed() != sound)
    except (BoardRefused, LinkLost):
        fault = _until_told(rig)
        return 0 if fault and _ends(rig, fault, bit) else NEVER
