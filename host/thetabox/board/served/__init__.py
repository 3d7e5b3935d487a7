"""An emulated board served on a PTY, in real time, so that any serial program can talk to it."""
