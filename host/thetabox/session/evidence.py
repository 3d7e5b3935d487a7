"""From what a session collected to its closed folder: records, judgement, report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from contract import messages

from thetabox.evidence import folder as files
from thetabox.evidence import vcd
from thetabox.evidence.validate import judge_folder

if TYPE_CHECKING:
    from thetabox.evidence.folder import SessionFolder
    from thetabox.evidence.judge import Judgement

    from .stages import Session


def conclude(session: Session, folder: SessionFolder, about: dict[str, Any]) -> Judgement:
    """Write every file, judge from the files, write the report, close the folder."""
    compiled, collector = session.compiled, session.collector
    (folder / files.PROTOCOL).write_text(compiled.spec.text, encoding="utf-8")
    (folder / files.IMAGE).write_bytes(compiled.image)
    np.savez_compressed(folder / files.SCHEDULE, onset=compiled.onset_ticks, indices=compiled.indices)
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
    judgement, records = judge_folder(folder.path, about)
    records.write(folder / files.PULSES)
    about["judgement"] = judgement.as_dict()
    session.event("judged", verdict=judgement.verdict, reasons=judgement.reasons)
    from thetabox.evidence.report import write_report

    write_report(folder.path, about, records, judgement)
    folder.close(about)
    return judgement
