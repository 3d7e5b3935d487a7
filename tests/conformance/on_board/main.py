"""The PIO conformance suite's main (MicroPython): every case, and a line for what it saw."""

from bench import Bench, say
from cases import CASES

for case in CASES:
    say("saw", case.__name__, *case(Bench(case.__name__)))
say("end")
while True:
    pass
