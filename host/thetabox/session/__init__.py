"""One session on one board, from identification to the closed folder."""

from .collect import given
from .operator import Operator, Unattended
from .run import Outcome, Who, run_session
from .stages import Progress

__all__ = ["Operator", "Outcome", "Progress", "Unattended", "Who", "given", "run_session"]
