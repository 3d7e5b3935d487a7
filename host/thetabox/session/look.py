"""A look at a board that changes nothing on it but its log: who it is, how it is, what it has done."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from contract import messages

from thetabox.board.supplies import image_path
from thetabox.evidence.words import fault_dict, flags_dict, state_name
from thetabox.uf2 import Uf2Error, read

from .faultlog import fault_log

if TYPE_CHECKING:
    from thetabox.board.link import Link


def look(link: Link) -> dict[str, Any]:
    """Everything that `info` shows; `status`, `odometer`, `proof` and `fault_log` are None when the message
    tables of board and host differ.

    Raises BoardError when the board does not answer.
    """
    who = link.identify()
    status = link.status() if who["compatible"] else None
    return {
        "port": link.board.name,
        "emulated": link.board.emulated,
        "identity": {**who, "state": state_name(who["state"])},
        "image": image_words(who["image_hash"]),
        "status": status and {**status, "state": state_name(status["state"])},
        "flags": status and flags_dict(status["flags"]),
        "fault": fault_dict(status["fault"] if status else who["fault"]),
        "odometer": link.request(messages.ODOMETER) if who["compatible"] else None,
        "proof": link.request(messages.PROOF) if who["compatible"] else None,
        "fault_log": fault_log(link) if who["compatible"] else None,
    }


def image_words(runs: str) -> dict[str, Any]:
    """The board's image beside the one that this host would flash; `same` is None when the host has none."""
    path = image_path()
    try:
        ours = read(path).image_hash if path.is_file() else None
    except Uf2Error:
        ours = None
    return {"runs": runs, "file": str(path) if ours else None, "file_hash": ours, "same": ours and ours == runs}
