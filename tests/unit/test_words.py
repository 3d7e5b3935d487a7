"""What a board says in numbers, in words."""

import pytest
from contract import faults, messages, records
from thetabox.evidence import words
from thetabox.session.endings import ending_text


def test_every_flag_and_event_has_words():
    named = {value for name, value in vars(messages).items() if name.startswith("FLAG_")}
    assert named == set(words.FLAGS)
    names = [name for name, _, _ in words.FLAGS.values()]
    assert len(set(names)) == len(names)
    for number, (name, meaning) in records.EVENTS.items():
        entry = {"name": name, "fault": 0, "argument": 1, "meaning": meaning}
        assert words.entry_words(entry).startswith(name), number


def test_flags():
    assert "interlock closed" in words.flags_words(messages.FLAG_INTERLOCK)
    assert "interlock open" in words.flags_words(0) and "" not in words.flags_words(0)
    assert words.flags_dict(messages.FLAG_DUMPING)["dumping"] and not words.flags_dict(0)["dumping"]


@pytest.mark.parametrize(
    ("event", "fault", "argument", "line"),
    [
        (records.BOOT, 0, messages.RESET_WATCHDOG, "boot        cause of the reset: watchdog"),
        (records.BOOT, 0, 99, "boot        cause of the reset: 99"),
        (records.READY, 0, 215_960, "ready       bank 216.0 V"),
        (records.DONE, 0, 600, "done        600 pulses that left the board"),
        (records.ARMED, 0, 1, "armed       1 pulse"),
        (records.MISFIRED, 0, 1, "misfired    1 trigger of the train without a coil current"),
        (records.IDENTIFIED, 0, 7, "identified  session 7"),
        (records.CLEARED, 0, 0, "cleared"),
        (
            records.FAULT,
            faults.INTERLOCK_OPEN,
            12,
            "fault       12 pulses that left the board: The interlock chain opened. "
            "Close the interlock, clear the fault, charge and arm again. (INTERLOCK_OPEN 101)",
        ),
        (records.FAULT, 999, 0, "fault       0 pulses that left the board: A fault that this host does not know. "
         "Update the host. (FAULT_999 999)"),
    ],
)  # fmt: skip
def test_entries(event, fault, argument, line):
    name, meaning = records.EVENTS[event]
    assert words.entry_words({"name": name, "fault": fault, "argument": argument, "meaning": meaning}) == line


def test_pulses_of_the_last_train():
    def given(*entries, first=0):
        told = []
        for index, (event, argument) in enumerate(entries, first):
            name, meaning = records.EVENTS[event]
            told.append({"index": index, "name": name, "fault": 0, "argument": argument, "meaning": meaning})
        return words.pulses_given(told)

    boot, start, fault = (records.BOOT, 0), (records.STARTED, 215_000), (records.FAULT, 41)
    assert given(boot, (records.ARMED, 600)) is None
    assert given(boot, start, (records.DONE, 600), (records.READY, 5)) == 600
    assert given(boot, start, (records.DONE, 600), start, fault) == 41
    assert given(boot, (records.WAITING, 0), fault) == 41
    assert given(boot, start, (records.PAUSED, 30), (records.DUMPING, 0)) == 30
    assert given(boot, start, (records.DONE, 600), (records.FAULT, 0)) == 600  # the dump failed afterwards
    assert given(boot, (records.STANDING, 0), fault) is None  # no train before it
    assert given(fault, first=7) == 41  # its start has been overwritten
    assert given() is None


def test_what_a_later_release_says():
    assert words.state_name(messages.IDLE) == "idle" and words.state_name(200) == "200"
    assert words.reset_name(messages.RESET_WATCHDOG) == "watchdog" and words.reset_name(99) == "99"
    assert ending_text({"fault": 0, "state": 200}) == "The board is 200." and "(FAULT_999 999)" in words.fault_text(999)
