"""What a capture holds of trains, without the trigger by which the gate is proven."""

import numpy as np


def shots(capture, name="TRIG_A"):
    """(rises, falls) of a trigger. That of the proof comes while the bank is dumping; no other does on the bank."""
    rises, falls = capture.pulses(name)
    ticks, levels = capture.edges("DUMP_INHIBIT")
    if not (levels == 1).any():  # towards an external stimulator the bank is never held
        return rises, falls
    held = np.append(0, levels)[np.searchsorted(ticks, rises, "right")] == 1
    return rises[held], falls[held]
