"""A board on Renode: the same image, plant and analyser as on the emulated board, on an independent emulation."""
