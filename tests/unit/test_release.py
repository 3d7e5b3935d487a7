"""What a release gathers: the wheel holds all that a user without the repository needs, and the sums are true."""

import importlib.util
import subprocess
import sys
import zipfile
from pathlib import Path

import images
import pytest
from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
RENODE = ("hw/renode", "thetabox/data/renode")


@pytest.fixture(scope="module")
def release():
    spec = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def wheel(release, tmp_path_factory):
    folder = tmp_path_factory.mktemp("release")
    release.wheel(folder)
    (path,) = folder.iterdir()
    return path


def test_the_wheel_is_of_this_version(wheel):
    assert wheel.name == f"thetabox-{VERSION}-py3-none-any.whl"


def test_the_wheel_holds_every_module_and_every_file(wheel):
    """The packages and the models for Renode as they stand in the repository, and nothing else beside the metadata."""
    expected = set()
    for kept, there in (("host/thetabox", "thetabox"), ("firmware/contract", "contract"), RENODE):
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", kept],
            cwd=ROOT, capture_output=True, text=True, check=True,
        )  # fmt: skip
        paths = [path for path in listed.stdout.splitlines() if (ROOT / path).exists()]
        expected |= {there + path.removeprefix(kept) for path in paths}
    names = set(zipfile.ZipFile(wheel).namelist())
    assert {name for name in names if ".dist-info/" not in name} == expected
    data = ("protocol/library/itbs600.toml", "protocol/profiles/ttl.toml", "data/60-thetabox.rules")
    assert {"contract/messages.py", *(f"thetabox/{name}" for name in data)} <= names


def test_the_wheel_needs_no_repository(wheel, tmp_path):
    """Unpacked elsewhere, with nothing of the repository on the path: the command finds its own files."""
    zipfile.ZipFile(wheel).extractall(tmp_path)
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import contract, thetabox; "
        "from thetabox.board.supplies import checkout; from thetabox.doctor.ports import rules_file; "
        f"assert thetabox.__file__.startswith({str(tmp_path)!r}) and contract.__file__.startswith({str(tmp_path)!r}); "
        "assert checkout() is None and rules_file().is_file(); "
        "sys.argv = ['thetabox', 'show', 'iTBS600', '--profile', 'ttl']; from thetabox.cli.app import main; main()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0 and "191.84 s" in done.stdout, done.stderr


def test_sums_are_true(release, tmp_path, monkeypatch):
    monkeypatch.setattr(release, "check", lambda image: None)
    image = tmp_path / "thetabox.uf2"
    image.write_bytes(images.uf2())
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "old.whl").write_text("of an older release")
    files = release.gather(image, tmp_path / "out")
    assert [path.name for path in files] == [
        f"thetabox-{VERSION}-py3-none-any.whl", f"thetabox-{VERSION}.uf2", "SHA256SUMS",
    ]  # fmt: skip
    check = ["sha256sum", "--strict", "-c", "SHA256SUMS"]
    assert subprocess.run(check, cwd=tmp_path / "out", capture_output=True, check=False).returncode == 0
    (tmp_path / "out" / f"thetabox-{VERSION}.uf2").write_bytes(b"other")
    assert subprocess.run(check, cwd=tmp_path / "out", capture_output=True, check=False).returncode == 1


def test_an_image_that_is_not_whole_is_no_release(tmp_path):
    image = tmp_path / "half.uf2"
    image.write_bytes(images.uf2(region=images.REGION // 2))
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools/release.py"), "--image", str(image), "--out", str(tmp_path / "out")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1 and done.stderr.startswith(f"error: {image} leaves 320 KiB of the image region")
    assert not (tmp_path / "out").exists()
