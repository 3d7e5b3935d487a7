"""What the board decides, without touching hardware: pure, the same on CPython and on MicroPython."""
