"""Bad input through the real command line: one line that says what to do, the exit code, and a board left as it was."""

import pytest
from bystander import RUN, SHORT, command, facts, protocol, refusals
from contract import faults, messages
from rig import in_child
from thetabox.board.link import BoardRefused

pytestmark = pytest.mark.emulated
INVERTED = (
    'name = "low-active"\ntitle = "T"\ndrive = "external"\nwidth_us = 100\nminimum_gap_us = 0\ninverted = true\n'
    'source = "S"\ncertainty = "design: a test"\n'
)


FILES = [
    ("broken TOML", 'name = "x"\n[[pattern]\n', (),
     "protocol.toml is not TOML: Expected ']]' at the end of an array declaration (at line 2, column 10) — "
     "mend the file at that place"),
    ("unknown key", protocol(more="policyy = 'skip'"), (),
     "protocol.toml: policyy is not known — did you mean policy?"),
    ("zero count", protocol(0), (), "protocol.toml: pattern 1: count is 0 — write a whole number from 1 to 1000000"),
    ("negative count", protocol(-3), (),
     "protocol.toml: pattern 1: count is -3 — write a whole number from 1 to 1000000"),
    ("absurd count", protocol(10**30), (),
     f"protocol.toml: pattern 1: count is {10**30} — write a whole number from 1 to 1000000"),
    ("more than the board takes", protocol(20_001), (),
     "x has 20001 pulses, more than the board's 20000 — change the counts, or split it into sessions"),
    ("negative interval", protocol(interval=-20), (),
     "protocol.toml: pattern 1: interval_ms is -20 — write a positive number"),
    ("below the profile's gap", protocol(interval=10), ("--profile", "magstim-rapid2"),
     "x on magstim-rapid2: Two onsets are closer than the stimulator's minimum gap (shortest gap 10 ms, at least "
     "20 ms) — Lengthen the interval, or choose another device profile."),
    ("width longer than the gap", protocol(interval=2, more="width_ms = 3"), ("--profile", "ttl"),
     "x on ttl: The trigger width is out of range or longer than the shortest gap (width 3 ms, allowed 10 us to "
     "5000 us; shortest gap 2 ms) — Change the width."),
    ("longer than two hours", protocol(2, 7201, "s"), ("--profile", "ttl"),
     "x on ttl: The protocol lasts longer than the board allows (last onset at 7201.00 s, at most 7200 s) — "
     "Split it into sessions."),
    ("intensity over 100 %", SHORT, ("--intensity", "101"),
     "--intensity 101 is outside 0 to 100 % — choose a value above 0 and up to 100"),
    ("bank below its range", SHORT, ("--intensity", "1"),
     "x on bank: The target voltage is outside the bank's working range (target 3.6 V, allowed 20 V to 360 V) — "
     "Change the intensity."),
    ("a coil too hot", protocol(3_000), ("--intensity", "100"),
     "coil at its hottest 56.4 C is beyond 40 C — lower the intensity, lengthen the intervals, or split the session: "
     "the board will stop it"),
    ("not rechargeable", protocol(4, 1.5), ("--intensity", "60"),
     "x on bank: The charger cannot recharge the bank in the protocol's shortest gap (shortest gap 1.5 ms, recharging "
     "to 216 V takes 7.259 ms) — Lower the intensity, lengthen the gap, or drive an external stimulator. At 15 % this "
     "gap suffices."),
    ("no intensity", SHORT, (), "x names no intensity — give one with --intensity"),
    ("no such profile", SHORT, ("--profile", "rapid"),
     "no device profile 'rapid' — choose one of bank, magpro, magstim-rapid2, ttl"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "options", "line"), [pytest.param(*row[1:], id=row[0]) for row in FILES])
def test_a_bad_protocol_opens_no_board(rig, home, text, options, line):
    path = home / "protocol.toml"
    path.write_text(text)
    code, told, before, after, opened = command(rig, "run", path, "--yes", "--out", home / "s", *options)
    assert (code, told) == (3, f"error: {line}\n")
    assert opened == [] and after == before and not (home / "s").exists()


@pytest.mark.parametrize(
    ("strap", "profile", "line"),
    [
        (0, "inverted.toml", "low-active idles high, the strap says low (WRONG_STRAP 624)"),
        (1, "ttl", "ttl idles low, the strap says high (WRONG_STRAP 624)"),
    ],
)
def test_a_profile_that_contradicts_the_strap(rig, home, strap, profile, line):
    """Told before anything is uploaded: the protocol on the board is still the old one."""
    (home / "inverted.toml").write_text(INVERTED)
    (home / "protocol.toml").write_text(SHORT)
    code, told, before, after, _ = command(
        rig, "run", "protocol.toml", "--yes", "--out", "s", "--profile", profile,
        before=lambda: (rig.plant.strap(strap), rig.board.wait(0.1)),
    )  # fmt: skip
    assert code == 4 and told == (
        f"error: The device profile's polarity contradicts the strap of the output stage: {line} — "
        "Choose the profile that belongs to the cable, or change the strap.\n"
    )
    assert after == before and after["loaded"]


def test_the_board_itself_refuses_to_arm_against_its_strap(rig):
    def action():
        rig.plant.strap(1)
        rig.board.wait(0.1)
        before = facts(rig)
        with pytest.raises(BoardRefused, match="WRONG_STRAP"):
            rig.arm()
        return before == facts(rig)

    assert in_child(action)


def test_a_session_folder_that_exists(rig, home):
    (home / "protocol.toml").write_text(SHORT)
    (home / "s").mkdir()
    (home / "s" / "kept").write_text("kept")
    code, told, before, after, _ = command(rig, *RUN)
    assert (code, told) == (3, "error: the session folder s exists — choose another name with --out\n")
    assert after == before and [path.name for path in (home / "s").iterdir()] == ["kept"]


def test_a_board_of_another_message_table(rig, home):
    """Identify, abort and log work; the command line says what to flash, and the board refuses everything else."""
    (home / "protocol.toml").write_text(SHORT)

    def other():
        messages.TABLE_HASH ^= 1

    code, told, before, after, _ = command(rig, *RUN, before=other, after=other)
    assert before == after and (code, told) == (
        4,
        "error: the board refused: Host and firmware speak different message tables; only identify, abort and log "
        "reading work (TABLE_MISMATCH 604) — Flash the firmware of this release, or install the host that belongs to "
        "the board's.\n",
    )
    assert command(rig, "logs", "--json", before=other, after=other)[:2] == (0, "")

    def action():
        other()
        rig.link.identify()
        codes = [row[0] for row in messages.TABLE]
        values = {"offset": 0, "data": b"", "size": 4, "crc": 0, "image_crc": rig.compiled.image_crc, "nonce": bytes(8),
                  "fault": 0, "ring": 0, "first": 0, "table_hash": messages.TABLE_HASH, "session": 99}  # fmt: skip
        asked = [(code, {name: values[name] for name, _ in messages.row(code)[2]}) for code in codes]
        return dict(zip(codes, refusals(rig, *asked), strict=True))

    numbers = in_child(action)
    assert {code for code, number in numbers.items() if number == 0} == set(messages.READ_ONLY)
    assert {number for number in numbers.values() if number} == {faults.TABLE_MISMATCH}
