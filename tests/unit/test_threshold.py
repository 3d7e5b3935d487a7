"""The searches for a motor threshold, on simulated subjects: how far off they end, after how many pulses."""

import random
import statistics

import pytest
from thetabox.protocol.threshold import MaximumLikelihood, RelativeFrequency, estimate

LOW, HIGH, SEARCHES = 6, 100, 60


def subject(rng, threshold, spread=0.07):
    """Answers as a cumulative Gaussian does."""
    return lambda percent: rng.gauss(0, 1) < (percent - threshold) / (spread * threshold)


def search(method, answer):
    trials = []
    while (step := method.step(trials)).percent is not None:
        trials.append((step.percent, answer(step.percent)))
    return step, trials


def searches(method, threshold, spread=0.07):
    """(relative errors in %, numbers of pulses) of many searches."""
    rng = random.Random(1)
    found = [search(method, subject(rng, threshold, spread)) for _ in range(SEARCHES)]
    return [100 * (step.threshold / threshold - 1) for step, _ in found], [len(trials) for _, trials in found]


@pytest.mark.parametrize("start", [40, 70])
@pytest.mark.parametrize("threshold", [15, 30, 50.5, 70, 90])
def test_maximum_likelihood_is_unbiased_after_18_pulses_and_the_climb(start, threshold):
    errors, pulses = searches(MaximumLikelihood(start, LOW, HIGH), threshold)
    assert abs(statistics.mean(errors)) < 1 and statistics.stdev(errors) < 3.5
    assert min(pulses) >= 18 and max(pulses) <= 18 + max(0, (90 + 15 - start) // 5)


@pytest.mark.parametrize("spread", [0.03, 0.12])
def test_another_slope_than_the_assumed_one_costs_precision_not_much_bias(spread):
    errors, _ = searches(MaximumLikelihood(40, LOW, HIGH), 50, spread)
    assert abs(statistics.mean(errors)) < 1.5 and statistics.stdev(errors) < 100 * spread / 2


@pytest.mark.parametrize("start", [40, 70])
@pytest.mark.parametrize("threshold", [30, 50, 70])
def test_relative_frequency_ends_a_little_high_after_many_pulses(start, threshold):
    errors, pulses = searches(RelativeFrequency(start, LOW, HIGH), threshold)
    assert 0 < statistics.mean(errors) < 2.5 and statistics.stdev(errors) < 3.5
    assert 35 < statistics.mean(pulses) < 80


def test_most_intervals_hold_the_threshold():
    rng = random.Random(2)
    steps = [search(MaximumLikelihood(40, LOW, HIGH), subject(rng, 52))[0] for _ in range(SEARCHES)]
    held = sum(low <= 52 <= high for low, high in (step.interval for step in steps))
    assert held >= 0.85 * SEARCHES
    assert all(low <= step.threshold <= high for step in steps for low, high in [step.interval])


@pytest.mark.parametrize("method", [MaximumLikelihood, RelativeFrequency])
@pytest.mark.parametrize(("threshold", "says"), [(130, "100 %"), (2, "6 %")])
def test_a_threshold_out_of_reach_is_told_and_not_made_up(method, threshold, says):
    step, trials = search(method(40, LOW, HIGH), subject(random.Random(1), threshold))
    assert step.threshold is None and says in step.says
    assert len(trials) <= 60 and all(LOW <= percent <= HIGH for percent, _ in trials)


@pytest.mark.parametrize("method", [MaximumLikelihood, RelativeFrequency])
@pytest.mark.parametrize("threshold", [20, 55, 85])
def test_no_step_up_is_a_leap(method, threshold):
    for seed in range(20):
        _, trials = search(method(40, LOW, HIGH), subject(random.Random(seed), threshold))
        highest = 40
        for percent, _ in trials:
            assert percent <= highest + 5
            highest = max(highest, percent)


def test_a_subject_without_noise_is_found_exactly():
    assert search(RelativeFrequency(40, LOW, HIGH), lambda percent: percent >= 47)[0].threshold == 47
    assert abs(search(MaximumLikelihood(40, LOW, HIGH), lambda percent: percent >= 47)[0].threshold - 46.5) < 0.6


def test_ten_trials_decide_a_level():
    """Four responses of nine leave it open; the tenth decides."""
    method = RelativeFrequency(40, LOW, HIGH)
    mixed = [(40, False)] * 2 + [(45, True)] * 5 + [(44, False), (44, True)] * 4 + [(44, False)]
    assert method.step(mixed).percent == 44
    assert method.step([*mixed, (44, True)]).percent == 43
    done = method.step([*mixed, (44, False)])
    assert done.percent is None and done.threshold == 45


def test_the_estimate_lies_between_a_miss_and_a_response():
    threshold, (low, high) = estimate([(40, False), (60, True)])
    assert 40 < threshold < 60 and low < threshold < high
    assert estimate([(40, False), (60, True), (50, True)])[0] < threshold
    assert MaximumLikelihood(40, LOW, HIGH).step([]).percent == RelativeFrequency(40, LOW, HIGH).step([]).percent == 40
