"""What no board can see of a commercial stimulator is asked for, unless it has been confirmed or nothing is there."""

import pytest
import typer
from thetabox.cli.confirm import require_confirmed
from thetabox.errors import Exit
from thetabox.protocol import profile


@pytest.mark.parametrize(
    ("device", "port", "confirmed", "asks"),
    [
        ("ttl", "/dev/ttyACM0", False, True),
        ("magpro", "COM3", False, True),
        ("ttl", "/dev/ttyACM0", True, False),
        ("ttl", "emu:usb", False, False),
        ("bank", "/dev/ttyACM0", False, False),
    ],
)
@pytest.mark.parametrize("answer", [True, False])
def test_when_it_is_asked(device, port, confirmed, asks, answer, monkeypatch, capsys):
    asked = []
    monkeypatch.setattr(typer, "confirm", lambda text, err: asked.append(text) or answer)
    if asks and not answer:
        with pytest.raises(typer.Exit) as left:
            require_confirmed(profile(device), port, confirmed, quiet=False)
        assert left.value.exit_code == Exit.ABORTED
    else:
        require_confirmed(profile(device), port, confirmed, quiet=False)
    assert bool(asked) == asks
    assert (profile(device).confirm in capsys.readouterr().out) == asks or not profile(device).confirm
