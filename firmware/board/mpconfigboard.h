// ThetaBox on a Raspberry Pi Pico (2 MiB of flash).
//
// There is no filesystem: what lies beyond the image is used raw (hw/limits.toml, [flash]), so there is nothing to
// mount, to reformat or to wear out at boot. MicroPython's "storage" is therefore everything after the image; where
// that begins comes from mpconfigboard.cmake.
#define MICROPY_HW_BOARD_NAME "ThetaBox"
#define MICROPY_HW_FLASH_STORAGE_BYTES (PICO_FLASH_SIZE_BYTES - THETABOX_IMAGE_MAX)

// UART 0 carries the link's frames, never a prompt.
#define MICROPY_HW_ENABLE_UART_REPL (0)
