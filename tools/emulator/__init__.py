"""The fast build of the emulator: what is changed in rp2040py's sources, and why."""
