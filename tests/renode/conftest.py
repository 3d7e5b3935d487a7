"""Tests on Renode."""

import pytest
from rig import needs_renode


@pytest.fixture(scope="session", autouse=True)
def renode():
    """Renode."""
    needs_renode()
