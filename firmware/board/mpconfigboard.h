// ThetaBox on a Raspberry Pi Pico (2 MiB of flash).
//
// There is no filesystem: what lies beyond the image is used raw (hw/limits.toml, [flash]), so there is nothing to
// mount, to reformat or to wear out at boot. MicroPython's "storage" is therefore everything after the image; where
// that begins comes from mpconfigboard.cmake.
#define MICROPY_HW_BOARD_NAME "ThetaBox"
#define MICROPY_HW_FLASH_STORAGE_BYTES (PICO_FLASH_SIZE_BYTES - THETABOX_IMAGE_MAX)

// UART 0 carries the link's frames, never a prompt.
#define MICROPY_HW_ENABLE_UART_REPL (0)

// USB carries the same frames, and no prompt either (no_repl.h). VID:PID stay MicroPython's.
#define MICROPY_HW_USB_PRODUCT_FS_STRING "ThetaBox"
#define MICROPY_HW_USB_CDC_INTERFACE_STRING "ThetaBox link"

// Room for the longest answer (contract/frame.py, WIRE_MAX) and one before it. A write takes what there is room for and
// does not wait for more: usb_cdc.h.
#define CFG_TUD_CDC_TX_BUFSIZE (1024)

// No host setting may put the board into its boot loader: it may be charged. There is a message for that.
#define MICROPY_HW_USB_CDC_1200BPS_TOUCH (0)
#define MICROPY_HW_USB_CDC_DTR_RTS_BOOTLOADER (0)
