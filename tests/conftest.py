"""What every process of the tests begins with, those of xdist too."""

import signal

# A shell's background job ignores SIGINT, and so would every child of it that a test sends one to.
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
