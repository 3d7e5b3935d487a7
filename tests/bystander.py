"""The real command line on a board of a test, and what of the board it may not have changed."""

import contextlib
import hashlib
import io
import sys

from contract import limits, messages
from rig import OUTPUTS, in_child
from thetabox.board.link import BoardRefused

PULSE = '[[pattern]]\nunit = "pulse"\ncount = {count}\ninterval_{unit} = {interval}\n'
SHORT = 'name = "x"\n' + PULSE.format(count=3, unit="ms", interval=20)
RUN = ("run", "protocol.toml", "--profile", "ttl", "--yes", "--confirmed", "--out", "s")


def protocol(count=3, interval=20, unit="ms", more=""):
    return f'name = "x"\n{more}\n' + PULSE.format(count=count, unit=unit, interval=interval)


def facts(rig):
    """What bad input may not change: state, fault, schedule, what lies in flash, every edge, resets."""
    flash = rig.chip.flash
    held = hashlib.sha256(flash[limits.FLASH_SCHEDULE_AT : limits.FLASH_BOOTS_AT]).hexdigest()
    rig.board.wait(0.06)
    who, status = rig.link.identify(), rig.link.status()
    kept = {name: status[name] for name in ("state", "fault", "scheduled", "target_mv", "start_us")}
    edges = [rig.board.capture().edges(name)[0].tolist() for name in OUTPUTS]
    pulses = len(rig.pulses()[0])
    return {
        **kept,
        "pulses": pulses,
        "boot": who["boot_count"],
        "flash": held,
        "edges": edges,
        "loaded": bool(status["flags"] & messages.FLAG_PROTOCOL),
    }


def command(rig, *arguments, before=lambda: None, after=lambda: None):
    """(exit code, error lines, facts before, facts after, ports opened) of a command line on the rig's board."""

    def action():
        from thetabox import board as boards
        from thetabox.cli import app

        opened = []
        boards.open_board = lambda port, **_: opened.append(port) or rig.board
        sys.argv = ["thetabox", *map(str, arguments)]
        told, then = io.StringIO(), facts(rig)
        before()
        with contextlib.redirect_stderr(told), contextlib.redirect_stdout(io.StringIO()):
            try:
                app.main()
            except SystemExit as left:
                code = left.code
        after()
        return int(code), told.getvalue(), then, facts(rig), opened

    return in_child(action)


def refusals(rig, *requests):
    """The numbers with which the board answers requests, 0 where it has carried one out."""
    numbers = []
    for code, values in requests:
        try:
            rig.link.request(code, **values)
            numbers.append(0)
        except BoardRefused as refused:
            numbers.append(refused.number)
    return numbers
