"""`thetabox info`: who a board is, how it is, what it has done."""

from __future__ import annotations

import json
from contextlib import closing
from typing import Any

from thetabox.plural import counted

from .options import Json, Port


def info(port: Port = "emu:", as_json: Json = False) -> None:
    """Show a board's identity, state, standing fault with its remedy, and odometers. Nothing on it changes but its log.

    Example: `thetabox info --port /dev/ttyACM0`
    """
    from rich.console import Console
    from rich.table import Table

    from thetabox.board import open_board
    from thetabox.board.link import Link
    from thetabox.session.look import look

    with closing(open_board(port)) as board:
        seen = look(Link(board))
    if as_json:
        print(json.dumps(seen))
        return
    table = Table.grid("", "", padding=(0, 2))
    for name, words in lines(seen):
        table.add_row(name, words)
    Console().print(table, highlight=False)


def lines(seen: dict[str, Any]) -> list[tuple[str, str]]:
    """(what, words) of each line, from `look`."""
    from contract import limits

    from thetabox.evidence.words import flags_words

    who, status, odometer = seen["identity"], seen["status"], seen["odometer"]
    shown = [
        ("board", f"{who['board_id']} on {seen['port']}{', emulated' if seen['emulated'] else ''}"),
        ("firmware", f"{who['version']}, image {who['image_hash']}, {_image(seen['image'])}"),
        ("messages", "the same table as this host's" if who["compatible"] else
         "another table than this host's: it can be identified, aborted, and its log read; flash this release"),
        ("reset", f"by {who['reset_cause']}, boot {who['boot_count']}"),
    ]  # fmt: skip
    if status:
        up_s = status["time_us"] / 1e6
        target = f" of {status['target_mv'] / 1000:.1f} V" if status["target_mv"] else ""
        touch = "" if status["bank_mv"] < limits.BANK_TOUCH_SAFE_MV else ", [bold red]do not touch"
        shown += [
            ("state", f"{status['state']}, up {up_s:.1f} s"),
            ("bank", f"{status['bank_mv'] / 1000:.1f} V{target}{touch}"),
            ("proof", _proof(seen["proof"])),
            ("coil", f"{status['coil_centi_c'] / 100:.1f} C, by its pulses {status['coil_model_centi_c'] / 100:.1f} C"),
            ("inputs", ", ".join(flags_words(status["flags"]))),
        ]
    else:
        shown.append(("state", who["state"]))
    fault = seen["fault"]
    shown.append(("fault", _fault(fault) if fault else "none"))
    if odometer:
        uncertain = odometer["uncertain_pulses"]
        doubt = f", of them {uncertain} uncertain (power was lost in a train)" if uncertain else ""
        given = (
            f"{counted(odometer['pulses'], 'pulse')}{doubt}, {odometer['energy_mj'] / 1000:.1f} J, "
            f"{counted(odometer['trains'], 'train')}"
        )
        shown.append(("odometer", given))
    shown += [("" if index else "history", _past(past)) for index, past in enumerate(seen["fault_log"] or [])]
    return shown


def _proof(proof: dict[str, Any]) -> str:
    if not proof["passed"]:
        return "at 50 V, before the next charge"
    return f"passed since the last reset: the bank has {proof['capacitance_nf'] / 1000:.1f} uF"


def _past(past: dict[str, Any]) -> str:
    when = f"boot {past['boot']}, {past['time_s']:.3f} s, after {counted(past['pulses'], 'pulse')}"
    return f"{past['name']} {past['number']}: {when}, {'cleared' if past['cleared'] else 'not cleared'}"


def _image(image: dict[str, Any]) -> str:
    if image["same"] is None:
        return "no image here to compare with"
    return "the one that this host would flash" if image["same"] else f"another than {image['file']}"


def _fault(fault: dict[str, Any]) -> str:
    return f"[bold red]{fault['name']} {fault['number']}[/] ({fault['kind']}): {fault['sentence']} {fault['remedy']}"
