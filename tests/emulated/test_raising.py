"""A seeded sample of `python tests/raising.py`; and that there is no prompt in the image for anything to end in."""

import pytest
from campaigning import run
from interpreter import symbol
from raising import STATES

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("name", STATES)
def test_an_exception_at_any_instant_ends_in_the_safe_state(name):
    outcome = run(STATES[name], f"raise-{name}", 2, seed=5)
    assert outcome.broken == [] and outcome.met == [2, 2]


def test_the_image_has_no_prompt():
    assert symbol("pyexec_file_if_exists")  # runs main.py
    for name in ("pyexec_friendly_repl", "pyexec_raw_repl", "pyexec_event_repl_process_char"):
        with pytest.raises(LookupError):
            symbol(name)
