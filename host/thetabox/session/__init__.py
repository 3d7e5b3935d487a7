"""One session on one board, from identification to the closed folder."""

from .about import Outcome, Who
from .collect import given
from .operator import Operator, Unattended
from .run import run_session
from .stages import Progress

__all__ = ["Operator", "Outcome", "Progress", "Unattended", "Who", "given", "run_session"]
