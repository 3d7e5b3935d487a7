"""A seeded sample of each campaign; `make campaign` runs a thousand endings of each."""

import campaigns
import pytest

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("name", campaigns.CAMPAIGNS)
def test_a_sample(name):
    worst, wrong = campaigns.run(name, 8, seed=7)
    assert wrong == [] and worst <= campaigns.CAMPAIGNS[name].most
