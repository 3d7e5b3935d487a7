"""Renode's edges of one iTBS600, kept with the hashes of what made them: `python -m renode_edges` makes them anew.

So that everybody's tests compare the emulated board with Renode, also where Renode is not installed.
"""

import sys
from hashlib import sha256
from pathlib import Path

import numpy as np
from rig import Rig
from thetabox.board.supplies import image_path, renode_platform
from thetabox.capture import HIGH_Z
from thetabox.protocol import load
from thetabox.uf2 import read

KEPT = Path(__file__).parent / "renode" / "itbs600.npz"
SIGNALS = ("TRIG_A", "MARKER")
TRAINS, PULSES, TRAIN_S = 20, 30, 10


def hashes():
    """Of the models and of the image, as they are now."""
    models = sha256()
    for path in sorted(renode_platform().glob("*.[cr]*")):
        models.update(path.name.encode() + b"\0" + path.read_bytes())
    return {"models": models.hexdigest()[:16], "image": read(image_path()).image_hash}


def itbs600(port, trains=TRAINS):
    """Edges of an iTBS600's first trains on the bank, from the first trigger on.

    {signal: int64 array (n, 2) of tick and level}.
    """
    rig = Rig(port=port).start(load("iTBS600"))
    status = rig.finish() if trains == TRAINS else rig.beat(TRAIN_S * trains - 4)  # the last 8 s of each are a rest
    assert (status["triggered"], status["fired"], status["vetoed"]) == (PULSES * trains, PULSES * trains, 0)
    first = rig.pulses()[0][0]
    edges = {}
    for name in SIGNALS:
        ticks, levels = rig.board.capture().edges(name)
        train = (ticks >= first) & (levels != HIGH_Z)  # the processor lets go of the pads when it gets round to it
        edges[name] = np.column_stack((ticks[train] - first, levels[train]))
    return edges


def main():
    """Run it on Renode and keep what came."""
    np.savez_compressed(KEPT, **itbs600("renode:"), **{name: np.array(value) for name, value in hashes().items()})
    sys.stdout.write(f"kept in {KEPT}\n")


if __name__ == "__main__":
    main()
