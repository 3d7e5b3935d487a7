"""Runs on MicroPython: STREAM FRAMES RAW. Reads a stream of bytes as the board does, writes the frames it finds.

Prints how many pieces were no frame. A frame is written as: payload's length u16, type, sequence, session u16, payload.
"""

import struct
import sys
from binascii import crc32

from contract import frame

raw = __import__(sys.argv[3], None, None, ("raw",))
reader = frame.Reader(crc32, raw)
chunk = bytearray(64)
with open(sys.argv[1], "rb") as source, open(sys.argv[2], "wb") as out:
    while True:
        have = source.readinto(chunk)
        if not have:
            break
        at = 0
        while at < have:
            at = reader.feed(chunk, at, have)
            if reader.ready:
                head = (len(reader.payload), reader.kind, reader.sequence, reader.session)
                out.write(struct.pack("<HBBH", *head))
                out.write(reader.payload)
print(reader.bad_frames)
