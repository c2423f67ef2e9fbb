"""Spearman's rank correlation, by hand and against scipy."""

import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given
from hypothesis.strategies import integers, lists, tuples

from convlens.explain.saliency.ranks import rank_correlation, ranks


def test_equal_values_share_the_mean_of_their_ranks() -> None:
    assert ranks(np.array([3.0, 1, 3, 2, 3])).tolist() == [3, 0, 3, 1, 3]


def test_five_pairs_by_the_formula_without_ties() -> None:
    # 1 − 6·Σd²/(n(n²−1)) with d = 0, 1, −1, 1, −1
    one, other = np.array([1.0, 2, 3, 4, 5]), np.array([1.0, 3, 2, 50, 4])
    assert rank_correlation(one, other) == pytest.approx(1 - 6 * 4 / (5 * 24))
    assert rank_correlation(one, -(one**3)) == pytest.approx(-1)


@given(pairs=lists(tuples(integers(-5, 5), integers(-5, 5)), min_size=2, max_size=30))
def test_it_agrees_with_scipy_with_ties(pairs: list[tuple[int, int]]) -> None:
    one, other = np.array(pairs, np.float64).T.copy()
    if len(set(one)) == 1 or len(set(other)) == 1:
        assert math.isnan(rank_correlation(one, other))
    else:
        assert rank_correlation(one, other) == pytest.approx(scipy.stats.spearmanr(one, other).statistic, abs=1e-12)
