"""tests/outcomes.py: what it keeps of whole runs, of parts of them, of several processes, and of another image."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
INI = f"""
[pytest]
pythonpath = tests {ROOT}/host {ROOT}/firmware {ROOT}/tests
testpaths = tests
addopts = --import-mode=importlib
"""
TESTS = """
import pytest

@pytest.mark.parametrize("case", ["a", "b::[c]"])
def test_two(case):
    assert True

def test_no():
    assert False

def test_skipped():
    pytest.skip("not here")

@pytest.fixture
def broken():
    yield
    assert False

def test_broken_afterwards(broken):
    pass
"""
ALL = {
    "test_it.py::test_two[a]": "passed",
    "test_it.py::test_two[b::[c]]": "passed",
    "test_it.py::test_no": "failed",
    "test_it.py::test_skipped": "skipped",
    "test_it.py::test_broken_afterwards": "failed",
}


class Project:
    """A small project whose tests are kept as ours are."""

    def __init__(self, folder):
        self.folder, self.image = folder, folder / "image.uf2"
        self.emulated = folder / "tests" / "emulated"
        self.emulated.mkdir(parents=True)
        for name in ("conftest.py", "outcomes.py"):
            shutil.copy2(ROOT / "tests" / name, folder / "tests")
        (folder / "pytest.ini").write_text(INI)
        (folder / "tests" / "unit").mkdir()
        (folder / "tests" / "unit" / "test_unit.py").write_text("def test_unit():\n    pass\n")
        self.write(TESTS)
        self.image.write_bytes(b"an image")

    def write(self, text, name="test_it.py"):
        (self.emulated / name).write_text(text)

    def run(self, *arguments, **environment):
        """The cases that are kept after a run; None when nothing is."""
        done = subprocess.run(
            [sys.executable, "-B", "-m", "pytest", "-p", "no:cacheprovider", "-p", "xdist.plugin", *arguments],
            cwd=self.folder, capture_output=True, text=True, check=False,
            env={**os.environ, "THETABOX_IMAGE": str(self.image), "THETABOX_TEST_PORT": "emu:",
                 "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", **environment},
        )  # fmt: skip
        assert done.returncode in (0, 1), done.stdout + done.stderr
        kept = self.folder / "build" / "outcomes.json"
        return json.loads(kept.read_text())["cases"] if kept.exists() else None


@pytest.fixture
def project(tmp_path):
    return Project(tmp_path)


@pytest.mark.parametrize("arguments", [(), ("-n", "2"), ("-n", "2", "tests/emulated"), ("tests/emulated/test_it.py",)])
def test_every_case_is_kept(project, arguments):
    assert project.run(*arguments) == ALL


@pytest.mark.parametrize("processes", [(), ("-n", "2")])
def test_a_part_of_a_run_says_nothing_of_the_rest(project, processes):
    kept = project.run("tests/emulated/test_it.py::test_two[a]", *processes)
    assert kept == {name: "passed" if name.endswith("[a]") else "not run" for name in ALL}
    assert project.run("-k", "no", *processes) == {**kept, "test_it.py::test_no": "failed"}
    project.write(TESTS.replace("assert False", "assert True", 1))
    assert project.run("-k", "test_no", *processes)["test_it.py::test_no"] == "passed"
    assert project.run("tests/unit")["test_it.py::test_two[a]"] == "passed"


def test_a_test_that_has_another_name_is_forgotten_under_the_old_one(project):
    project.run()
    project.write("def test_other():\n    pass\n", "test_other.py")
    project.write("def test_new():\n    pass\n")
    assert project.run("tests/emulated/test_other.py") == {**ALL, "test_other.py::test_other": "passed"}
    assert project.run() == {"test_it.py::test_new": "passed", "test_other.py::test_other": "passed"}


def test_another_image_begins_anew(project):
    project.run()
    project.image.write_bytes(b"another")
    kept = project.run("tests/emulated/test_it.py::test_no")
    assert {name for name, outcome in kept.items() if outcome != "not run"} == {"test_it.py::test_no"}


def test_of_an_image_that_changes_while_it_runs_nothing_is_kept(project):
    project.write(
        "import os, pathlib\ndef test_it():\n    pathlib.Path(os.environ['THETABOX_IMAGE']).write_text('new')\n"
    )
    assert project.run() is None


def test_what_never_ran_the_image_on_the_emulated_board_is_not_kept(project):
    assert project.run("tests/unit") is None
    assert project.run("--collect-only") is None
    assert project.run(THETABOX_TEST_PORT="renode:") is None
    project.image.unlink()
    assert project.run() is None


def test_a_process_that_dies_has_failed(project):
    project.write("import os\ndef test_dies():\n    os._exit(3)\ndef test_lives():\n    pass\n")
    assert project.run("-n", "1")["test_it.py::test_dies"] == "failed"
