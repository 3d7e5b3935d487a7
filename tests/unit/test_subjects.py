"""Motor thresholds that are remembered, and intensities that refer to them."""

import json
from dataclasses import replace
from fractions import Fraction

import pytest
from command import thetabox
from thetabox.errors import ThetaboxError
from thetabox.evidence.subjects import Threshold, file_of, recall, remember, thresholds

FOUND = Threshold(47.3, "bank", "maximum likelihood", "2026-01-31T10:00:00+00:00", "ab", 19, (45.1, 50.2), "sessions/x")


@pytest.fixture
def folder(tmp_path):
    remember(tmp_path / "subjects", "m12", FOUND)
    return tmp_path / "subjects"


def test_the_latest_on_the_same_stimulator_counts(folder):
    later = replace(FOUND, percent_mso=50, interval_percent=None, operator="cd")
    assert remember(folder, "m12", replace(later, profile="ttl")) == file_of(folder, "m12")
    assert recall(folder, "m12", "bank") == FOUND
    remember(folder, "m12", later)
    assert recall(folder, "m12", "bank") == later and len(thresholds(folder, "m12")) == 3
    assert [path.name for path in folder.iterdir()] == ["m12.json"]


def test_any_name_is_a_file_of_its_own_in_the_folder(tmp_path):
    names = ["m12", "m/12", "../m12", "..", "Maus 7", "é", "a:b", "m.12"]
    for index, name in enumerate(names):
        remember(tmp_path, name, replace(FOUND, percent_mso=10 + index))
    assert [recall(tmp_path, name, "bank").percent_mso for name in names] == [10 + i for i in range(len(names))]
    assert len(list(tmp_path.iterdir())) == len(names)


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{}", '{"format": 1, "subject": "m12", "thresholds": [{}]}', '{"format": 1, "subject": "other"}'],
)
def test_a_damaged_file_is_one_line_and_is_not_written_over(folder, text):
    file_of(folder, "m12").write_text(text)
    with pytest.raises(ThetaboxError, match=r"m12\.json"):
        recall(folder, "m12", "bank")
    with pytest.raises(ThetaboxError):
        remember(folder, "m12", FOUND)
    assert file_of(folder, "m12").read_text() == text


@pytest.mark.parametrize("percent", [0, 101, "47", True])
def test_a_threshold_that_cannot_be_is_refused(folder, percent):
    whole = json.loads(file_of(folder, "m12").read_text())
    whole["thresholds"][0]["percent_mso"] = percent
    file_of(folder, "m12").write_text(json.dumps(whole))
    with pytest.raises(ThetaboxError, match="percent_mso"):
        recall(folder, "m12", "bank")


@pytest.mark.parametrize(
    ("intensity", "target_v"),
    [("80%RMT", 0.8 * 47.3 * 3.6), ("80 % rmt", 0.8 * 47.3 * 3.6), ("60%MSO", 216), ("60%", 216), ("60.5", 217.8)],
)
def test_intensities_are_resolved(folder, intensity, target_v):
    shown = json.loads(thetabox(
        "show", "iTBS600", "--json", "--intensity", intensity, "--subject", "m12", "--subjects", str(folder)
    ).stdout)  # fmt: skip
    assert shown["target_v"] == pytest.approx(target_v, abs=0.001)
    words = "80 % of m12's RMT of 47.3 % MSO is 37.84 % MSO (measured 2026-01-31 on bank)"
    assert shown["intensity"] == (words if "mt" in intensity.lower() else "")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--intensity", "80%RMT"), "error: 80%RMT needs the subject whose threshold it is — say it with --subject"),
        (("--intensity", "80%RMT", "--subject", "m13"), "error: no motor threshold of m13 is known in "),
        (("--intensity", "80%RMT", "--subject", "m12", "--profile", "ttl"),
         "error: no motor threshold of m12 is known on ttl, only on bank — find it with `thetabox pulse --search"),
        (("--intensity", "250%RMT", "--subject", "m12"),
         "error: 250 % of m12's RMT of 47.3 % MSO is 118.25 % MSO, outside 0 to 100 % — choose up to 211.4%RMT"),
        (("--intensity", "10%RMT", "--subject", "m12"), "error: iTBS600 on bank: The target voltage is outside"),
        (("--intensity", "0%"), "error: --intensity 0% is outside 0 to 100 % — choose"),
        (("--intensity", "80%AMT"), "error: --intensity '80%AMT' is not an intensity — write it as 60, 60%MSO"),
        (("--intensity", "nan"), "error: --intensity 'nan' is not an intensity"),
        (("--intensity", "1e3"), "error: --intensity '1e3' is not an intensity"),
    ],
)  # fmt: skip
def test_an_intensity_that_cannot_be_is_one_line(folder, arguments, message):
    done = thetabox("run", "iTBS600", "--yes", "--subjects", str(folder), *arguments)
    assert done.returncode == 3 and done.stdout == ""
    assert done.stderr.startswith(message) and done.stderr.count("\n") == 1 and " — " in done.stderr


def test_a_stimulator_of_its_own_is_set_by_the_operator(folder):
    remember(folder, "m12", replace(FOUND, profile="ttl"))
    done = thetabox(
        "show", "iTBS600", "--profile", "ttl", "--intensity", "100%RMT", "--subject", "m12", "--subjects", str(folder)
    )
    assert "set the stimulator to 47.3 %: ThetaBox does not" in done.stdout


def test_tenths_stay_exact():
    assert FOUND.exact == Fraction(473, 10)
