# ThetaBox: a Raspberry Pi Pico with our firmware frozen in.
set(PICO_BOARD "pico")
set(MICROPY_FROZEN_MANIFEST ${MICROPY_BOARD_DIR}/manifest.py)
