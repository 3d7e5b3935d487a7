"""What a line, a cable or another program does to frames: each kind of damage as a function of the bytes.

A frame on the wire is what the host's Link sends: a zero, the stuffed bytes, a zero. A kind takes the frame that it
hits and another one of the same time, and returns bytes that differ from the frame's own.
"""

LONG_NOISE = 700  # more than a frame has


def flips(rng, hit, _):
    """1 to 8 bits anywhere, the zeros at both ends included."""
    wire = bytearray(hit)
    for bit in rng.sample(range(8 * len(wire)), rng.randint(1, 8)):
        wire[bit // 8] ^= 1 << bit % 8
    return bytes(wire)


def burst(rng, hit, _):
    """Up to 64 bits in a row, first and last of them wrong."""
    bits = 8 * len(hit)
    length = rng.randint(2, min(64, bits))
    pattern = rng.getrandbits(length) | 1 | 1 << length - 1
    return (int.from_bytes(hit, "little") ^ pattern << rng.randint(0, bits - length)).to_bytes(len(hit), "little")


def truncation(rng, hit, _):
    """Bytes lost at the head, at the tail or in the middle."""
    first = rng.randrange(len(hit))
    last = rng.randint(first + 1, len(hit))
    return rng.choice((hit[last:], hit[:first], hit[:first] + hit[last:]))


def splice(rng, hit, other):
    """The head of one frame and the tail of another."""
    return hit[: rng.randrange(1, len(hit))] + other[rng.randrange(1, len(other)) :]


def duplicate(rng, hit, _):
    """The whole frame twice or thrice, or a part of it twice."""
    if rng.random() < 0.5:
        return hit * rng.randint(2, 3)
    first = rng.randrange(len(hit))
    last = rng.randint(first + 1, len(hit))
    return hit[:last] + hit[first:]


def reordering(rng, hit, other):
    """Two frames the wrong way round, or two neighbouring parts of one."""
    if rng.random() < 0.3:
        return other + hit
    first, middle, last = sorted(rng.sample(range(len(hit) + 1), 3))
    return hit[:first] + hit[middle:last] + hit[first:middle] + hit[last:]


def noise(rng, hit, _):
    """Anything before or behind the frame, zeros or not, sometimes more than a buffer holds."""
    length = rng.randint(1, LONG_NOISE) if rng.random() < 0.02 else rng.randint(1, 12)
    garbage = rng.randbytes(length)
    return garbage + hit if rng.random() < 0.5 else hit + garbage


def joining(rng, hit, other):
    """The zeros between two frames lost."""
    return hit.rstrip(b"\0") + other.lstrip(b"\0")


KINDS = (flips, burst, truncation, splice, duplicate, reordering, noise, joining)


def damaged(rng, kind, hit, other):
    """Bytes of this kind of damage that are not the frame's own."""
    while True:
        wire = kind(rng, hit, other)
        if wire != hit:
            return wire
