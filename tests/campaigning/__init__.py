"""Campaigns: one emulator in a running train, many endings. `make campaign` runs thousands, the test suite a sample.

Each ending happens in a fork of the emulator at a random tick. It gives a figure for each criterion of its campaign;
the table tells how many endings there were and the worst of each figure.
"""

from .campaign import Campaign, Criterion, run
from .exceptions import EXCEPTIONS
from .table import CAMPAIGNS

__all__ = ["CAMPAIGNS", "EXCEPTIONS", "Campaign", "Criterion", "run"]
