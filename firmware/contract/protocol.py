"""The protocol image: what the host uploads, as few bytes as say it exactly.

A train is nested levels (count, onset-to-onset period) around either single pulses or an explicit list of onsets.
Periods are rational ticks, so that 30 Hz stays 30 Hz: every onset is rounded once, from t0.

Layout, little-endian: HEADER, then `levels` times LEVEL (innermost first), then `listed` gaps of u32 ticks (each from
the onset before; the first from t0; GAP_ON adds its ticks without an onset), then CRC-32 of all before it.
"""

import binascii
import struct

from . import faults, limits, sync

MAGIC = b"TBX1"
VERSION = 1
HEADER = "<4sBBBBIIIiHBBBBHHHII"
HEADER_BYTES = 44
LEVEL = "<IQH"
LEVEL_BYTES = 14
GAP_ON = 0xFFFFFFFF

EXTERNAL = 0  # drive: trigger of a commercial stimulator, the bank stays empty
BANK = 1  # drive: the reference bank
ABORT = 0  # policy when BANK_OK is low at an onset
SKIP = 1
CHANNEL_A = 1
CHANNEL_B = 2
START_COMMAND = 0  # start: by FIRE itself
START_TTL = 1  # by the first rising edge of TRIG_IN after FIRE

TICKS_PER_US = limits.CLOCK_SYS_HZ // 1_000_000


class Protocol:
    """A protocol as the board understands it. Times in system-clock ticks (8 ns).

    levels: tuple of (count, period numerator, period denominator), innermost first.
    gaps: sequence of u32 (explicit onsets of the innermost train), empty for single pulses.
    lag_ticks: onset of channel B after channel A; negative is a lead.
    sync: (shortest interval in ms, longest, seed) of the random pulses on SYNC; (0, 0, 0) for none.
    """

    def __init__(
        self,
        drive,
        policy,
        channels,
        target_mv,
        width_ticks,
        min_gap_ticks,
        levels,
        gaps=(),
        lag_ticks=0,
        silence_ms=limits.SESSION_SILENCE_MS,
        coil_stop_c=limits.COIL_STOP_C,
        start=START_COMMAND,
        inverted=0,
        sync=sync.NONE,
    ):
        self.drive = drive
        self.policy = policy
        self.channels = channels
        self.target_mv = target_mv
        self.width_ticks = width_ticks
        self.min_gap_ticks = min_gap_ticks
        self.levels = levels
        self.gaps = gaps
        self.lag_ticks = lag_ticks
        self.silence_ms = silence_ms
        self.coil_stop_c = coil_stop_c
        self.start = start
        self.inverted = inverted
        self.sync = sync


def encode(protocol):
    """Return the image of a Protocol as bytes."""
    image = bytearray(
        struct.pack(
            HEADER,
            MAGIC,
            VERSION,
            protocol.drive,
            protocol.policy,
            protocol.channels,
            protocol.target_mv,
            protocol.width_ticks,
            protocol.min_gap_ticks,
            protocol.lag_ticks,
            protocol.silence_ms,
            protocol.coil_stop_c,
            protocol.start,
            protocol.inverted,
            len(protocol.levels),
            0,
            protocol.sync[0],
            protocol.sync[1],
            protocol.sync[2],
            len(protocol.gaps),
        )
    )
    for count, numerator, denominator in protocol.levels:
        image += struct.pack(LEVEL, count, numerator, denominator)
    for gap in protocol.gaps:
        image += struct.pack("<I", gap)
    return bytes(image + struct.pack("<I", binascii.crc32(image) & 0xFFFFFFFF))


def image_crc(image):
    """The image's identity on the wire: its closing CRC-32. (A CRC over all of it, CRC included, is a constant.)"""
    return struct.unpack_from("<I", image, len(image) - 4)[0]


class _Gaps:
    """The explicit gaps, read from the image where it lies (flash), so that a long list costs no heap."""

    def __init__(self, image, offset, count):
        self._image = image
        self._offset = offset
        self._count = count

    def __len__(self):
        return self._count

    def __getitem__(self, index):
        if index >= self._count:
            raise IndexError
        return struct.unpack_from("<I", self._image, self._offset + 4 * index)[0]


def decode(image):
    """Return the Protocol of an image (bytes-like); raises faults.Refused. The gaps stay where the image lies."""
    size = len(image)
    if size < HEADER_BYTES + 4:
        raise faults.Refused(faults.IMAGE_DAMAGED)
    view = memoryview(image)
    if binascii.crc32(view[: size - 4]) & 0xFFFFFFFF != struct.unpack_from("<I", image, size - 4)[0]:
        raise faults.Refused(faults.IMAGE_DAMAGED)
    (
        magic,
        version,
        drive,
        policy,
        channels,
        target_mv,
        width_ticks,
        min_gap_ticks,
        lag_ticks,
        silence_ms,
        coil_stop_c,
        start,
        inverted,
        level_count,
        _,
        sync_min_ms,
        sync_max_ms,
        sync_seed,
        listed,
    ) = struct.unpack_from(HEADER, image, 0)
    if magic != MAGIC or version != VERSION:
        raise faults.Refused(faults.IMAGE_UNKNOWN)
    if size != HEADER_BYTES + LEVEL_BYTES * level_count + 4 * listed + 4:
        raise faults.Refused(faults.IMAGE_DAMAGED)
    levels = []
    for index in range(level_count):
        levels.append(struct.unpack_from(LEVEL, image, HEADER_BYTES + LEVEL_BYTES * index))
    gaps = _Gaps(image, HEADER_BYTES + LEVEL_BYTES * level_count, listed)
    return Protocol(
        drive,
        policy,
        channels,
        target_mv,
        width_ticks,
        min_gap_ticks,
        tuple(levels),
        gaps,
        lag_ticks,
        silence_ms,
        coil_stop_c,
        start,
        inverted,
        (sync_min_ms, sync_max_ms, sync_seed),
    )


def list_span_ticks(protocol):
    """Return (number of onsets, first onset, last onset, shortest gap or None) of the innermost list or pulse."""
    if not len(protocol.gaps):
        return 1, 0, 0, None
    onsets = 0
    now = 0
    first = 0
    last = 0
    shortest = None
    for index in range(len(protocol.gaps)):
        gap = protocol.gaps[index]
        now += gap
        if gap == GAP_ON:
            continue
        if onsets == 0:
            first = now
        elif shortest is None or now - last < shortest:
            shortest = now - last
        last = now
        onsets += 1
    return onsets, first, last, shortest


def span(protocol):
    """Return (pulses, last onset in ticks, shortest gap between onsets in ticks or None) without expanding.

    Every gap of a nested train is a level's period less what the levels inside it last, here as a fraction over
    `scale`. Rounding each onset may shorten a fractional gap by less than a tick: the greatest integer below it is
    never more than the true gap, and at most one tick less.
    """
    pulses, first, last, shortest = list_span_ticks(protocol)
    inner = last - first
    scale = 1
    for count, numerator, denominator in protocol.levels:
        pulses *= count
        inner *= denominator
        period = numerator * scale
        scale *= denominator
        if count > 1:
            gap = period - inner if scale == 1 else (period - inner - 1) // scale
            if shortest is None or gap < shortest:
                shortest = gap
        inner += (count - 1) * period
    return pulses, first + (inner + scale // 2) // scale, shortest


def check(protocol):
    """Raise faults.Refused with the first limit that the protocol breaks; host and device run the same check."""
    if protocol.drive not in (EXTERNAL, BANK) or protocol.policy not in (ABORT, SKIP):
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    if not 1 <= protocol.channels <= 3 or protocol.start not in (START_COMMAND, START_TTL):
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    if protocol.inverted not in (0, 1) or protocol.coil_stop_c > limits.COIL_STOP_C:
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    if not limits.SESSION_HEARTBEAT_MS < protocol.silence_ms <= limits.SESSION_SILENCE_MAX_MS:
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    if protocol.drive == BANK and (protocol.channels != CHANNEL_A or protocol.inverted):
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    if len(protocol.levels) > limits.PROTOCOL_LEVELS_MAX:
        raise faults.Refused(faults.IMAGE_UNKNOWN)
    for count, numerator, denominator in protocol.levels:
        if count < 1 or not 1 <= denominator <= limits.PROTOCOL_PERIOD_DENOMINATOR_MAX or numerator < denominator:
            raise faults.Refused(faults.COUNT_OUT_OF_RANGE)
    pulses, last, shortest = span(protocol)
    if not 1 <= pulses <= limits.PROTOCOL_PULSES_MAX:
        raise faults.Refused(faults.COUNT_OUT_OF_RANGE)
    if last > limits.PROTOCOL_DURATION_MAX_S * limits.CLOCK_SYS_HZ:
        raise faults.Refused(faults.TOO_LONG)
    width = protocol.width_ticks
    if not limits.TRIGGER_WIDTH_MIN_US * TICKS_PER_US <= width <= limits.TRIGGER_WIDTH_MAX_US * TICKS_PER_US:
        raise faults.Refused(faults.WIDTH_OUT_OF_RANGE)
    if shortest is not None and (shortest <= 0 or shortest < protocol.min_gap_ticks):
        raise faults.Refused(faults.GAP_TOO_SHORT)
    if shortest is not None and shortest < width + limits.TRIGGER_EDGE_GAP_MIN_TICKS:
        raise faults.Refused(faults.WIDTH_OUT_OF_RANGE)
    if protocol.channels == CHANNEL_A | CHANNEL_B:
        _check_pair(protocol, shortest)
    if protocol.sync != sync.NONE:
        sync.check(protocol.sync, last)
    if protocol.drive == BANK:
        _check_bank(protocol, shortest)


def _check_pair(protocol, shortest):
    lag = abs(protocol.lag_ticks)
    if lag > limits.TRIGGER_LAG_MAX_US * TICKS_PER_US:
        raise faults.Refused(faults.OPTION_OUT_OF_RANGE)
    for apart in (lag, abs(lag - protocol.width_ticks)):
        if 0 < apart < limits.TRIGGER_EDGE_GAP_MIN_TICKS:
            raise faults.Refused(faults.GAP_TOO_SHORT)
    if shortest is not None and shortest < lag + protocol.width_ticks + limits.TRIGGER_EDGE_GAP_MIN_TICKS:
        raise faults.Refused(faults.GAP_TOO_SHORT)


def _check_bank(protocol, shortest):
    if protocol.width_ticks > limits.BLANK_AFTER_US * TICKS_PER_US // 2:
        raise faults.Refused(faults.WIDTH_OUT_OF_RANGE)
    if not limits.BANK_TARGET_MIN_MV <= protocol.target_mv <= limits.BANK_WORKING_MAX_MV:
        raise faults.Refused(faults.TARGET_OUT_OF_RANGE)
    if shortest is not None and shortest < recharge_ticks(protocol.target_mv):
        raise faults.Refused(faults.NOT_RECHARGEABLE)


def recharge_ticks(target_mv):
    """Shortest gap in ticks in which the bank gets back what one pulse takes, the no-charge window included.

    Lost energy = permille of C V^2 / 2 at the largest capacitance, over the charger's power, plus a tenth for the
    bleeder and the comparator; each division rounds up.
    """
    volts = (target_mv + 999) // 1000
    lost_uj_2000 = limits.BANK_CAPACITANCE_MAX_UF * volts * volts * limits.BANK_ENERGY_LOST_PER_PULSE_PERMILLE
    charge_us = (lost_uj_2000 * 11 + 20_000 * limits.BANK_CHARGER_W - 1) // (20_000 * limits.BANK_CHARGER_W)
    return (charge_us + limits.BLANK_BEFORE_US + limits.BLANK_AFTER_US) * TICKS_PER_US
