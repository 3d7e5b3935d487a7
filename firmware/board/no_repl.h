// Included ahead of MicroPython's ports/rp2/main.c alone (mpconfigboard.cmake).
//
// The image has no prompt. Where the port would show one or start its scripts again, because main.py has ended after
// all, the board restarts, and comes up safe.
#include "hardware/watchdog.h"
#include "shared/runtime/pyexec.h"

static inline int thetabox_restart(void) {
    watchdog_reboot(0, 0, 0);
    for (;;) {
    }
    return 0;
}

#define pyexec_friendly_repl thetabox_restart
#define pyexec_raw_repl thetabox_restart
#undef MICROPY_BOARD_START_SOFT_RESET
#define MICROPY_BOARD_START_SOFT_RESET thetabox_restart
