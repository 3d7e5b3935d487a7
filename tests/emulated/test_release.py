"""A release is what it says: the image boots and tells the file's hash, and the wheel alone runs a session on it."""

import importlib.util
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from contract.version import VERSION

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.emulated


def test_a_user_without_the_repository_runs_a_session(tmp_path):
    spec = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
    release = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(release)
    wheel, image, _ = release.gather(release.IMAGE, tmp_path / "release")
    zipfile.ZipFile(wheel).extractall(tmp_path / "installed")
    protocol = tmp_path / "two.toml"
    protocol.write_text('name = "two"\n[[pattern]]\ncount = 2\ninterval_ms = 50\n')
    arguments = [
        "run",
        str(protocol),
        "--profile",
        "ttl",
        "--yes",
        "--json",
        "--port",
        f"emu:image={image}",
        "--out",
        "s",
    ]
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'installed')!r}); sys.argv = ['thetabox', *{arguments!r}]; "
        "from thetabox.cli.app import main; main()"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["counts"]["delivered"] == 2
    about = json.loads((tmp_path / "s" / "session.json").read_text())
    assert about["board"]["version"] == about["host"] == VERSION


def test_an_image_of_another_version_is_no_release(monkeypatch):
    spec = importlib.util.spec_from_file_location("release", ROOT / "tools" / "release.py")
    release = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(release)
    release.check(release.IMAGE)
    monkeypatch.setattr(release, "VERSION", "99.0.0")
    with pytest.raises(release.ThetaboxError, match="run `make firmware`"):
        release.check(release.IMAGE)
