"""The faults that a board remembers over resets and cuts of power."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from contract import messages, records

from thetabox.evidence.words import fault_dict

if TYPE_CHECKING:
    from thetabox.board.link import Link


def fault_log(link: Link) -> list[dict[str, Any]]:
    """Every fault that stood, the oldest first: boot, seconds since it, pulses that had left, whether it was cleared.

    The board keeps the latest 16 to 32 entries; a fault and its clearing are one each.
    """
    told: list[dict[str, Any]] = []
    following = 1
    while True:
        answer = link.request(messages.FAULT_LOG, first=following)
        for sequence, stands, stood, boot, time_ms, pulses in struct.iter_unpack(records.FAULT_ENTRY, answer["data"]):
            following = sequence + 1
            if stands:
                where = {"boot": boot, "time_s": time_ms / 1000, "pulses": pulses, "cleared": False}
                told.append({**(fault_dict(stands) or {}), **where})
            elif told and told[-1]["number"] == stood:
                told[-1]["cleared"] = True
        if not answer["data"]:
            return told
