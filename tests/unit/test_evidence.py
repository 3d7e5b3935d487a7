"""Records, judgement, stamps, VCD and the session's folder."""

import json

import numpy as np
import pytest
from thetabox.capture import Capture
from thetabox.errors import ThetaboxError
from thetabox.evidence import folder as files
from thetabox.evidence import vcd
from thetabox.evidence.judge import judge
from thetabox.evidence.record import MISSING, build
from thetabox.evidence.segments import Segment, pauses, segments, whole
from thetabox.evidence.stamps import bank_volts, edge_ticks
from thetabox.protocol import compile_protocol, load, profile

ITBS = compile_protocol(load("iTBS600"), profile("bank"))
START = 12_345_678


def records(rises=None, widths=12_500, fired=True, windows=600, volts=(214.0, 192.0), parts=None):
    rises = ITBS.onset_ticks + START if rises is None else rises
    falls = rises + widths
    return build(
        ITBS.onset_ticks, ITBS.indices, rises, falls, fired=rises + 250 if fired is True else fired,
        bank_v=np.tile(volts, (windows, 1)), windows=windows, segments=parts or whole(),
    )  # fmt: skip


def verdict(made, **options):
    return judge(made, 12_500, target_v=216.0, **options)


def test_a_perfect_session_passes():
    result = verdict(records())
    assert result.verdict == "PASS" and result.reasons == []
    assert result.counts == {"delivered": 600, "misfired": 0, "skipped": 0, "aborted": 0, "unknown": 0}
    assert [(e.name, e.n, e.worst_ticks) for e in result.levels] == [
        ("pulse interval", 400, 0), ("burst period", 180, 0), ("train period", 19, 0), ("width", 600, 0),
    ]  # fmt: skip
    assert json.loads(json.dumps(result.as_dict()))["verdict"] == "PASS"


def test_a_level_without_intervals_lends_its_name_to_no_other():
    """One pulse a burst: there is no pulse interval, and the burst period stays the burst period."""
    onset = np.arange(10, dtype=np.int64) * 25_000_000
    indices = np.stack([np.zeros(10, np.int64), np.arange(10)], axis=1)
    made = build(onset, indices, onset, onset + 12_500, fired=None, bank_v=None, segments=whole())
    assert [(each.name, each.n) for each in judge(made, 12_500).levels] == [("burst period", 9), ("width", 10)]


def paused(rest_ticks, resumed=300):
    """(rises, segments) of a train that rested before a pulse for so many ticks more than its gap."""
    rises = ITBS.onset_ticks + START
    rises[resumed:] += rest_ticks
    middle = int(rises[resumed - 1]) + 100_000_000
    return rises, [Segment(0, START - 1, middle), Segment(resumed, middle, 2**62)]


def test_a_paused_train_is_exact_on_both_sides():
    rises, parts = paused(123_456_789_123)
    made = records(rises, parts=parts)
    rests = pauses(parts, ITBS.onset_ticks, rises)
    result = verdict(made, pauses=rests)
    assert result.verdict == "PASS" and result.worst_onset_ticks == 0
    assert [(each.after, each.scheduled_s, each.early) for each in rests] == [(300, 8.16, False)]
    assert rests[0].gap_s == pytest.approx(8.16 + 987.654312984)
    assert made.segment.tolist() == [0] * 300 + [1] * 300
    assert result.levels[2].n == 18  # the pause is no train period
    rises[400] += 1
    assert verdict(records(rises, parts=parts)).worst_onset_ticks == 1


def test_a_train_that_goes_on_too_early_fails():
    rises, parts = paused(-125_000)
    result = verdict(records(rises, parts=parts), pauses=pauses(parts, ITBS.onset_ticks, rises))
    assert any("too early: 8.159 s, 8.160 s are scheduled" in reason for reason in result.reasons)


def test_segments_on_either_zero():
    about = {
        "segments": [
            {"first": 0, "board_s": 2.0, "start_us": 1_900_000},
            {"first": 30, "board_s": 9.5, "start_us": 9_400_000},
        ]
    }
    captured, stamped = segments(about, True), segments(about, False)
    assert [(each.first, each.begin) for each in captured] == [(0, 250_000_000), (30, 1_187_500_000)]
    assert [each.begin for each in stamped] == [206_250_000, 1_143_750_000]
    assert captured[0].end == captured[1].begin and segments({"segments": []}, True) == []


def test_one_tick_is_seen():
    rises = ITBS.onset_ticks + START
    rises[300] += 1
    result = verdict(records(rises))
    assert result.reasons == ["An onset is 1 tick (0.008 us) from its schedule; allowed: 0."]
    widths = np.full(600, 12_500)
    widths[5] -= 2
    assert verdict(records(widths=widths)).reasons == ["A width is 2 ticks (0.016 us) wrong; allowed: 0."]
    assert verdict(records(rises), tolerance_ticks=16).verdict == "PASS"


def test_drift_is_measured():
    rises = np.round(ITBS.onset_ticks * (1 + 30e-6)).astype(np.int64) + START
    assert verdict(records(rises)).drift_ppm == pytest.approx(30, rel=1e-3)


def test_missing_pulses_are_skipped_or_aborted_and_counts_reconcile():
    rises = np.delete(ITBS.onset_ticks + START, [10, 11])[:400]
    made = records(rises, windows=402)
    counts = made.counts()
    assert counts == {"delivered": 400, "misfired": 0, "skipped": 2, "aborted": 198, "unknown": 0}
    assert sum(counts.values()) == 600
    assert made.observed[10] == MISSING and made.observed[12] == ITBS.onset_ticks[12]
    assert "400 of 600 pulses delivered." in verdict(made, ended="because.").reasons


def test_a_first_pulse_that_is_missing_does_not_shift_the_others():
    made = records((ITBS.onset_ticks + START)[1:])
    assert made.observed[0] == MISSING and made.observed[1] == ITBS.onset_ticks[1]


def test_misfires_strays_and_extras():
    rises = ITBS.onset_ticks + START
    made = records(fired=np.delete(rises + 250, 7))
    assert made.counts()["misfired"] == 1 and made.outcome[7] == "misfired"
    stray = records(fired=np.sort(np.append(rises + 250, START + 1_000_000)))
    assert stray.fired_without_trigger == 1
    assert "1 coil current without a trigger." in verdict(stray).reasons
    extra = records(np.sort(np.append(rises, START + 100_000_000 + 7)))
    assert extra.extra == 1 and "1 trigger without a scheduled pulse." in verdict(extra).reasons


def test_the_bank_is_judged():
    assert (
        "600 pulses given with the bank outside its window of 203.7-224.0 V."
        in verdict(records(volts=(190.0, 170.0))).reasons
    )
    assert "600 pulses without a bank voltage in the record." in verdict(records(volts=(np.nan, np.nan))).reasons


def test_nothing_observed():
    made = records(np.zeros(0, np.int64), windows=0, fired=np.zeros(0, np.int64))
    assert verdict(made).counts["aborted"] == 600 and verdict(made).verdict == "FAIL"
    assert verdict(made).worst_onset_ticks is verdict(made).worst_width_ticks is verdict(made).drift_ppm is None


def stamp(ticks):
    """What the board would send for edges at these ticks."""
    raw = np.zeros(len(ticks), [("us", "<u4"), ("counter", "<u2")])
    raw["us"] = (ticks // 125) & 0xFFFFFFFF
    raw["counter"] = (ticks + 4_321) & 0xFFFF
    return raw.tobytes()


@pytest.mark.parametrize("start", [1_000, 125 * ((1 << 32) - 2_000_000)])
def test_stamps_are_unwrapped_to_the_tick(start):
    """Over wraps of the counter (0.5 ms) and of the timer (71 minutes)."""
    ticks = start + np.cumsum(np.random.default_rng(1).integers(60, 900_000, 2_000))
    found = edge_ticks(stamp(ticks))
    assert np.array_equal(found - found[0], ticks - ticks[0])
    assert len(edge_ticks(b"")) == 0


def test_bank_samples():
    counts = np.array([1326, 1186, 0xFFFF, 1186, 5], "<u2")
    volts = bank_volts(counts.tobytes())
    assert volts.shape == (2, 2) and volts[0, 0] == pytest.approx(213.66, abs=0.01) and np.isnan(volts[1, 0])


def capture(edges=1_000):
    rng = np.random.default_rng(2)
    tick = np.cumsum(rng.integers(1, 5_000, edges))
    return Capture(("TRIG_A", "FIRED"), tick, (np.arange(edges) % 2).astype(np.uint8),
                   (np.arange(edges) // 2 % 3).astype(np.uint8))  # fmt: skip


def test_vcd_and_npz_give_back_the_capture(tmp_path):
    made = capture()
    vcd.write(made, tmp_path / "c.vcd")
    made.save(tmp_path / "c.npz")
    for back in (vcd.read(tmp_path / "c.vcd"), Capture.load(tmp_path / "c.npz")):
        assert back.names == made.names
        for name in made.names:
            for ours, theirs in zip(made.pulses(name), back.pulses(name), strict=True):
                assert np.array_equal(ours, theirs)
    head = (tmp_path / "c.vcd").read_text()[:400]
    assert "$timescale 1 ns $end" in head and "TRIG_A" in head


def test_foreign_vcd_and_nonsense(tmp_path):
    path = tmp_path / "other.vcd"
    path.write_text("$timescale 10 us $end\n$var wire 1 ! D0 $end\n$enddefinitions $end\n#0\n0!\n#3\n1!\n#5\n0!\n")
    assert [x.tolist() for x in vcd.read(path).pulses("D0")] == [[3750], [6250]]
    path.write_text("hello")
    with pytest.raises(ThetaboxError, match=r"other\.vcd is not a VCD file"):
        vcd.read(path)
    with pytest.raises(ThetaboxError, match="cannot be read"):
        vcd.read(tmp_path / "none.vcd")


def closed(tmp_path):
    made = files.SessionFolder(tmp_path / "s")
    for index in range(4):
        made.event("tick", index / 10, n=index)
    (made / "protocol.toml").write_text("x")
    made.close({"protocol": "x"})
    return tmp_path / "s"


def test_folder_is_whole_until_it_is_touched(tmp_path):
    path = closed(tmp_path)
    about = files.load(path)
    assert files.faults_of(path, about) == []
    (path / "protocol.toml").write_text("y")
    assert files.faults_of(path, about) == ["protocol.toml has been altered."]
    (path / "protocol.toml").unlink()
    assert files.faults_of(path, about) == ["protocol.toml is missing."]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda lines: [lines[0], lines[1].replace('"n": 1', '"n": 9'), *lines[2:]], "broken at line 3"),
        (lambda lines: lines[:1] + lines[2:], "broken at line 2"),
        (lambda lines: [lines[0], lines[2], lines[1], lines[3]], "broken at line 2"),
        (lambda lines: lines[:3], "last events of events.jsonl are missing"),
    ],
)
def test_chain_of_events_tells_what_was_done_to_it(tmp_path, change, reason):
    path = closed(tmp_path)
    about = files.load(path)
    lines = (path / "events.jsonl").read_text().splitlines()
    (path / "events.jsonl").write_text("\n".join(change(lines)) + "\n")
    assert any(reason in fault for fault in files.faults_of(path, about))


def test_folders_are_never_overwritten(tmp_path):
    path = closed(tmp_path)
    with pytest.raises(ThetaboxError, match="exists — choose another name with --out"):
        files.SessionFolder(path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ThetaboxError, match="cannot be made"):
        files.SessionFolder(tmp_path / "file" / "s")
    with pytest.raises(ThetaboxError, match="is not a session's folder"):
        files.load(tmp_path)
