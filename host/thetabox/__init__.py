"""ThetaBox: hardware-timed theta-burst triggers, charge control, and the proof of what was delivered."""

from contract.version import VERSION as __version__

__all__ = ["__version__"]
