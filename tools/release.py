#!/usr/bin/env python3
"""Gather a release in build/release: the firmware image, the wheel, and SHA256SUMS (`sha256sum -c SHA256SUMS`).

The image is booted on the emulated board first: firmware and host must be of the same release, and the hash that the
board tells must be the file's.
"""

from __future__ import annotations

import argparse
import hashlib
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from contract.version import VERSION
from thetabox import uf2
from thetabox.board import open_board
from thetabox.board.link import Link
from thetabox.errors import ThetaboxError

ROOT = Path(__file__).resolve().parent.parent
IMAGE = ROOT / "build" / "firmware" / "thetabox.uf2"
RELEASE = ROOT / "build" / "release"
SUMS = "SHA256SUMS"


def check(path: Path) -> None:
    """Raise ThetaboxError unless the image is whole, boots, and is of this release."""
    image = uf2.read(path)
    image.require_whole()
    with closing(open_board(f"emu:image={path}")) as board:
        who = Link(board).identify()
    told, expected = (who["version"], who["compatible"], who["image_hash"]), (VERSION, True, image.image_hash)
    if told != expected:
        raise ThetaboxError(f"{path} tells {told}, this release is {expected}", "run `make firmware`")


def wheel(folder: Path) -> None:
    """Build the wheel into `folder`, with the hatchling of this environment: nothing is downloaded."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ThetaboxError(f"the wheel could not be built: {done.stderr.strip()[-300:]}", "run `make release`")


def gather(image: Path, folder: Path) -> list[Path]:
    """Put everything into `folder`, emptied before; returns the files."""
    check(image)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copyfile(image, folder / f"thetabox-{VERSION}.uf2")
    wheel(folder)
    files = sorted(folder.iterdir())
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / SUMS).write_text("".join(lines), encoding="ascii")
    return [*files, folder / SUMS]


def main() -> int:
    """Gather and say what there is."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--image", type=Path, default=IMAGE, help="the firmware image")
    parser.add_argument("--out", type=Path, default=RELEASE, help="the folder, emptied before")
    arguments = parser.parse_args()
    try:
        files = gather(arguments.image, arguments.out)
    except ThetaboxError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path in files:
        print(f"{path.stat().st_size:>9} {path}")
    status = subprocess.run(["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True, check=False)
    if status.stdout.strip():
        print("not for publishing: there are changes that are not committed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
