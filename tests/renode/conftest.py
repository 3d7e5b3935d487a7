"""Tests on Renode: skipped, with the sentence that says what to install, where there is none."""

import pytest
from thetabox.board import BoardError
from thetabox.board.renode.process import find


@pytest.fixture(scope="session", autouse=True)
def renode():
    """Renode's program."""
    try:
        return find()
    except BoardError as error:
        pytest.skip(str(error))
