"""What both ends of the link agree on: frames, messages, protocol image, faults, limits, records.

Runs unchanged on MicroPython and CPython and imports nothing but the standard library that both have. The firmware
freezes this folder; the host installs it; nothing about the wire is written twice.
"""
