"""Uploads that are cut, damaged, out of order or nonsense: refused, nothing to arm, the board as it was."""

import random
import struct
from binascii import crc32

import pytest
from bystander import RUN, command, refusals
from contract import faults, frame, limits, messages
from contract import protocol as image_format
from rig import in_child

pytestmark = pytest.mark.emulated
ONSETS = ", ".join(str(20 * index + index % 7) for index in range(250))  # 1,000 bytes of gaps: three pieces
LISTED = f'name = "x"\nonsets_ms = [{ONSETS}]\n'


class Spoiler:
    """Between host and board: changes requests by `spoil` and closes them again with a CRC that is right."""

    def __init__(self, board, spoil):
        self._send, self._spoil, self._count = board.write, spoil, 0
        self._reader, self._writer = frame.Reader(crc32), frame.Writer(crc32)
        board.write = self.write

    def write(self, data):
        reader, at = self._reader, 0
        while at < len(data):
            at = reader.feed(data, at, len(data))
            if reader.ready:
                payload = bytes(reader.payload)
                if reader.kind == messages.UPLOAD_DATA:
                    self._count += 1
                    payload = self._spoil(self._count, payload)
                self._send(b"\0" + bytes(self._writer.frame(reader.kind, reader.sequence, reader.session, payload)))


def truncated(count, payload):
    return payload[:-40] if count == 3 else payload


def flipped(count, payload):
    return payload[:100] + bytes((payload[100] ^ 4,)) + payload[101:] if count == 2 else payload


def reordered(count, payload):
    offset = {1: 384, 2: 0}.get(count)
    return payload if offset is None else struct.pack("<I", offset) + payload[4:]


def repeated(count, payload):
    return struct.pack("<I", 0) + payload[4:] if count == 2 else payload


@pytest.mark.parametrize("spoil", [truncated, flipped, reordered, repeated])
def test_a_damaged_upload_leaves_no_protocol_to_arm(rig, home, spoil):
    """Damaged on the way with every frame's CRC right: the image's own CRC and the offsets see it."""
    (home / "protocol.toml").write_text(LISTED)
    code, told, before, after, _ = command(rig, *RUN, before=lambda: Spoiler(rig.board, spoil))
    assert (code, told) == (
        4,
        "error: the board refused: The protocol image arrived damaged or incomplete (IMAGE_DAMAGED 611) — "
        "Upload it again.\n",
    )
    assert not after["loaded"] and after["scheduled"] == 0
    for name in ("state", "fault", "boot", "edges", "start_us"):
        assert after[name] == before[name], name


def begin(size, crc=0):
    return messages.UPLOAD_BEGIN, {"size": size, "crc": crc}


def data(offset, content):
    return messages.UPLOAD_DATA, {"offset": offset, "data": content}


END = (messages.UPLOAD_END, {})
WRONG_UPLOADS = {
    "no begin": ((data(0, b"x"), END), (611, 611)),
    "end at once": ((begin(100), END), (0, 611)),
    "end too early": ((begin(100), data(0, bytes(99)), END), (0, 0, 611)),
    "end twice": ((begin(1), data(0, b"x"), END, END), (0, 0, 611, 611)),
    "beyond its size": ((begin(10), data(0, bytes(11))), (0, 611)),
    "a hole": ((begin(800), data(0, bytes(300)), data(301, bytes(10))), (0, 0, 611)),
    "again": ((begin(800), data(0, bytes(300)), data(0, bytes(300))), (0, 0, 611)),
    "an offset that wraps": ((begin(800), data(2**32 - 1, bytes(2))), (0, 611)),
    "nothing": ((begin(0), END), (0, 611)),
    "too large": ((begin(limits.FLASH_PROTOCOL_BYTES + 1),), (faults.TOO_LARGE,)),
    "largest of all": ((begin(2**32 - 1),), (faults.TOO_LARGE,)),
}


@pytest.mark.parametrize(("requests", "numbers"), WRONG_UPLOADS.values(), ids=WRONG_UPLOADS)
def test_uploads_out_of_order(rig, requests, numbers):
    def action():
        crc = rig.compiled.image_crc
        found = refusals(rig, *requests)
        begun = requests[0][0] == messages.UPLOAD_BEGIN and not found[0]
        arming = refusals(rig, (messages.ARM, {"image_crc": crc})) if begun else []
        return found, arming, rig.state(), len(rig.pulses()[0])

    found, arming, state, given = in_child(action)
    assert found == list(numbers) and given == 0 and state == "idle"
    assert arming in ([], [faults.NO_PROTOCOL])


def images(rng, image):
    """The image with 1 to 4 bytes or a whole field changed, its own CRC right."""
    while True:
        made = bytearray(image[:-4])
        for _ in range(rng.randint(1, 4)):
            if rng.random() < 0.5:
                made[rng.randrange(len(made))] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
            else:
                at = rng.randrange(0, len(made) - 3)
                made[at : at + 4] = struct.pack("<I", rng.choice((0, 1, 2**31, 2**32 - 1, rng.getrandbits(32))))
        yield bytes(made) + struct.pack("<I", crc32(made))


def verdict(image):
    """What the contract on this machine says of an image: the number of its refusal, 0 when it is good."""
    try:
        decoded = image_format.decode(image)
        image_format.check(decoded)
    except faults.Refused as refused:
        return refused.number
    return 0


def test_images_of_nonsense_are_refused_as_the_host_refuses_them(rig):
    """120 images whose CRC is right and whose content is anything: board and host say the same of each."""
    rng = random.Random(6)

    def action():
        resets, different, seen = [], [], set()
        rig.chip.on_reset(lambda: resets.append(rig.chip.ticks))
        made = images(rng, rig.compiled.image)
        for _ in range(120):
            image = next(made)
            expected = verdict(image)
            crc = image_format.image_crc(image)
            pieces = (begin(len(image), crc), data(0, image))
            if refusals(rig, *pieces) != [0, 0]:
                different.append(("pieces", image.hex()))
            number = refusals(rig, END)[0]
            seen.add(number)
            if number != expected:
                different.append((number, expected, image.hex()))
        return different, resets, seen, rig.state(), len(rig.pulses()[0])

    different, resets, seen, state, given = in_child(action)
    assert different == [] and resets == [] and (state, given) == ("idle", 0)
    assert len(seen) > 5
