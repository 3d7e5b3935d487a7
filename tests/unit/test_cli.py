"""The command line: what is printed, and with which exit code."""

import io
import json
import subprocess
import sys

import pytest
import typer
from contract import messages
from thetabox.cli import app
from thetabox.cli.explain import explain
from thetabox.plural import counted


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


def test_pulse_says_its_own_default_profile():
    shown = " ".join(thetabox("pulse", "--help").stdout.split())
    assert "Device profile. [default: bank]" in shown and "the protocol's" not in shown


def test_one_is_no_plural(tmp_path):
    path = tmp_path / "one.toml"
    for onsets, shown in (("0", "1 listed onset"), ("0, 20", "2 listed onsets")):
        path.write_text(f'name = "one"\nonsets_ms = [{onsets}]\n')
        assert f"  {shown}\n" in thetabox("show", str(path), "--intensity", "50").stdout
    assert [counted(1, "pulse"), counted(0, "pulse"), counted(2, "series")] == ["1 pulse", "0 pulses", "2 series"]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("show", "nothing"), 3, "error: no protocol 'nothing' — choose one of"),
        (("show", ""), 3, "error: the protocol's name is empty — see"),
        (("run", "iTBS600", "--out", "/tmp"), 3, "error: the session folder /tmp exists — choose another name"),
        (("status", "--pid", "1"), 3, "error: no session runs in process 1 — see"),
        (("show", "iTBS600", "--profile", "x"), 3, "error: no device profile 'x' — choose one of"),
        (("show", "iTBS600", "--intensity", "much"), 3, "error: --intensity 'much' is not an intensity — write"),
        (("show", "iTBS600", "--intensity", "120"), 3, "error: --intensity 120 is outside 0 to 100 % — choose"),
        (("run", "iTBS600", "--yes", "--port", "/dev/none"), 5, "error: port /dev/none cannot be opened — check"),
        (("run", "iTBS600", "--yes", "--port", "renode:x"), 5, "error: port 'renode:x' is not known — use"),
        (
            ("validate", "/nowhere"),
            3,
            "error: /nowhere is not a session's folder: there is no such folder — name the one that ",
        ),
        (("run", "iTBS600", "--yes", "--port", "emu:fast"), 5, "error: port 'emu:fast' is not known — use"),
        (("run", "iTBS600", "--yes", "--port", "emu:image=/none"), 3, "error: /none is not there — name a firmware"),
        (("fly",), 2, "error: No such command 'fly' — see `thetabox --help`"),
        (("run",), 2, "error: Missing argument 'PROTOCOL' — see `thetabox run --help`"),
        (("run", "iTBS600", "--nope"), 2, "error: No such option: --nope"),
    ],
)
def test_errors_are_one_line_with_a_remedy(arguments, code, message):
    done = thetabox(*arguments)
    assert done.returncode == code
    assert done.stderr.startswith(message) and done.stderr.count("\n") == 1 and " — " in done.stderr
    assert not any("--out" in given for given in arguments) or done.stdout == ""  # told before the table is shown


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


def test_a_file_that_is_no_image_is_told(tmp_path):
    path = tmp_path / "odd.uf2"
    path.write_bytes(bytes(2048))
    done = thetabox("run", "iTBS600", "--yes", "--port", f"emu:image={path}", "--out", str(tmp_path / "s"))
    assert done.returncode == 3 and not (tmp_path / "s").exists()
    assert (
        done.stderr == f"error: {path} is not a firmware image — run `make firmware`, or set THETABOX_IMAGE to a UF2\n"
    )


@pytest.mark.parametrize(
    ("said", "helps"), [((), "--yes"), (("--yes", "--profile", "ttl", "--port", "/dev/none"), "--confirmed")]
)
def test_nobody_to_answer_is_a_no(tmp_path, said, helps):
    done = subprocess.run(
        [sys.executable, "-m", "thetabox", "run", "iTBS600", "--out", str(tmp_path / "s"), *said],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 6 and not (tmp_path / "s").exists()
    assert done.stderr == f"aborted: the input ended before the answer — answer it, or say {helps}\n"


def test_no_arguments_show_the_help():
    done = thetabox()
    assert done.returncode == 2 and "Commands" in done.stdout and done.stderr == ""


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (OSError(28, "No space left on device", "a.csv"), 3, "error: a.csv: No space left on device — check the path"),
        (
            ZeroDivisionError("of\ntwo lines"),
            1,
            "error: ZeroDivisionError: of two lines — a defect of ThetaBox; report",
        ),
        (typer.Abort(), 6, "aborted"),
    ],
)
def test_what_nobody_has_foreseen_is_one_line_too(error, code, line, capsys):
    assert explain(error) == code
    assert capsys.readouterr().err.startswith(line)


def test_debug_shows_where(monkeypatch):
    def broken(**_):
        raise ZeroDivisionError

    monkeypatch.setattr(app, "app", broken)
    monkeypatch.setitem(app.SETTINGS, "debug", True)
    with pytest.raises(ZeroDivisionError):
        app.main()
    monkeypatch.setitem(app.SETTINGS, "debug", False)
    with pytest.raises(SystemExit) as left:
        app.main()
    assert left.value.code == 1


def test_timeline_shows_each_level(tmp_path):
    done = thetabox("show", "iTBS600")
    assert "600 in 191.84 s" in done.stdout and "first train  ||" in done.stdout and "3 in 40 ms" in done.stdout
    path = tmp_path / "listed.toml"
    path.write_text('name = "x"\nintensity_percent = 30\nonsets_ms = [0, 100, 250]\n'
                    '[[pattern]]\nunit = "group"\ncount = 5\ninterval_s = 1\n')  # fmt: skip
    assert "first group" in thetabox("show", str(path)).stdout
    path.write_text('name = "x"\nintensity_percent = 30\n[[pattern]]\ncount = 1\ninterval_s = 1\n')
    assert "1 in 0 s" in thetabox("show", str(path)).stdout


@pytest.mark.parametrize(
    ("state", "shown"), [(messages.CHARGING, "100.0 of 216.0 V"), (messages.RUNNING, "0.5 s left")]
)
def test_the_bar_shows_bank_and_time(state, shown):
    from rich.console import Console
    from thetabox.cli.progress import Bar
    from thetabox.protocol import compile_protocol, load

    console = Console(file=io.StringIO(), width=80, force_terminal=False)
    made = compile_protocol(load("cTBS300"))
    status = {"state": state, "target_mv": 216_000, "bank_mv": 100_000, "coil_centi_c": 2300, "triggered": 3,
              "first": 0, "start_us": 0, "time_us": 19_340_000, "flags": messages.FLAG_COIL_WARM}  # fmt: skip
    with Bar(console, made, emulated=True) as bar:
        bar.stage("charging")
        bar.update(status)
    assert shown in console.file.getvalue() and "3/300" in console.file.getvalue()
    assert "23.0 C WARM" in console.file.getvalue()
