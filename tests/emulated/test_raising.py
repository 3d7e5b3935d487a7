"""A seeded sample of `make exceptions`; and that there is no prompt in the image for anything to end in."""

import pytest
from campaigning import EXCEPTIONS, run
from interpreter import symbol

pytestmark = pytest.mark.emulated


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_an_exception_at_any_instant_ends_in_the_safe_state(name):
    outcome = run(EXCEPTIONS[name], name, 2, seed=5)
    assert outcome.broken == [] and outcome.met[1] == 2
    assert outcome.met[0] == 2 or name == "raise-booting"  # where it may come before there is an interpreter


def test_the_image_has_no_prompt():
    assert symbol("pyexec_file_if_exists")  # runs main.py
    for name in ("pyexec_friendly_repl", "pyexec_raw_repl", "pyexec_event_repl_process_char"):
        with pytest.raises(LookupError):
            symbol(name)
