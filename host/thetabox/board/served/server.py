"""Runs an emulated board beside the wall clock and carries its bytes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from thetabox.uf2 import Uf2Error

if TYPE_CHECKING:
    from thetabox.board.emulated.board import EmulatedBoard

    from .drive import BootDrive
    from .line import Line

_PERIOD_S = 0.002
_MOST_S = 0.010  # that the board runs without a look at the line: lag beyond it is forgiven, not made up for in a burst
_EDGES = 100_000  # kept when nobody wants a capture


class Pace:
    """Board time goes 1:1 with the wall clock, never faster; where the machine is too busy it goes slower."""

    def __init__(self, clock_s: Callable[[], float] = time.monotonic) -> None:
        self._clock_s = clock_s
        self._last_s = clock_s()

    def step_s(self) -> float:
        """How far the board is to run now."""
        now_s = self._clock_s()
        elapsed_s, self._last_s = now_s - self._last_s, now_s
        return min(elapsed_s, _MOST_S)


class Server:
    """One board on one line, with or without a drive for its boot loader; `tell` is given what a person should know."""

    def __init__(
        self, board: EmulatedBoard, line: Line, tell: Callable[[str], None], *, drive: BootDrive | None, usb: bool
    ) -> None:
        self._board = board
        self._line = line
        self._tell = tell
        self._drive = drive
        self._usb = usb
        self._loading = False

    def run(self, stopped: Callable[[], bool], *, keep_edges: bool) -> None:
        """Serve until `stopped`, which is asked every few milliseconds."""
        pace = Pace()
        try:
            while not stopped():
                self._carry(pace.step_s())
                if not keep_edges and len(self._board.analyser) > _EDGES:
                    self._board.analyser.clear()
                self._look_after_boot_loader()
        finally:
            if self._drive is not None and self._drive.there:
                self._drive.vanish()

    def _carry(self, step_s: float) -> None:
        board, line = self._board, self._line
        if data := line.read():
            board.write(data)
        board.wait(step_s)
        read = line.write(board.received())
        if self._usb:
            board.chip.usb_listen(read)  # a USB host without room lets the board wait
        elif not read:
            line.drop()  # a UART does not wait for anybody
        line.wait(_PERIOD_S)

    def _look_after_boot_loader(self) -> None:
        chip, drive = self._board.chip, self._drive
        if chip.in_boot_loader != self._loading:
            self._loading = chip.in_boot_loader
            if drive is None:
                if self._loading:
                    self._tell("the board is in its boot loader; start with --bootsel FOLDER to reach it there")
            elif self._loading:
                drive.appear()
                self._tell("the board is in its boot loader: copy a UF2 into the folder")
            else:
                drive.vanish()
        if self._loading and drive is not None:
            try:
                image = drive.image()
            except Uf2Error as error:
                self._tell(str(error))
                return
            if image is not None:
                chip.program(image)
                drive.vanish()
                self._tell(f"{image.name} programmed, the board starts")
