"""Runs on MicroPython: every case of the modules named, a line each; exit code 1 when one fails.

A line is `passed MODULE CASE` or `failed MODULE CASE ERROR`; the traceback of a failure follows its line.
"""

import sys

failed = 0
for name in sys.argv[1:]:
    module = __import__(name)
    for case in sorted(dir(module)):
        if case.startswith("test_"):
            try:
                getattr(module, case)()
                print("passed", name, case)
            except Exception as error:
                failed = 1
                print("failed", name, case, repr(error))
                sys.print_exception(error)
sys.exit(failed)
