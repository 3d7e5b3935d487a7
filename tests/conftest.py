"""What every process of the tests begins with, those of xdist too."""

import signal

from outcomes import Outcomes
from rig import PORT

# A shell's background job ignores SIGINT, and so would every child of it that a test sends one to.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_configure(config):
    """Only what the emulated board shows is kept; and here, for xdist's own process reads no conftest further down."""
    if PORT == "emu:":
        config.pluginmanager.register(Outcomes())
