"""A bit of a register changes, of all that make or guard an edge: told, or mended by the next charge."""

from contract import faults, limits, messages, pins
from rig import HZ, OUTPUTS
from thetabox.board.link import BoardRefused, LinkLost

from .campaign import NEVER, ms_between, pass_by, until

# register blocks of the RP2040 as its datasheet lays them out
PIO0, PIO1, IO_BANK0, PADS, PWM, DMA = 0x50200000, 0x50300000, 0x40014000, 0x4001C000, 0x40050000, 0x50000000
ALL = 0xFFFFFFFF
PINS = sorted({*pins.OUTPUTS, *pins.INPUTS, *pins.ANALOG} - {pins.LED})
MACHINE = ((0xC8, 0xFFFFFF00), (0xCC, 0x7FFFFF9F), (0xD0, 0xFFFF0000), (0xDC, ALL))  # of state machine 0
TARGET, COUNTER = PWM + 7 * 0x14, PWM + 3 * 0x14
BLANK_SAMPLES, EDGES, FEED = (7, 8), range(1, 7), 0  # DMA channels
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
    ]
    + [(DMA + 0x40 * FEED + at, mask) for at, mask in ((4, ALL), (8, ALL), (16, 0x3FFFFE))]  # EN: campaign data-late
    + [(0x4004C008, 0x0F000009)]  # the ADC's FIFO
    + [(0x40058000, 1 << 30), (0x40010008, 0x1FFFF), (0x40064000, 0xF1), (0x40064004, 0xF1)]  # resets
    + [(0xD0000010, 3 << pins.CHARGER_SUPPLY_EN), (0xD0000020, 3 << pins.CHARGER_SUPPLY_EN)]  # and DUMP_INHIBIT
)
DEAF = -1
SAFE_V = limits.BANK_TOUCH_SAFE_MV / 1000


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


def registers(rig, tick, rng):
    """(ms until the fault,) when one bit of a register that makes or guards an edge changes.

    Where the line itself is lost the board rests in silence, and there is no figure. A fault that can be cleared may
    come first, of what the bit does: then the next ARM is refused for a permanent one, unless the charge before it has
    written the register anew.
    """
    until(rig, tick)
    pass_by(rig, tick, 0)
    address, mask = rng.choice(REGISTERS)
    bit = 1 << rng.choice([bit for bit in range(32) if mask >> bit & 1])
    rp2040 = rig.chip.rp2040
    before = rp2040.read_uint32(address)
    rp2040.write_uint32(address, before ^ bit)
    if not (rp2040.read_uint32(address) ^ before) & mask:
        return (None,)  # the emulator has no such bit
    changed = rig.chip.ticks
    while not (fault := _told(rig)):
        if rig.chip.ticks > changed + 2 * HZ:
            return (NEVER,)
        rig.board.wait(0.02)
    told = rig.chip.ticks
    rig.board.wait(2)
    off = all(rig.level(name) in (0, 2) for name in OUTPUTS) and rig.plant.bank_v < SAFE_V
    if fault == DEAF:
        return (None if off else NEVER,)
    if faults.entry(fault)[2] != faults.PERMANENT:
        fault = _next(rig, fault)
        healed = not (rp2040.read_uint32(address) ^ before) & mask
        off = off and (healed if not fault else faults.entry(fault)[2] == faults.PERMANENT)
    return (ms_between(changed, told) if off else NEVER,)
