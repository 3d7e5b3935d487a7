"""A board emulated in-process: the chip that runs the firmware image, and what is wired to it."""
