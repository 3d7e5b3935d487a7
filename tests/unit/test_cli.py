"""The command line: what is printed, and with which exit code."""

import json
import subprocess
import sys

import pytest


def thetabox(*arguments, **options):
    return subprocess.run(
        [sys.executable, "-m", "thetabox", *arguments], capture_output=True, text=True, check=False,
        env={"PATH": "/usr/bin:/bin", "COLUMNS": "200", "NO_COLOR": "1", **options},
    )  # fmt: skip


def test_protocols():
    done = thetabox("protocols")
    assert done.returncode == 0
    for name in ("cTBS300", "iTBS600", "imTBS600", "iTBS1800", "bank", "ttl"):
        assert name in done.stdout
    listed = json.loads(thetabox("protocols", "--json").stdout)
    assert {"name": "bank", "title": "The reference bank"} in listed["profiles"]


def test_show():
    done = thetabox("show", "iTBS600")
    assert done.returncode == 0
    assert "191.84 s" in done.stdout and "216.0 V" in done.stdout
    shown = json.loads(thetabox("show", "iTBS600", "--json", "--intensity", "50%").stdout)
    assert shown["pulses"] == 600 and shown["target_v"] == 180.0


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("show", "nothing"), 3, "error: no protocol 'nothing' — choose one of"),
        (("show", "iTBS600", "--profile", "x"), 3, "error: no device profile 'x' — choose one of"),
        (("show", "iTBS600", "--intensity", "much"), 3, "error: --intensity 'much' is not a percentage — write"),
        (("show", "iTBS600", "--intensity", "120"), 3, "error: --intensity 120 is outside 0 to 100 % — choose"),
        (("run", "iTBS600", "--yes", "--port", "/dev/none"), 5, "error: port /dev/none cannot be opened — check"),
        (("run", "iTBS600", "--yes", "--port", "renode:"), 5, "error: port 'renode:' is not known — use"),
        (("validate", "/nowhere"), 3, "error: /nowhere is not a closed session folder — it holds no session.json"),
        (("fly",), 2, ""),
    ],
)
def test_errors_are_one_line_with_a_remedy(arguments, code, message):
    done = thetabox(*arguments)
    assert done.returncode == code
    if message:
        assert done.stderr.startswith(message) and done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_no_image_says_how_to_get_one(tmp_path):
    done = thetabox("run", "iTBS600", "--yes", THETABOX_IMAGE=str(tmp_path / "none.uf2"))
    assert done.returncode == 5
    assert "run `make firmware`" in done.stderr


def test_a_no_is_a_no(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "thetabox", "run", "iTBS600", "--out", str(tmp_path / "s")],
        input="n\n", capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6 and not (tmp_path / "s").exists()
    assert "never for use on people" in done.stdout


def test_a_dose_beyond_its_limit_does_not_run(tmp_path):
    """3,000 pulses at 50 Hz and 100 % would overheat the coil: refused before a board is opened, asked or not."""
    path = tmp_path / "hot.toml"
    path.write_text('name = "hot"\n[[pattern]]\ncount = 3000\ninterval_ms = 20\n')
    done = thetabox("run", str(path), "--yes", "--intensity", "100%", "--out", str(tmp_path / "s"))
    assert done.returncode == 3 and not (tmp_path / "s").exists()
    assert done.stderr.startswith("error: coil at its hottest") and done.stderr.count("\n") == 1


def test_help_teaches():
    done = thetabox("run", "--help")
    assert "Example: thetabox run iTBS600" in done.stdout.replace("`", "")
    assert "Exit codes" in thetabox("--help").stdout


def test_start_up_is_quick():
    """numpy, matplotlib and the emulator are imported only where they are used."""
    code = "import sys, thetabox.cli.app; print(sorted({'numpy', 'matplotlib', 'rp2040py'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
