"""A seeded sample of each campaign that meets all its criteria; `make campaign` runs a thousand endings of most."""

import pytest
from campaigning import CAMPAIGNS, run

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("name", CAMPAIGNS)
def test_a_sample(name):
    outcome = run(CAMPAIGNS[name], name, 3, seed=7)
    assert outcome.broken == [] and all(outcome.met)
