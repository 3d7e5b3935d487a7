# ThetaBox: a Raspberry Pi Pico with our firmware frozen in.
set(PICO_BOARD "pico")
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)

# Where the raw flash begins is written once, in hw/limits.toml. This is its rendered copy, which the firmware imports
# too: were MicroPython's idea of it another, rp2.Flash would erase the wrong sectors.
set(THETABOX_LIMITS ${MICROPY_BOARD_DIR}/../contract/limits.py)
file(STRINGS ${THETABOX_LIMITS} THETABOX_IMAGE_MAX REGEX "^FLASH_IMAGE_MAX = [0-9]+$")
string(REGEX MATCH "[0-9]+$" THETABOX_IMAGE_MAX "${THETABOX_IMAGE_MAX}")
if(NOT THETABOX_IMAGE_MAX)
    message(FATAL_ERROR "no FLASH_IMAGE_MAX in ${THETABOX_LIMITS}: run `make gen`")
endif()
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${THETABOX_LIMITS})
list(APPEND MICROPY_DEF_BOARD THETABOX_IMAGE_MAX=${THETABOX_IMAGE_MAX})

set_source_files_properties(${MICROPY_DIR}/shared/tinyusb/mp_usbd_cdc.c PROPERTIES
    COMPILE_OPTIONS "-include;${MICROPY_BOARD_DIR}/usb_cdc.h"
    OBJECT_DEPENDS ${MICROPY_BOARD_DIR}/usb_cdc.h)

set_source_files_properties(${MICROPY_PORT_DIR}/main.c PROPERTIES
    COMPILE_OPTIONS "-include;${MICROPY_BOARD_DIR}/no_repl.h"
    OBJECT_DEPENDS ${MICROPY_BOARD_DIR}/no_repl.h)
