"""A session's folder whose files are gone, empty or cut: FAIL with the file's name, or one line; never a pass."""

import shutil

import pytest
from bystander import RUN, SHORT, command
from images import uf2
from thetabox.errors import ThetaboxError
from thetabox.evidence.validate import validate_folder

pytestmark = pytest.mark.emulated


@pytest.fixture
def closed(rig, home):
    """A session that has passed."""
    (home / "protocol.toml").write_text(SHORT)
    assert command(rig, *RUN)[0] == 0
    assert validate_folder(home / "s")[1].verdict == "PASS"
    return home / "s"


def told(folder):
    """What is said of a folder: the reasons of a FAIL, or the error."""
    try:
        judgement = validate_folder(folder)[1]
    except ThetaboxError as error:
        assert error.exit_code == 3 and "\n" not in error.message
        return f"{error.message}: {error.remedy}"
    return " ".join(judgement.reasons)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # numpy leaves open what is no zip
@pytest.mark.parametrize("harm", ["gone", "empty", "cut"])
def test_every_file_that_is_harmed_is_named(closed, harm):
    for whole in sorted(closed.iterdir()):
        copy = closed.with_name("copy")
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(closed, copy)
        path = copy / whole.name
        if harm == "gone":
            path.unlink()
        else:
            path.write_bytes(b"" if harm == "empty" else path.read_bytes()[: path.stat().st_size // 2])
        assert whole.name in told(copy), whole.name


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("[1]", "is not a session's"),
        ("{}", "is not a session's"),
        ('{"format": 7}', "is of format 7"),
        ('{"format": 1, "files": {}}', "lacks last_event"),
        ('{"format": 1, "files": {}, "last_event": ""}', "lacks ended, protocol, target_v"),
    ],
)
def test_a_session_file_of_something_else(tmp_path, text, wrong):
    (tmp_path / "session.json").write_text(text)
    assert wrong in told(tmp_path)


@pytest.mark.parametrize("content", [b"", b"x\n", bytes(2_048), uf2()[:700], uf2(family=0xE48BFF59)])
def test_what_is_no_image_is_not_emulated(home, rig, content):
    (home / "odd.uf2").write_bytes(content)
    code, line, before, after, _ = command(rig, "emulate", "--image", "odd.uf2", "--for", "0")
    assert (code, before) == (3, after)
    assert line == "error: odd.uf2 is not a firmware image — run `make firmware`, or set THETABOX_IMAGE to a UF2\n"
