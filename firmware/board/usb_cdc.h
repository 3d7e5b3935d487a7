// Included ahead of MicroPython's shared/tinyusb/mp_usbd_cdc.c alone (mpconfigboard.cmake).
//
// A host that has the port open and does not read must not cost the board its tick, nor the watchdog: a write never
// waits. The port sets its 500 ms where a board's header cannot reach them.
#include "py/mphal.h"
#undef MICROPY_HW_USB_CDC_TX_TIMEOUT
#define MICROPY_HW_USB_CDC_TX_TIMEOUT (0)
