"""What nobody would send: corrupted frames (CPython, MicroPython, the firmware image), any protocol, any image."""
