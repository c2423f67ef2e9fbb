import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binomtest

from convlens.audit.intervals import bootstrap_mean, wilson
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


@pytest.mark.parametrize("share", [0.1, 0.5, 0.87])
def test_a_wilson_interval_holds_the_true_share_95_times_in_100(share):
    successes = np.random.default_rng(1).binomial(300, share, size=20_000)
    low, high = wilson(successes, 300)
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
