"""An iTBS600 on Renode itself: what is kept of it for everybody else is still what it makes."""

import numpy as np
from renode_edges import KEPT, SIGNALS, itbs600


def test_edges_are_the_kept_ones():
    now = itbs600("renode:")
    with np.load(KEPT) as kept:
        for name in SIGNALS:
            assert np.array_equal(now[name], kept[name]), name
