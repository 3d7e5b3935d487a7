"""The board before and after: asked for its boot loader, awaited, asked what it runs."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from typing import Any

from contract import faults, limits, messages

from thetabox.board import Board, BoardError, open_board
from thetabox.board.find import ask, serial_ports
from thetabox.board.link import BoardRefused, Link
from thetabox.errors import ThetaboxError
from thetabox.uf2 import Uf2

from .terms import BY_HAND, LOOK_S, Clock, FlashError

BACK_S = 20.0  # erasing and writing 640 KiB, restart, enumeration


def enter_boot_loader(port: str, tell: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """Ask the board on `port` for its boot loader; returns who it is. `tell` is called with that before it is asked.

    Raises BoardError, BoardRefused when a train runs, or FlashError when the bank is at 60 V or above.
    """
    with closing(open_board(port)) as board:
        link = Link(board)
        who = link.identify()
        tell(who)
        if who["compatible"]:
            _require_low(port, link.status()["bank_mv"])
        try:
            _leave(board, link)
        except BoardRefused as refusal:
            if refusal.number in (faults.TABLE_MISMATCH, faults.UNKNOWN_MESSAGE):
                raise FlashError(f"the firmware on {port} cannot be asked for its boot loader", BY_HAND) from None
            raise
        except BoardError:
            pass  # its answer was lost with the port: whether it has gone to its boot loader, the drive will show
    return who


def _leave(board: Board, link: Link) -> None:
    """Ask for the boot loader, and again while the dump has its time: it is waited for, whatever the divider reads."""
    end = board.now_s() + limits.BANK_DISCHARGE_S
    while True:
        try:
            link.request(messages.BOOTSEL)
            return
        except BoardRefused as refusal:
            if refusal.number != faults.BANK_CHARGED or board.now_s() > end:
                raise
        board.wait(0.1)


def _require_low(port: str, bank_mv: int) -> None:
    if bank_mv >= limits.BANK_TOUCH_SAFE_MV:
        raise FlashError(
            f"the bank is at {bank_mv / 1000:.1f} V, and no board leaves its firmware at "
            f"{limits.BANK_TOUCH_SAFE_MV // 1000} V or above",
            f"dump it with `thetabox abort --port {port}`, wait {limits.BANK_DISCHARGE_S} s, try again",
        )


def candidates() -> tuple[str, ...]:
    """Names of the ports on which a Pico may be."""
    return tuple(port.name for port in serial_ports() if port.candidate)


def await_board(
    port: str | None, board_id: str | None, old: tuple[str, ...], clock: Clock
) -> tuple[str, dict[str, Any]]:
    """(port, identity) of the board when it is back: on `port`, or on a port that was not among `old`.

    Where `board_id` is known it must be that one. Raises FlashError when none comes.
    """
    end = clock.now_s() + BACK_S
    seen = ""
    while clock.now_s() < end:
        for name in [*([port] if port else []), *(name for name in candidates() if name not in old)]:
            try:
                who = ask(name)
            except ThetaboxError as error:
                seen = f" ({error.message})"
                continue
            if board_id in (None, who["board_id"]):
                return name, who
            seen = f" (on {name} is another one, {who['board_id']})"
        clock.wait(LOOK_S)
    raise FlashError(
        f"the image was copied, but no board has come back within {BACK_S:.0f} s{seen}",
        f"unplug it and plug it in again, see `thetabox boards`; if it is not there, {BY_HAND}",
    )


def require_image(who: dict[str, Any], image: Uf2) -> None:
    """Raise FlashError unless the board runs what `image` holds."""
    if who["image_hash"] != image.image_hash:
        raise FlashError(
            f"the board runs image {who['image_hash']}, not {image.image_hash} of {image.path.name}",
            "run `thetabox flash` again",
        )
