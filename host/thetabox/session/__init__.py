"""One session on one board, from identification to the closed folder."""

from .run import Outcome, Who, run_session
from .stages import Progress

__all__ = ["Outcome", "Progress", "Who", "run_session"]
