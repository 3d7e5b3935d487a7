"""ThetaBox: what the board runs after reset, and where everything ends that goes wrong."""

import machine
import micropython

micropython.kbd_intr(-1)  # a byte 3 on the USB port is data, not an interrupt


def main():
    """Run the controller for ever. An error it does not know ends in a reset into the safe state, never in a REPL.

    The first fault is kept. The heap may be locked: nothing on the way to the reset allocates.
    """
    controller = watchdog = None
    try:
        from device.watchdog import Watchdog

        watchdog = Watchdog()
        from device.controller import Controller

        controller = Controller(watchdog)
        controller.run()
    finally:
        try:
            watchdog.fail(controller.session.fault if controller else 0)
        finally:
            machine.reset()


main()
