"""From what a session collected to its closed folder: records, judgement, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from contract import messages

from thetabox.evidence import folder as files
from thetabox.evidence import singles, vcd
from thetabox.evidence.validate import judge_folder

if TYPE_CHECKING:
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.judge import Judgement

    from .stages import Session


def conclude(session: Session, folder: SessionFolder, about: dict[str, Any]) -> Judgement:
    """Write every file, judge from the files, write the report, close the folder."""
    compiled = session.compiled
    np.savez_compressed(folder / files.SCHEDULE, onset=compiled.onset_ticks, indices=compiled.indices)
    (folder / files.IMAGE).write_bytes(compiled.image)
    _write_seen(session, folder)
    judgement, records = judge_folder(folder.path, about)
    records.write(folder / files.PULSES)
    from thetabox.evidence.report import write_report

    _told(session, about, judgement)
    write_report(folder.path, about, records, judgement)
    folder.close(about)
    return judgement


def conclude_singles(
    session: Session, folder: SessionFolder, about: dict[str, Any], rows: list[singles.Single]
) -> Judgement:
    """The same for single pulses: no schedule, no report."""
    _write_seen(session, folder)
    singles.write(folder / files.PULSES, rows)
    judgement = singles.judge_singles(folder.path, about)
    _told(session, about, judgement)
    folder.close(about)
    return judgement


def _write_seen(session: Session, folder: SessionFolder) -> None:
    """The protocol, the board's stamps and readings, and the capture where there is one."""
    collector = session.collector
    (folder / files.PROTOCOL).write_text(session.compiled.spec.text, encoding="utf-8")
    trigger = collector.edges(messages.RING_TRIGGER)
    fired = collector.edges(messages.RING_FIRED)
    np.savez_compressed(
        folder / files.STAMPS,
        trigger_rise=trigger[0], trigger_fall=trigger[1], fired_rise=fired[0], fired_fall=fired[1],
        bank_v=collector.bank_v, readings=collector.readings,
    )  # fmt: skip
    capture = session.board.capture()
    if capture is not None:
        capture.save(folder / files.CAPTURE)
        vcd.write(capture, folder / files.VCD)


def _told(session: Session, about: dict[str, Any], judgement: Judgement) -> None:
    about["judgement"] = judgement.as_dict()
    session.event("judged", verdict=judgement.verdict, reasons=judgement.reasons)
