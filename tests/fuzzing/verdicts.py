"""What host and board make of any protocol, judged by the independent oracle; `campaign` runs so many of them.

What must hold: a protocol that the host accepts means to the board what was written, the board accepts it, and its
schedule keeps every limit; one that the host refuses for a limit the board refuses too; and whatever image the board
accepts, made by whomever, keeps every limit.
"""

import struct
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path

import oracle_limits
from contract import faults
from contract import protocol as image_format
from contract import sync as sync_format
from hypothesis import HealthCheck, Phase, given, seed, settings
from kernel.expand import Expansion
from thetabox.protocol import ProtocolError, compile_protocol, parse, preflight
from thetabox.protocol.toml import read
from words import edges

from . import protocols

MUTATED_SHARE = 4  # one image in so many is a mutated one


@dataclass
class Verdicts:
    """How often which verdict was given: "accepted", or the name of the fault."""

    host: Counter = field(default_factory=Counter)
    board: Counter = field(default_factory=Counter)  # of mutated images
    pulses: int = 0

    def __add__(self, other):
        return Verdicts(self.host + other.host, self.board + other.board, self.pulses + other.pulses)


def board(image):
    """As the board takes an image: (words, lead in ticks, intervals of SYNC), or raises faults.Refused."""
    flash = oracle_limits.LIMITS["flash"]
    if len(image) > flash["protocol_bytes"]:
        raise faults.Refused(faults.TOO_LARGE)
    decoded = image_format.decode(image)
    image_format.check(decoded)
    if oracle_limits.counted(image) > 2 * oracle_limits.LIMITS["protocol"]["pulses_max"]:
        raise AssertionError("the board accepts more pulses than anybody can count")
    expansion = Expansion(decoded)
    data = b"".join(expansion.pieces())
    if len(data) > flash["schedule_bytes"]:
        raise faults.Refused(faults.TOO_LARGE)
    words = struct.unpack(f"<{len(data) // 4}I", data)
    asked_for = decoded.sync != sync_format.NONE
    intervals = list(sync_format.intervals(decoded.sync, expansion.duration_ticks)) if asked_for else []
    return words, expansion.lead_ticks, intervals


def judge_image(image):
    """What the oracle says against an image that the board has accepted; raises faults.Refused when it has not."""
    words, lead, intervals = board(image)
    asked = oracle_limits.meaning(image)
    wrong = oracle_limits.broken(asked) + oracle_limits.broken_schedule(asked, edges(words, lead))
    return asked, wrong + oracle_limits.broken_intervals(asked, intervals)


def refused_by_the_board(made, refusal):
    """Whether the board refuses what the host refuses for a limit; True when no image can say it."""
    asked = replace(made, patterns=(), listed=()).meaning(1)  # its onsets are in the image's own form
    image = protocols.image(asked, made.patterns, made.listed)
    if image is None or not refusal.fault:
        return True
    try:
        board(image)
    except faults.Refused:
        return True
    return False


def judge(made, folder, verdicts):
    """Write it, read it, compile it, check it; raises AssertionError with what is wrong."""
    path = Path(folder) / "fuzz.toml"
    path.write_text(made.toml())
    try:
        compiled = compile_protocol(parse(read(path)), made.device)
        failed = [row.name for row in preflight(compiled) if not row.ok]
    except ProtocolError as refusal:
        name = faults.entry(refusal.fault)[1] if refusal.fault else "not read"
        verdicts.host[name] += 1
        assert refused_by_the_board(made, refusal), f"the board is looser than the host: {refusal}\n{made.toml()}"
        return
    try:
        asked, wrong = judge_image(compiled.image)
    except faults.Refused as refused:
        raise AssertionError(f"the board refuses it: {faults.entry(refused.number)[1]}\n{made.toml()}") from None
    seed_of_sync = asked.sync[2] if asked.sync else 0
    if asked != made.meaning(seed_of_sync):
        wrong.append(f"the image means {asked}, not {made.meaning(seed_of_sync)}")
    if compiled.onset_ticks.tolist() != list(asked.onsets):
        wrong.append("the host expects other onsets than the image's")
    hot = made.device.drive == "bank" and oracle_limits.coil_peak_c(asked.onsets, asked.target_mv) >= 40
    if hot != ("coil at its hottest" in failed):
        wrong.append("the host and the oracle differ on the coil's temperature")
    verdicts.host["a warning" if failed else "accepted"] += 1
    verdicts.pulses += len(asked.onsets)
    assert not wrong, "\n".join([*wrong, made.toml()])


def judge_mutated(image, verdicts):
    """Whatever the board accepts must keep the limits."""
    try:
        _, wrong = judge_image(image)
    except faults.Refused as refused:
        verdicts.board[faults.entry(refused.number)[1]] += 1
        return
    verdicts.board["accepted"] += 1
    assert not wrong, f"{wrong}\n{image.hex()}"


def campaign(count, number, phases=(Phase.generate, Phase.shrink)):
    """So many random protocols and mutated images; returns the Verdicts. Raises AssertionError on the first that fails.

    The same `number` makes the same protocols from the same sources (Hypothesis takes constants from them).
    """
    verdicts = Verdicts()
    share = max(1, count // MUTATED_SHARE)
    chosen = {"deadline": None, "database": None, "phases": phases, "suppress_health_check": list(HealthCheck)}
    with tempfile.TemporaryDirectory() as folder:

        @seed(number)
        @settings(max_examples=count - share, **chosen)
        @given(protocols.written())
        def written(made):
            judge(made, folder, verdicts)

        @seed(number)
        @settings(max_examples=share, **chosen)
        @given(protocols.mutated())
        def mutated(image):
            judge_mutated(image, verdicts)

        written()
        mutated()
    return verdicts
