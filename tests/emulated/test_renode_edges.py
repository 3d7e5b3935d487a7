"""An iTBS600 on the emulated board and on Renode, edge by edge: they share no line of PIO, DMA or processor."""

import numpy as np
import pytest
from renode_edges import KEPT, PULSES, SIGNALS, TRAINS, hashes, itbs600

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("trains", [3, pytest.param(TRAINS, marks=pytest.mark.long)])
def test_edges_are_those_that_renode_made(trains):
    """Trigger and marker, but for the start's offset; charge edges depend on the processor's speed."""
    ours = itbs600("emu:", trains)
    with np.load(KEPT) as kept:
        for name in SIGNALS:
            assert len(ours[name]) == 2 * PULSES * trains
            assert np.array_equal(ours[name], kept[name][: 2 * PULSES * trains]), name


def test_kept_edges_are_of_these_models_and_this_image():
    with np.load(KEPT) as kept:
        older = [name for name, value in hashes().items() if str(kept[name]) != value]
    if older:
        pytest.skip(f"Renode's kept edges are older than the {' and the '.join(older)}: run `make renode-edges`")
