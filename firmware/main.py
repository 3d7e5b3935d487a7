"""ThetaBox: what the board runs after reset, and where everything ends that goes wrong."""

import machine
import micropython

micropython.kbd_intr(-1)  # a byte 3 on the USB port is data, not an interrupt

WATCHDOG_REASON = 0x40058008  # RP2040 datasheet, 4.7.6
TIMER = 1


def restart():
    """Reset while nothing is there yet to keep a fault. After a watchdog's reset it bites again: the cause stays it."""
    if machine.mem32[WATCHDOG_REASON] & TIMER:
        machine.WDT(timeout=1)
        while True:
            pass
    machine.reset()


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
            restart()


main()
