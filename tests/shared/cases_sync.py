"""The random intervals of SYNC, the same on both ends."""

from contract import sync


def test_intervals_are_within_their_bounds_and_cover_the_train():
    made = list(sync.intervals((50, 2_000, 7), 100 * 125_000_000))
    assert min(made) >= 50 * 125_000 and max(made) <= 2_000 * 125_000
    assert sum(made[:-1]) <= 100 * 125_000_000 < sum(made)
    assert all(ticks % 125 == 0 for ticks in made)


def test_intervals_are_uniform():
    made = list(sync.intervals((100, 1_900, 3), 1_000 * 125_000_000))
    mean = sum(made) / len(made)
    assert 0.95 < mean / (1_000 * 125_000) < 1.05
    quarters = [0, 0, 0, 0]
    for ticks in made:
        quarters[min(3, (ticks // 125_000 - 100) // 450)] += 1
    assert min(quarters) > len(made) / 5


def test_the_seed_makes_the_intervals():
    first = list(sync.intervals((50, 60_000, 1), 10**11))
    assert first == list(sync.intervals((50, 60_000, 1), 10**11))
    assert first != list(sync.intervals((50, 60_000, 2), 10**11))
    # xorshift32 from 1 gives 270369 first (Marsaglia 2003, [13, 17, 5])
    assert first[0] == (50_000 + 270_369 % 59_950_001) * 125


def test_one_interval_when_all_are_equal():
    assert set(sync.intervals((50, 50, 9), 10**9)) == {50 * 125_000}
