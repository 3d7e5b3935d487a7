"""Write build/renode/bootrom.bin and flash.bin: what a script of Renode's own loads to 0 and to 0x10000000."""

from __future__ import annotations

from pathlib import Path

from thetabox.board.renode.board import boot_rom, flash
from thetabox.board.supplies import image_path

OUT = Path(__file__).resolve().parents[1] / "build" / "renode"


def main() -> None:
    """Write both."""
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "bootrom.bin").write_bytes(boot_rom())
    (OUT / "flash.bin").write_bytes(flash(image_path()))
    print(f"bootrom.bin and flash.bin are in {OUT}")


if __name__ == "__main__":
    main()
