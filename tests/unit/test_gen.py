"""`make gen`: what is rendered is fresh, says what its source says, and `--check` sees whatever is not."""

import hashlib
import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from contract import faults, limits, pins

ROOT = Path(__file__).resolve().parents[2]
PINS = tomllib.loads((ROOT / "hw/pins.toml").read_text(encoding="utf-8"))
LIMITS = tomllib.loads((ROOT / "hw/limits.toml").read_text(encoding="utf-8"))
RENDERED = [
    "firmware/contract/pins.py",
    "firmware/contract/limits.py",
    "README.md",
    "docs/faults.md",
    "docs/safety.md",
    "docs/measured.md",
]


@pytest.fixture
def copy(tmp_path):
    """A copy of what gen.py reads and writes."""
    for name in ("hw", "docs", "firmware/contract", "tests/emulated"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "tools").mkdir()
    for name in ("README.md", "tools/gen.py", "tools/hazards.py"):
        shutil.copy2(ROOT / name, tmp_path / name)
    return tmp_path


def gen(folder, *options):
    return subprocess.run(
        [sys.executable, "-B", str(folder / "tools/gen.py"), *options], capture_output=True, text=True, check=False
    )


def texts(folder):
    return {name: (folder / name).read_text(encoding="utf-8") for name in RENDERED}


def test_rendering_again_changes_nothing(copy):
    before = texts(copy)
    assert gen(copy, "--check").returncode == 0
    assert gen(copy).stdout == ""
    assert texts(copy) == before


@pytest.mark.parametrize("name", RENDERED)
def test_check_sees_a_stale_file_and_gen_mends_it(copy, name):
    fresh = texts(copy)
    path = copy / name
    path.write_text(
        re.sub(
            r"(?m)^(TRIG_A = |CLOCK_SYS_HZ = |\| TRIG_A \| |.*</a>|\| A hot coil \| .*before the stop, |"
            r"\| interlock opens.* pads \| )\d+",
            r"\g<1>7",
            fresh[name],
        )
    )
    stale = texts(copy)
    assert stale[name] != fresh[name]
    checked = gen(copy, "--check")
    assert checked.returncode == 1
    assert checked.stdout.split() == ["stale:", name]
    assert "make gen" in checked.stderr
    assert texts(copy) == stale, "--check changes nothing"
    assert gen(copy).returncode == 0
    assert texts(copy) == fresh


@pytest.mark.parametrize(
    ("source", "old", "new", "follows"),
    [
        ("hw/pins.toml", "gpio = 28", "gpio = 24", ["firmware/contract/pins.py", "README.md"]),
        ("hw/limits.toml", "sys_hz = ", "spare = 1\nsys_hz = ", ["firmware/contract/limits.py"]),
        ("firmware/contract/faults.py", "The interlock chain opened.", "The interlock opened.", ["docs/faults.md"]),
    ],
)
def test_a_changed_source_makes_its_tables_stale(copy, source, old, new, follows):
    path = copy / source
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert gen(copy, "--check").stdout.split() == [word for name in follows for word in ("stale:", name)]


def test_an_empty_block_is_filled(copy):
    fresh = texts(copy)
    for name in ("README.md", "docs/faults.md"):
        text = re.sub(r"(<!-- gen:\w+ -->\n).*?(<!-- /gen -->)", r"\1\2", fresh[name], flags=re.DOTALL)
        (copy / name).write_text(text, encoding="utf-8")
    assert gen(copy, "--check").returncode == 1
    gen(copy)
    assert texts(copy) == fresh


@pytest.mark.parametrize("path", sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]), ids=lambda path: path.name)
def test_every_block_is_known_and_closed(path, monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "tools")
    spec = importlib.util.spec_from_file_location("gen", ROOT / "tools/gen.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    text = path.read_text(encoding="utf-8")
    found = [match[2] for match in module.MARK.finditer(text)]
    assert len(found) == text.count("<!-- gen:") == text.count("<!-- /gen -->")
    assert set(found) <= set(module.TABLES)


def test_the_firmware_has_the_pins_of_the_file():
    assert {name: getattr(pins, name) for name in PINS} == {name: pin["gpio"] for name, pin in PINS.items()}
    assert {pin["gpio"]: name for name, pin in PINS.items()} == pins.NAMES
    for direction, constant in (("out", pins.OUTPUTS), ("in", pins.INPUTS), ("analog", pins.ANALOG)):
        assert list(constant) == [pin["gpio"] for pin in PINS.values() if pin["direction"] == direction]
    assert list(pins.IDLE_HIGH) == [pin["gpio"] for pin in PINS.values() if pin["idle"]]


def test_the_pins_can_be_wired():
    gpios = [pin["gpio"] for pin in PINS.values()]
    assert len(set(gpios)) == len(gpios)
    assert set(gpios) <= set(range(23)) | {25, 26, 27, 28}, "GPIO that a Pico has on its pads, and its LED"
    assert all((pin["direction"] == "analog") == (26 <= pin["gpio"] <= 28) for pin in PINS.values())
    group = [pins.TRIG_A, pins.TRIG_B, pins.MARKER, pins.BLANK, pins.CHARGE_EN]
    assert group == list(range(group[0], group[0] + 5)), "one `set pindirs` reaches five pins in a row"


def test_the_firmware_has_the_limits_of_the_file():
    expected = {
        f"{section}_{key}".upper(): value for section, values in LIMITS.items() for key, value in values.items()
    }
    found = {name: value for name, value in vars(limits).items() if name.isupper()}
    assert found == expected
    assert all(isinstance(value, int) for value in found.values()), "integers on the device"


def test_readme_and_fault_page_have_every_row():
    readme, page = (texts(ROOT)[name] for name in ("README.md", "docs/faults.md"))
    for name, pin in PINS.items():
        assert f"| {name} | {pin['gpio']} | {pin['direction']} | {pin['meaning']} |" in readme
    for number, name, *_ in faults.TABLE:
        assert f'<a id="{name.lower()}"></a>{number} | {name} |' in page


TEST = "test_safety.py::test_host_that_falls_silent"
OTHER = "test_shapes.py::test_of_no_hazard"


@pytest.fixture
def recorded(copy):
    """Keeps outcomes as tests/outcomes.py does, of an image that is there."""
    image = copy / "build/firmware/thetabox.uf2"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"an image")

    def keep(cases, of=b"an image"):
        record = {"image": hashlib.sha256(of).hexdigest()[:16], "cases": cases}
        (copy / "build/outcomes.json").write_text(json.dumps(record))
        return copy

    return keep


def told(folder, *options):
    """(whether it passes, what is said of the hazard) by `--check`."""
    done = gen(folder, "--check", *options)
    head = f"hw/hazards.toml: A host that is gone: {TEST} "
    said = [line.removeprefix(head).partition(" — ")[0] for line in done.stderr.splitlines() if line.startswith(head)]
    return done.returncode == 0, said


@pytest.mark.parametrize(
    ("cases", "before", "after"),
    [
        ({TEST: "passed"}, [], []),
        ({f"{TEST}[a]": "passed", f"{TEST}[b]": "passed"}, [], []),
        ({TEST: "failed"}, ["failed when last run"], ["failed when last run"]),
        ({f"{TEST}[a]": "passed", f"{TEST}[b]": "failed"}, ["failed when last run"], ["failed when last run"]),
        (
            {f"{TEST}[a]": "passed", f"{TEST}[b]": "skipped"},
            ["was skipped when last run"],
            ["was skipped when last run"],
        ),
        ({f"{TEST}[a]": "passed", f"{TEST}[b]": "not run"}, [], ["has not run in all its cases"]),
        ({OTHER: "failed", f"{TEST}_and_more": "failed"}, [], ["has not run on this image"]),
    ],
)
def test_a_hazard_whose_test_has_not_passed_is_told(recorded, cases, before, after):
    folder = recorded(cases)
    assert told(folder) == (not before, before)
    assert told(folder, "--tests", "written") == (True, [])
    _, said = told(folder, "--tests", "passed")
    assert said == after


def test_what_another_image_did_says_nothing_of_this_one(recorded):
    assert told(recorded({TEST: "failed"}, of=b"another")) == (True, [])
    assert told(recorded({TEST: "passed"}, of=b"another"), "--tests", "passed") == (
        False,
        ["has not run on this image"],
    )


def test_after_a_whole_run_every_hazard_has_its_tests(recorded):
    hazards = tomllib.loads((ROOT / "hw/hazards.toml").read_text(encoding="utf-8"))["hazard"]
    tests = {test: "passed" for hazard in hazards for test in hazard["tests"]}
    assert gen(recorded(tests), "--check", "--tests", "passed").stderr == ""
    done = gen(recorded(dict(list(tests.items())[1:])), "--check", "--tests", "passed")
    assert done.returncode == 1 and "has not run on this image — run tests/emulated/" in done.stderr


def test_rendering_asks_for_no_outcome(recorded):
    assert gen(recorded({TEST: "failed"})).returncode == 0


def test_a_hazard_whose_test_is_passed_over_is_told(copy):
    path = copy / "tests/emulated/test_safety.py"
    path.write_text(
        path.read_text().replace(
            "\ndef test_host_that_falls_silent(", '\n@pytest.mark.skip("later")\ndef test_host_that_falls_silent('
        )
    )
    done = gen(copy, "--check")
    assert done.returncode != 0 and f"A host that is gone: there is no test {TEST}" in done.stderr


def test_a_hazard_without_its_test_is_told(copy):
    path = copy / "hw/hazards.toml"
    text = path.read_text()
    path.write_text(text + '\n[[hazard]]\nname = "A ghost"\ncause = "None."\ncontrol = "None."\ntests = []\n')
    done = gen(copy, "--check")
    assert done.returncode != 0 and "A ghost: no test shows its control" in done.stderr
    path.write_text(text)
    path.write_text(path.read_text().replace("::test_host_that_falls_silent", "::test_that_nobody_wrote"))
    done = gen(copy, "--check")
    assert (
        done.returncode != 0 and "A host that is gone: there is no test test_safety.py::test_that_nobody" in done.stderr
    )
