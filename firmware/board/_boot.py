"""Takes the place of the port's _boot.py, which would mount a filesystem or format one."""
