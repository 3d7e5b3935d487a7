"""What a shell is told when Tab is pressed: protocols, profiles, ports, faults of an emulated board."""

from __future__ import annotations


def protocols(incomplete: str) -> list[tuple[str, str]]:
    """Protocols of the library, with their titles. Where none begins so, the shell goes on with files by itself."""
    from thetabox.protocol import library, load

    known = [(name, load(name).title) for name in library()]
    return _beginning(known, incomplete)


def profiles(incomplete: str) -> list[tuple[str, str]]:
    """Device profiles, with their titles."""
    from thetabox.protocol import profiles

    known = [(profile.name, profile.title) for profile in profiles().values()]
    return _beginning(known, incomplete)


def ports(incomplete: str) -> list[tuple[str, str]]:
    """The emulated boards, served ones, and serial ports; none is opened."""
    emulated = [
        ("emu:", "emulated in this process"),
        ("emu:usb", "the same, reached over its USB"),
        ("emu:ttl=5", "with a pulse at TRIG_IN each 5 s"),
        ("renode:", "on Renode, where that is installed"),
    ]
    known = [*emulated, *serial_ports("")]
    return _beginning(known, incomplete)


def serial_ports(incomplete: str) -> list[tuple[str, str]]:
    """Served boards and serial ports, for what an emulated board in this process cannot do."""
    from thetabox.board.find import serial_ports, served

    known = [(board["port"], "served by `thetabox emulate`") for board in served()]
    return _beginning([*known, *((port.name, port.description) for port in serial_ports())], incomplete)


def rehearsals(incomplete: str) -> list[tuple[str, str]]:
    """What can go wrong on an emulated board, with the sentences that say so."""
    from thetabox.board.emulated.rehearsal import REHEARSED

    return _beginning([(name, each.sentence) for name, each in REHEARSED.items()], incomplete)


def _beginning(known: list[tuple[str, str]], incomplete: str) -> list[tuple[str, str]]:
    """Those that begin as what has been typed."""
    return [(name, words) for name, words in known if name.startswith(incomplete)]
