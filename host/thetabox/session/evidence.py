"""From what a session collected to its closed folder: records, judgement, report."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from contract import limits, messages

from thetabox.evidence import folder as files
from thetabox.evidence import singles, vcd
from thetabox.evidence.validate import judge_folder

from .guard import writing

if TYPE_CHECKING:
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.judge import Judgement
    from thetabox.protocol import Compiled

    from .about import Who
    from .stages import Session


def intensity(compiled: Compiled) -> dict[str, Any]:
    """Effective intensity in % of the stimulator's maximum, None where it is set there; whether it was asked for."""
    asked = compiled.intensity_percent
    percent = float(asked) if asked is not None else compiled.target_mv * 100 / limits.BANK_WORKING_MAX_MV or None
    target_v = compiled.target_mv / 1000
    return {"intensity_percent": percent, "intensity_asked": asked is not None, "target_v": target_v}


def begin(session: Session, who: Who, train: Compiled | None = None) -> None:
    """Before anything is charged: who, with what, and of a train its schedule. A crash leaves that much."""
    compiled, folder = session.compiled, session.folder
    with writing(folder):
        (folder / files.PROTOCOL).write_text(compiled.spec.text, encoding="utf-8")
        if train is not None:
            np.savez_compressed(folder / files.SCHEDULE, onset=train.onset_ticks, indices=train.indices)
            (folder / files.IMAGE).write_bytes(train.image)
    said = {} if train is None else intensity(train)
    session.event("begun", who=asdict(who), protocol=compiled.spec.name, profile=compiled.profile.name, **said)


def conclude(session: Session, folder: SessionFolder, about: dict[str, Any]) -> Judgement:
    """Write every file, judge from the files, write the report, close the folder."""
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
    """The board's stamps and readings, and the capture where there is one."""
    collector = session.collector
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
