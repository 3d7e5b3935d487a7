"""Three opinions on the RP2040: the emulated board's, Renode's, and rp2040-pio-emulator's on single PIO machines.

Where one is known to see otherwise (expected.py) it must go on to do so: a mend is to be noticed as well.
"""

import pytest
from conformance import alone, expected, observe
from thetabox.board.base import BoardError
from thetabox.board.renode import process
from thetabox.board.supplies import checkout

IMAGE = checkout() / "build" / "conformance" / "chip.uf2"
NAMES = tuple(expected.CASES)


@pytest.fixture(scope="module")
def image():
    assert IMAGE.is_file(), "run `make conformance`"
    return IMAGE


@pytest.fixture(scope="module")
def emulated(image):
    return observe.on_emulator(image)


@pytest.fixture(scope="module")
def renode(image):
    try:
        process.find()
    except BoardError as error:
        pytest.skip(str(error))
    return observe.on_renode(image)


def words(text):
    return [int(word, 16) for word in text.split()]


def train(run, like):
    """As many edges of a run as are expected, as text; a train that ends must end there."""
    shown = " ".join(f"{clock}:{gpio}={level}" for clock, gpio, level in run)
    return shown if len(run) < 50 else shown[: len(like)]


def agrees(seen, case):
    runs = [run for run in seen.runs if run] or [[]]
    return (
        len(runs) == 1
        and train(runs[0], case.edges) == case.edges
        and seen.received == words(case.received)
        and seen.registers == words(case.registers)
    )


def test_every_case_is_expected(emulated):
    assert set(emulated) == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_renode(renode, name):
    assert agrees(renode[name], expected.CASES[name]), (expected.CASES[name], renode[name])


@pytest.mark.parametrize("name", NAMES)
def test_emulated(emulated, name):
    known = name in expected.EMULATED_DIFFERS
    assert agrees(emulated[name], expected.CASES[name]) != known, (expected.CASES[name], emulated[name])


@pytest.mark.parametrize("name", NAMES)
def test_alone(emulated, name):
    pytest.importorskip("pioemu")
    seen, case = emulated[name], expected.CASES[name]
    if not alone.can_run(seen):
        assert name not in expected.ALONE_DIFFERS
        return
    received, run = alone.run(seen)
    same = train(run, case.edges) == case.edges and received == words(case.received)
    assert same != (name in expected.ALONE_DIFFERS), (case, received, run)
