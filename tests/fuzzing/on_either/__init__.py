"""What runs on CPython and on MicroPython alike: the firmware's controller, and hardware for it."""
