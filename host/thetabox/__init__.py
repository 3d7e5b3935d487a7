"""ThetaBox: hardware-timed theta-burst triggers, charge control, and the proof of what was delivered."""

__version__ = "0.1.0"
