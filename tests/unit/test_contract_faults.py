"""The fault table: one number, one name, a sentence and a remedy; everything that is said is in it."""

import ast
from pathlib import Path

import pytest
from contract import faults

ROOT = Path(__file__).resolve().parents[2]
ROWS = [pytest.param(*row, id=row[1]) for row in faults.TABLE]
FAMILIES = {1: "safety chain", 2: "charge and temperature", 3: "train", 4: "link", 5: "controller", 6: "refusals"}


def named_in(folder):
    """Names of faults that the code of a folder speaks of, as faults.NAME."""
    found = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "faults":
                found.add(node.attr)
    return found


@pytest.mark.parametrize(("number", "name", "kind", "sentence", "remedy"), ROWS)
def test_row(number, name, kind, sentence, remedy):
    assert getattr(faults, name) == number
    assert name == name.upper() and name.replace("_", "").isalpha()
    assert number // 100 in FAMILIES and number < 2**16
    assert (kind == faults.REFUSAL) == (number // 100 == 6)
    assert kind in (faults.PERMANENT, faults.CLEARABLE, faults.REFUSAL)
    for text in (sentence, remedy):
        assert text[0].isupper() and text.endswith(".") and not text.endswith("..")
        assert "|" not in text and "\n" not in text, "it goes into a table"
    assert faults.entry(number) == (number, name, kind, sentence, remedy)


def test_numbers_names_and_sentences_are_single_and_in_order():
    numbers, names, _, sentences, _ = zip(*faults.TABLE, strict=True)
    assert list(numbers) == sorted(set(numbers))
    assert len(set(names)) == len(names)
    assert len(set(sentences)) == len(sentences)


def test_every_number_of_the_module_has_its_row():
    numbers = {name: value for name, value in vars(faults).items() if name.isupper() and isinstance(value, int)}
    assert numbers.pop("NONE") == 0
    assert numbers == {row[1]: row[0] for row in faults.TABLE}


def test_the_firmware_can_say_every_one_of_them():
    """A fault in the table that nothing raises would be a promise that nothing keeps."""
    said = named_in("firmware")
    assert {row[1] for row in faults.TABLE} - said == set()


def test_the_firmware_speaks_of_no_fault_that_is_not_there():
    assert {name for name in named_in("firmware") if not hasattr(faults, name)} == set()


def test_a_permanent_fault_tells_to_leave_the_board_alone_or_to_cycle_power():
    permanent = {row[1] for row in faults.TABLE if row[2] == faults.PERMANENT}
    assert permanent == {
        "ADC_FROZEN", "BANK_AGED", "BANK_LEAKS", "BLEEDER_OPEN", "CHARGER_STUCK", "CLOCK", "COIL_SENSOR_STUCK",
        "COMPARATOR_WRONG", "DUMP_FAILED", "FIRED_SENSE", "FIRED_WITHOUT_TRIGGER", "GATE_SENSE", "REGISTERS",
        "SAFE_CHAIN", "SOFTWARE",
    }  # fmt: skip
    for _, name, kind, _, remedy in faults.TABLE:
        if kind == faults.CLEARABLE:
            assert "Stop using" not in remedy, name


def test_a_refusal_carries_its_number():
    with pytest.raises(faults.Refused) as refused:
        raise faults.Refused(faults.NOT_NOW)
    assert refused.value.number == faults.NOT_NOW
    assert faults.entry(faults.NONE) is None
    assert faults.entry(65_535) is None
