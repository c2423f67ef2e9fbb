import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from convlens.audit.intervals import (
    bootstrap_mean,
    bootstrap_means,
    bootstrap_of,
    finite,
    means_of,
    percentiles,
    resampled_means,
    share_of,
    shares_of,
    wilson,
)
from convlens.errors import SettingsError


@pytest.mark.parametrize(
    ("successes", "count", "low", "high", "places"),
    [
        (9_000, 10_000, 0.8940, 0.9057, 4),
        (9_800, 10_000, 0.9771, 0.9826, 4),
        (90, 100, 0.826, 0.945, 3),
        (10_000, 10_000, 0.9996, 1.0, 4),
    ],
)
def test_wilson_gives_the_published_reference_intervals(successes, count, low, high, places):
    ends = wilson(successes, count)
    assert [round(float(end), places) for end in ends] == [low, high]


@given(
    st.integers(1, 5000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))), st.floats(0.5, 0.999)
)
def test_wilson_agrees_with_scipy(successes_of_count, level):
    successes, count = successes_of_count
    low, high = wilson(successes, count, level)
    reference = binomtest(successes, count).proportion_ci(level, method="wilson")
    assert float(low) == pytest.approx(reference.low, abs=1e-12)
    assert float(high) == pytest.approx(reference.high, abs=1e-12)
    assert 0 <= low <= successes / count <= high <= 1


def test_wilson_takes_many_shares_at_once():
    low, high = wilson(np.array([[0, 5], [9, 10]]), 10)
    assert low.shape == high.shape == (2, 2)
    assert low[1, 0] == wilson(9, 10)[0]


@pytest.mark.parametrize(("share", "count"), [(0.1, 300), (0.5, 300), (0.87, 300), (0.9, 10_000), (0.74, 2000)])
def test_a_wilson_interval_holds_the_true_share_95_times_in_100(share, count):
    successes = np.random.default_rng(1).binomial(count, share, size=20_000)
    low, high = wilson(successes, count)
    assert 0.93 <= np.mean((low <= share) & (share <= high)) <= 0.97


@pytest.mark.parametrize(("successes", "count", "level"), [(0, 0, 0.95), (11, 10, 0.95), (-1, 10, 0.95), (5, 10, 95)])
def test_what_is_no_share_has_no_interval(successes, count, level):
    with pytest.raises(SettingsError):
        wilson(successes, count, level)


def resampled_image_by_image(values: np.ndarray, draws: int, seed: int) -> tuple[float, float]:
    which = np.random.default_rng(seed).integers(0, len(values), (draws, len(values)))
    low, high = np.quantile(values[which].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


@pytest.mark.parametrize("levels", [3, 400])
def test_the_bootstrap_agrees_with_drawing_image_by_image(levels):
    values = np.random.default_rng(0).integers(0, levels, 400) / levels
    quick = bootstrap_mean(values, draws=8000)
    slow = resampled_image_by_image(values, 8000, 1)
    assert quick == pytest.approx(slow, abs=0.04 * (slow[1] - slow[0]))


def test_a_bootstrap_interval_holds_the_true_mean_95_times_in_100():
    samples = np.random.default_rng(2).beta(5, 2, (600, 120)).round(2)
    ends = np.array([bootstrap_mean(sample, draws=400, seed=row) for row, sample in enumerate(samples)])
    assert 0.93 <= np.mean((ends[:, 0] <= 5 / 7) & (ends[:, 1] >= 5 / 7)) <= 0.97


def test_the_same_seed_gives_the_same_interval_and_a_constant_has_no_width():
    values = np.random.default_rng(3).random(50)
    assert bootstrap_mean(values, seed=4) == bootstrap_mean(values, seed=4) != bootstrap_mean(values, seed=5)
    assert bootstrap_mean(np.full(9, 0.25)) == (0.25, 0.25)


def test_ten_thousand_different_values_are_resampled_in_blocks():
    values = np.random.default_rng(6).normal(size=10_000)
    low, high = bootstrap_mean(values, draws=450)
    # The normal interval of a mean: 1.96 standard errors to each side.
    reach = 1.96 * values.std() / 100
    assert (low, high) == pytest.approx((values.mean() - reach, values.mean() + reach), abs=0.15 * reach)


@pytest.mark.parametrize("values", [[], [0.5, float("nan")], [float("inf")]])
def test_a_mean_of_nothing_or_of_what_is_not_finite_has_no_interval(values):
    with pytest.raises(SettingsError, match="finite values of at least one image"):
        bootstrap_mean(np.array(values, np.float64))


def clustered_cells(generator: np.random.Generator, tries: int, images: int, cells: int) -> np.ndarray:
    """Right answers (tries, images, cells): cells of one image stand or fall together; the true accuracy is 5/7."""
    ease = generator.beta(1.25, 0.5, (tries, images, 1))
    return generator.random((tries, images, cells)) < ease


def test_the_interval_of_the_mean_over_cells_holds_the_truth_95_times_in_100():
    tries = clustered_cells(np.random.default_rng(7), 1000, 150, 9)
    ends = np.array([bootstrap_means(one.mean(axis=1)[:, None], draws=400) for one in tries])[..., 0]
    assert 0.93 <= np.mean((ends[:, 0] <= 5 / 7) & (ends[:, 1] >= 5 / 7)) <= 0.97
    # as if each cell were an image of its own, the very same answers would give intervals that are far too short
    hits = tries.sum(axis=(1, 2))
    low, high = wilson(hits, 150 * 9)
    assert np.mean((low <= 5 / 7) & (high >= 5 / 7)) < 0.75


def test_many_columns_are_resampled_as_each_would_be_alone():
    values = np.random.default_rng(0).beta(2, 1, (300, 4))
    together = np.array(bootstrap_means(values, draws=4000))
    alone = np.array([resampled_image_by_image(column, 4000, 1) for column in values.T]).T
    assert together == pytest.approx(alone, abs=0.004)
    for place in range(4):
        low, high = bootstrap_means(values[:, [place]], draws=4000)
        assert (float(low[0]), float(high[0])) == pytest.approx(tuple(together[:, place]))


def test_the_same_images_are_drawn_whatever_the_columns():
    values = np.random.default_rng(1).random((50, 2))
    both = resampled_means(values, draws=30, seed=3)
    assert both[:, [1]] == pytest.approx(resampled_means(values[:, [1]], draws=30, seed=3))
    assert not np.allclose(both, resampled_means(values, draws=30, seed=4))


def test_resampling_in_blocks_draws_each_image_as_often_as_any(monkeypatch):
    monkeypatch.setattr("convlens.audit.blocks.HELD", 100)
    counts = resampled_means(np.eye(40), draws=500) * 40  # how often each image comes in each resample
    assert counts.sum(axis=1) == pytest.approx(np.full(500, 40))
    assert counts.mean() == pytest.approx(1)
    assert counts.var() == pytest.approx(1 - 1 / 40, abs=0.05)  # that of a binomial with n = 40, p = 1/40


def test_a_ratio_of_means_has_an_interval():
    values = np.random.default_rng(2).gamma(4, 1, (400, 2))
    low, high = bootstrap_of(lambda means: means[:, :1] / means[:, 1:], values)
    ratio = values[:, 0].mean() / values[:, 1].mean()
    # the delta method's standard error
    residuals = (values[:, 0] - ratio * values[:, 1]) / values[:, 1].mean()
    reach = 1.96 * residuals.std() / 20
    assert (float(low[0]), float(high[0])) == pytest.approx((ratio - reach, ratio + reach), abs=0.1 * reach)


def test_percentiles_are_drawn_values_and_what_is_not_known_widens_both_ends():
    drawn = np.arange(1000.0)[:, None] + np.zeros(3)
    drawn[900:, 1] = np.inf
    drawn[400:430, 2] = np.nan
    low, high = percentiles(drawn[np.random.default_rng(0).permutation(1000)])
    assert low.tolist() == [24, 24, -np.inf]
    assert high.tolist() == [975, np.inf, np.inf]
    assert [finite(float(end)) for end in high] == [975, None, None]


def test_shares_that_are_the_same_for_all_images_still_have_width():
    everyone = means_of(np.array([[1.0, 0.0, 0.3, 0.1]] * 20))
    assert everyone[0].low == share_of(np.full(20, True)).low < 1
    assert everyone[1].high == share_of(np.full(20, False)).high > 0
    assert everyone[2].low <= everyone[2].value <= everyone[2].high
    assert everyone[3].low <= everyone[3].value <= everyone[3].high
    assert means_of(np.full((20, 1), 1.0), shares=False)[0].low == 1


def test_shares_of_columns_are_those_of_each():
    hits = np.random.default_rng(3).random((30, 4)) < 0.4
    column = shares_of(hits)
    for place in range(4):
        assert column[place] == share_of(hits[:, place])
        assert column[place].value == hits[:, place].mean()


@pytest.mark.parametrize("values", [np.zeros((0, 2)), np.array([[1.0], [np.nan]])])
def test_columns_of_nothing_or_of_what_is_not_finite_have_no_interval(values):
    with pytest.raises(SettingsError, match="finite values of at least one image"):
        bootstrap_means(values)


def test_a_level_is_between_0_and_1():
    with pytest.raises(SettingsError, match=r"like 0\.95, got 95"):
        bootstrap_means(np.ones((3, 1)), 95)
