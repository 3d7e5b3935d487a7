"""What became of each test of tests/emulated, kept for the hazards that it shows: tools/hazards.py asks."""

import json
from pathlib import Path

import pytest
from measured import image_hash
from thetabox.board.supplies import image_path

FILE = Path(__file__).parents[1] / "build" / "outcomes.json"
WHERE = "tests/emulated/"
ORDER = ("passed", "skipped", "failed")  # the worst of set-up, call and tear-down counts
NOT_RUN = "not run"


def _image():
    return image_hash() if image_path().exists() else None


def _file(case):
    return case.partition("::")[0]


class Outcomes:
    """Merges the outcomes of a run into those of earlier runs with the same image, case by case.

    Of a file that has been read again, cases that are no longer there are forgotten; others keep their outcome.
    """

    def __init__(self):
        self._image = _image()
        self._cases = set()  # before any selection
        self._ended = {}

    @pytest.hookimpl(wrapper=True)
    def pytest_pycollect_makeitem(self):
        """What there is to run, though a command line may choose some of it."""
        made = yield
        items = made if isinstance(made, list) else []
        self._cases.update(item.nodeid for item in items if isinstance(item, pytest.Item))
        return made

    def pytest_runtest_logreport(self, report):
        """What came of a part of a case."""
        before = self._ended.get(report.nodeid, report.outcome)
        self._ended[report.nodeid] = max(before, report.outcome, key=ORDER.index)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        """What a process of xdist has found to run."""
        self._cases.update((getattr(node, "workeroutput", None) or {}).get("cases", ()))

    def pytest_sessionfinish(self, session):
        """Keep it, unless this is a process of xdist, nothing ran, or the image is not the one of the start."""
        if hasattr(session.config, "workerinput"):
            session.config.workeroutput["cases"] = sorted(self._cases)
        elif self._image and self._image == _image():
            self._keep()

    def _keep(self):
        cases, ended = (
            {name.removeprefix(WHERE) for name in names if name.startswith(WHERE)}
            for names in (self._cases, self._ended)
        )
        if not ended:
            return
        record = json.loads(FILE.read_text()) if FILE.exists() else {"image": None}
        known = record["cases"] if record["image"] == self._image else {}
        read = {_file(case) for case in cases}
        kept = {case: outcome for case, outcome in known.items() if _file(case) not in read}
        kept |= {case: known.get(case, NOT_RUN) for case in cases}
        kept |= {case: self._ended[WHERE + case] for case in ended}
        FILE.parent.mkdir(exist_ok=True)
        FILE.write_text(json.dumps({"image": self._image, "cases": kept}, indent=0, sort_keys=True) + "\n")
