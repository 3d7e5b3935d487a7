"""Channels, lag, start, SYNC and a protocol's own limits: what may be written, what the image gets, what is refused."""

from fractions import Fraction

import pytest
from contract import limits, protocol
from thetabox.cli.summary import _outputs
from thetabox.protocol import ProtocolError, compile_protocol, load, profile

TTL = profile("ttl")
GOOD = '[[pattern]]\nunit = "pulse"\ncount = 3\ninterval_ms = 100\n'


@pytest.fixture
def compiled(tmp_path):
    def compiled(lines, device="ttl"):
        path = tmp_path / "mine.toml"
        path.write_text(f'name = "mine"\n{lines}\n{GOOD}')
        return compile_protocol(load(path), profile(device), 60 if device == "bank" else None)

    return compiled


def test_the_image_gets_what_is_written(compiled):
    lines = 'channels = "AB"\nlag_us = -1500\nstart = "ttl"\nsilence_ms = 500\ncoil_stop_c = 35\n'
    made = compiled(lines + "sync = { interval_min_ms = 100, interval_max_ms = 1900, seed = 7 }")
    image = protocol.decode(made.image)
    assert (image.channels, image.lag_ticks, image.start) == (3, -187_500, protocol.START_TTL)
    assert (image.sync, image.silence_ms, image.coil_stop_c) == ((100, 1_900, 7), 500, 35)
    assert _outputs(made) == [
        "channel B 1.5 ms before channel A", "begins with a rising edge at TRIG_IN",
        "SYNC at random intervals of 100 to 1900 ms, seed 7", "a host silent for 500 ms ends it",
        "a coil of 35 C ends it",
    ]  # fmt: skip


def test_what_is_not_written_is_as_usual(compiled):
    image = protocol.decode(compiled("").image)
    assert (image.channels, image.lag_ticks, image.start, image.sync) == (1, 0, protocol.START_COMMAND, (0, 0, 0))
    assert (image.silence_ms, image.coil_stop_c) == (limits.SESSION_SILENCE_MS, limits.COIL_STOP_C)
    assert _outputs(compiled("")) == []


def test_channel_b_alone_and_together(compiled):
    assert protocol.decode(compiled('channels = "B"').image).channels == protocol.CHANNEL_B
    assert _outputs(compiled('channels = "B"')) == ["on channel B, which no sensor of the board reads back"]
    assert _outputs(compiled('channels = "AB"')) == ["channel B together with channel A"]
    assert protocol.decode(compiled('channels = "AB"\nlag_ms = "25/2"').image).lag_ticks == 1_562_500


def test_the_seed_of_sync_follows_from_the_file_and_is_kept(compiled):
    lines = "sync = { interval_min_ms = 100, interval_max_ms = 1900 }"
    first, again = compiled(lines), compiled(lines)
    assert first.protocol.sync == again.protocol.sync and first.protocol.sync[2] > 0
    assert compiled(lines + " # another").protocol.sync != first.protocol.sync


SYNC = "write interval_min_ms and interval_max_ms from 50 to 60000, rising"
WRONG = [
    ('channels = "C"', "mine.toml: channels is 'C'", 'write one of "A", "B", "AB"'),
    ("channels = 2", "mine.toml: channels is 2, not a text", "write a text"),
    ('start = "button"', "mine.toml: start is 'button'", 'write one of "command", "ttl"'),
    ("lag_ms = 3", "mine.toml: lag_ms is given for channel A alone", 'write channels = "AB", or remove it'),
    ('channels = "AB"\nlag_ms = 3\nlag_us = 3', "mine.toml: lag is given twice, as lag_us and lag_ms", "keep one"),
    ('channels = "AB"\nlag_ms = 61', "mine.toml: lag_ms is 61 ms", "write at most 60 ms either way"),
    ("silence_ms = 100", "mine.toml: silence_ms is 100", "write a whole number from 101 to 1000"),
    ("coil_stop_c = 41", "mine.toml: coil_stop_c is 41", "write a whole number from 25 to 40"),
    ("sync = 5", "mine.toml: sync is 5, not a table", "write a table"),
    ("sync = { interval_min_ms = 40, interval_max_ms = 90 }", "mine.toml: sync: interval is from 40 to 90 ms", SYNC),
    ("sync = { interval_min_ms = 90, interval_max_ms = 80 }", "mine.toml: sync: interval is from 90 to 80 ms", SYNC),
    ("sync = { interval_min_ms = 90, interval_max_ms = 99, seed = 0 }", "mine.toml: sync: seed is 0",
     "write a whole number from 1 to 4294967295, or remove it"),
    ("sync = { interval_min_ms = 90, interval_max_ms = 99, sed = 1 }", "mine.toml: sync: sed is not known",
     "did you mean seed?"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "message", "remedy"), WRONG)
def test_what_is_wrong_is_told(compiled, lines, message, remedy):
    with pytest.raises(ProtocolError) as caught:
        compiled(lines)
    assert (caught.value.message, caught.value.remedy) == (message, remedy)


def test_the_bank_has_one_switch(compiled):
    with pytest.raises(ProtocolError, match="uses channel AB, and the bank has one switch"):
        compiled('channels = "AB"', "bank")


def test_a_lag_into_the_next_pulse_is_refused(compiled):
    with pytest.raises(ProtocolError, match="closer") as caught:
        compiled('channels = "AB"\nlag_ms = 50\nwidth_ms = 5\n[[pattern]]\ncount = 2\ninterval_ms = 55')
    assert caught.value.exit_code == 3


@pytest.mark.parametrize("name", ["ttl", "magpro", "magstim-rapid2"])
def test_what_no_board_can_see_the_operator_confirms(name):
    assert "intensity is set by hand" in profile(name).confirm and profile("bank").confirm == ""
    assert Fraction(profile(name).width_us) >= 10
