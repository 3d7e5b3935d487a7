"""What several files of tests on the emulated board begin with."""

import json
from fractions import Fraction
from pathlib import Path

import pytest
from rig import PORT, Rig, needs_renode, spec

FAILED = Path(__file__).parents[2] / "build" / "failed-tests.json"  # `make gen-check` asks it for the hazards' tests
_ended = {}


def pytest_runtest_logreport(report):
    """Whether any case of a test has failed."""
    name = Path(report.fspath).name + "::" + report.location[2].partition("[")[0]
    _ended[name] = _ended.get(name, False) or report.failed


def pytest_sessionfinish(session):
    """Keep which tests failed when they were last run; the processes of xdist leave it to the one that has them all."""
    if hasattr(session.config, "workerinput") or not _ended:
        return
    known = set(json.loads(FAILED.read_text())) if FAILED.exists() else set()
    failed = known - _ended.keys() | {name for name, has in _ended.items() if has}
    FAILED.parent.mkdir(exist_ok=True)
    FAILED.write_text(json.dumps(sorted(failed)))


@pytest.fixture(scope="session", autouse=True)
def renode():
    """Renode, where the tests run on it."""
    if PORT == "renode:":
        needs_renode()


@pytest.fixture(scope="module")
def rig():
    """A board at rest with a protocol on it."""
    made = Rig("ttl").upload(spec((3, Fraction(1, 50)), (4, Fraction(1, 5))))
    made.board.wait(0.1)
    return made


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A folder to work in, where the runtime files are too."""
    monkeypatch.setenv("THETABOX_RUNTIME", str(tmp_path / "runtime"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    return tmp_path
