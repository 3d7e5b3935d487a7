"""`python -m thetabox`."""

from thetabox.cli.app import main

main()
