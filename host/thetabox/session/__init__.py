"""One session on one board, from identification to the closed folder."""

from .run import Outcome, Progress, Who, run_session

__all__ = ["Outcome", "Progress", "Who", "run_session"]
