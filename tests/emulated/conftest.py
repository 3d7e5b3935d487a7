"""What several files of tests on the emulated board begin with."""

from fractions import Fraction

import pytest
from rig import PORT, Rig, needs_renode, spec


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
