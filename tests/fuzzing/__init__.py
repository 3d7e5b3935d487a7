"""Corrupted frames on the wire: one generator, three readers (CPython, MicroPython, the firmware image)."""
