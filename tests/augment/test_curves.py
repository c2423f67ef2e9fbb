import numpy as np
import pytest
from scipy import stats

from convlens.augment.curves import laplace, normal, numbers_on, quantile_table
from convlens.augment.fields import words_of
from convlens.rng import keys_of

CURVES = [(normal, stats.norm), (laplace, stats.laplace)]
NUMBERS = {curve: numbers_on(curve, words_of(keys_of(0, "noise", 0, np.arange(1000)), 2, 500)) for curve, _ in CURVES}
"""Four million of each."""

both = pytest.mark.parametrize(("curve", "known"), CURVES)


@both
def test_the_numbers_follow_the_curve(curve, known):
    numbers = NUMBERS[curve].ravel()
    assert stats.kstest(numbers[:200_000], known.cdf).pvalue > 0.001
    assert stats.kstest(numbers[-200_000:], known.cdf).pvalue > 0.001


@both
@pytest.mark.parametrize("share", [1e-2, 1e-3, 32 / 65536, 1 / 65536])
def test_as_many_numbers_lie_far_out_on_either_side_as_should(curve, known, share):
    numbers = NUMBERS[curve]
    low, high = stats.binom.interval(0.9999, numbers.size, share)
    assert low <= (numbers < known.ppf(share)).sum() <= high
    assert low <= (numbers > known.isf(share)).sum() <= high


@both
def test_the_table_holds_quantiles(curve, known):
    shares = (np.arange(65536) + 0.5) / 65536
    assert np.allclose(quantile_table(curve), known.ppf(shares), rtol=1e-6, atol=1e-6)


@both
def test_neighbours_are_unrelated(curve, known):
    numbers = NUMBERS[curve][0]
    for away in range(1, 9):
        assert abs(np.corrcoef(numbers[:, away:].ravel(), numbers[:, :-away].ravel())[0, 1]) < 5 / 2e6**0.5


@both
def test_planes_are_unrelated(curve, known):
    assert abs(np.corrcoef(*NUMBERS[curve].reshape(2, -1))[0, 1]) < 5 / 2e6**0.5


def test_mean_and_variance_of_the_normal_numbers():
    numbers = NUMBERS[normal].astype(np.float64)
    assert abs(numbers.mean()) < 5 / numbers.size**0.5
    assert abs((numbers**2).mean() - 1) < 5 * (2 / numbers.size) ** 0.5
