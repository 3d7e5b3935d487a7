"""The contract's reader on CPython and on MicroPython against the same stream.

What it must hold: the first intact frame after the damage is read, and nothing is read that was not sent. A damaged
frame whose CRC is right all the same is a collision: it is counted, and told.
"""

import random
import subprocess
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import crcmod.predefined
from contract import frame

from .streams import incidents

ROOT = Path(__file__).parents[2]
INTERPRETER = ROOT / "build" / "micropython-unix" / "micropython"
SCRIPT = Path(__file__).with_name("on_micropython.py")
HOST_CRC = crcmod.predefined.mkCrcFun("crc-32")
CHUNK = 20_000  # incidents in one file for MicroPython


@dataclass
class Tally:
    """What a campaign has counted."""

    frames: int = 0  # damaged
    kinds: Counter = field(default_factory=Counter)
    whole: int = 0  # frames of an incident that came through as they were sent (the second of two, a duplicate)
    refused: int = 0  # pieces between zeros that were no frame
    collisions: int = 0  # read although never sent
    lost_probes: int = 0  # intact frames after the damage that were not read


def pieces(rng, data):
    """The stream as a port hands it over: in pieces of any length."""
    at = 0
    while at < len(data):
        end = min(len(data), at + rng.randint(1, 64))
        yield data[at:end]
        at = end


def feed(reader, data):
    """The frames that a reader finds in some bytes."""
    found, at = [], 0
    while at < len(data):
        at = reader.feed(data, at, len(data))
        if reader.ready:
            found.append((reader.kind, reader.sequence, reader.session, bytes(reader.payload)))
    return found


def on_cpython(made, tally, rng, reader=None):
    """Run incidents through the reader of this process; yields (wire, frames read) of each."""
    reader = frame.Reader(HOST_CRC) if reader is None else reader
    for incident in made:
        found = [one for piece in pieces(rng, incident.wire) for one in feed(reader, piece)]
        tally.frames += 1
        tally.kinds[incident.kind] += 1
        tally.lost_probes += incident.probe not in found
        tally.whole += sum(one in incident.sent for one in found)
        tally.collisions += sum(one not in incident.sent and one != incident.probe for one in found)
        yield incident.wire, found
    tally.refused = reader.bad_frames


def packed(found):
    """Frames as the script on MicroPython writes them."""
    out = b""
    for kind, sequence, session, payload in found:
        out += len(payload).to_bytes(2, "little") + bytes((kind, sequence)) + session.to_bytes(2, "little") + payload
    return out


def on_micropython(stream, folder, device_raw):
    """(frames read, packed; pieces refused) of a stream by MicroPython, with the board's own `raw` or the plain one.

    Raises RuntimeError when it dies.
    """
    source, target = Path(folder) / "stream", Path(folder) / "frames"
    source.write_bytes(stream)
    path = f"{ROOT / 'firmware'}:{ROOT / 'firmware/device' if device_raw else ''}:.frozen"
    done = subprocess.run(
        [str(INTERPRETER), str(SCRIPT), str(source), str(target), "raw" if device_raw else "contract.raw"],
        env={"MICROPYPATH": path}, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"MicroPython died ({done.returncode}): {done.stderr[-500:]}")
    return target.read_bytes(), int(done.stdout)


def campaign(count, seed, micropython=()):
    """Run `count` incidents on CPython, and on MicroPython with each `raw` named: True the board's, False the plain.

    Returns the tally and how many parts of the stream MicroPython has read in another way than CPython.
    """
    tally, differences = Tally(), 0
    rng = random.Random(seed)
    reader = frame.Reader(HOST_CRC)
    made = incidents(count, seed)
    with tempfile.TemporaryDirectory() as folder:
        while tally.frames < count:
            refused = reader.bad_frames
            results = list(on_cpython(islice(made, CHUNK), tally, rng, reader))
            stream, frames = b"".join(wire for wire, _ in results), b"".join(packed(found) for _, found in results)
            for device_raw in micropython:
                theirs = on_micropython(stream, folder, device_raw)
                differences += theirs != (frames, reader.bad_frames - refused)
    return tally, differences
