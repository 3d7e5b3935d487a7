"""A threshold search from its options to the threshold that is remembered."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from contract import limits

from thetabox.errors import Exit, ThetaboxError
from thetabox.evidence.subjects import Threshold, remember
from thetabox.plural import counted
from thetabox.protocol import Compiled, compile_protocol
from thetabox.protocol.single import single_pulse
from thetabox.protocol.threshold import MaximumLikelihood, RelativeFrequency

from .hunt import READY, RESPONSE, Hunt
from .keys import read_key
from .signals import interruptible

if TYPE_CHECKING:
    from pathlib import Path

    from thetabox.protocol import Profile
    from thetabox.protocol.threshold import Method
    from thetabox.session import Outcome, Who

LIKELIHOOD, FREQUENCY = "likelihood", "frequency"
WORDS = {
    READY: "space fires, + and - change it by 1 %, u takes the last answer back, q ends",
    RESPONSE: "was there a response? y or n; u discards the pulse",
}


@dataclass(frozen=True)
class Range:
    """Of a search, in whole % of the stimulator's maximum."""

    start: int
    low: int
    high: int


def span(start: Fraction | None, maximum: Fraction | None, device: Profile) -> Range:
    """The range of a search; ThetaboxError when it cannot be."""
    lowest = Fraction(100 * limits.BANK_TARGET_MIN_MV, limits.BANK_WORKING_MAX_MV) if device.drive == "bank" else 1
    made = Range(round(start or 0), math.ceil(lowest), math.floor(maximum or 0))
    if not made.low <= made.start <= made.high:
        raise ThetaboxError(
            f"a search cannot begin at {made.start} %: it stays within {made.low} to {made.high} %",
            "change --start or --maximum",
        )
    return made


def pulse_at(percent: int, device: Profile) -> Compiled:
    """A single pulse of whole %."""
    return compile_protocol(single_pulse(), device, Fraction(percent))


def hunt(within: Range, device: Profile, method: str, pulses: int | None, as_json: bool) -> Hunt:
    """The search that a command line asks for."""
    ends = (within.start, within.low, within.high)
    if method == FREQUENCY and pulses is not None:
        raise ThetaboxError("--count is not for a search by relative frequency", "leave it out: 5 of 10 decide")
    known: dict[str, Method] = {
        LIKELIHOOD: MaximumLikelihood(*ends) if pulses is None else MaximumLikelihood(*ends, pulses),
        FREQUENCY: RelativeFrequency(*ends),
    }
    if method not in known:
        raise ThetaboxError(f"--method {method!r} is not known", f"choose one of {', '.join(known)}")

    def ask(what: str, percent: int) -> str:
        with interruptible():
            print(_question(what, percent, device.drive != "bank", as_json), flush=True)
            return read_key()

    return Hunt(known[method], lambda percent: pulse_at(percent, device), ask, within.low, within.high)


def _question(what: str, percent: int, external: bool, as_json: bool) -> str:
    if as_json:
        return json.dumps({"ask": what, "percent": percent, "set_stimulator": external})
    if what == RESPONSE:
        return WORDS[what]
    return f"{'set the stimulator to ' if external else ''}{percent} %: {WORDS[what]}"


def settle(
    plan: Hunt, outcome: Outcome, who: Who, device: Profile, session: Path, subjects: Path
) -> tuple[Exit, dict[str, Any]]:
    """Remember the threshold, if the search has come to one; (exit code, what to tell of it)."""
    from thetabox.session.about import now

    step = plan.step
    if step.threshold is None or outcome.ended:
        ended = Exit.ABORTED if plan.quit and not outcome.ended else outcome.exit_code or Exit.FAILED
        why = step.says or f"the search was ended after {counted(len(plan.trials), 'answer')}"
        return ended, {"threshold": None, "says": f"no threshold: {why}"}
    found = Threshold(
        step.threshold, device.name, plan.method.name, now().isoformat(timespec="seconds"), who.operator,
        len(plan.trials), step.interval, str(session),
    )  # fmt: skip
    path = remember(subjects, who.subject, found)
    within = f" (95 %: {step.interval[0]:g} to {step.interval[1]:g} %)" if step.interval else ""
    says = (
        f"{who.subject}'s RMT on {device.name}: {found.percent_mso:g} % MSO{within}, by {found.method} from "
        f"{counted(found.pulses, 'pulse')}; kept in {path}"
    )
    return outcome.exit_code, {"threshold": found.percent_mso, "says": says}
