"""Getting a firmware image onto a Pico, and knowing that it is there.

The steps: the board is asked for its boot loader (or somebody holds BOOTSEL), its drive is found, the file is copied,
the board comes back, and what it runs is what was copied.
"""

from .board import await_board, candidates, enter_boot_loader, require_image
from .copy import await_drive, copy, the_drive
from .drives import boot_drives, is_boot_drive
from .terms import FlashError

__all__ = [
    "FlashError",
    "await_board",
    "await_drive",
    "boot_drives",
    "candidates",
    "copy",
    "enter_boot_loader",
    "is_boot_drive",
    "require_image",
    "the_drive",
]
