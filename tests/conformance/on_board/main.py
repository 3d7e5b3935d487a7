"""The conformance suite's main (MicroPython): every case, and a line for what it saw."""

from bench import CASES, Bench, say

for topic in ("pins", "side", "jumps", "waits", "shifts", "fifos", "dividers", "several", "dma", "irqs", "chip"):
    __import__("cases_" + topic)  # fills CASES
for case in CASES:
    say("saw", case.__name__, *case(Bench(case.__name__)))
say("end")
while True:
    pass
