import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.audit.first_flip import (
    first_flip_levels,
    first_wrong_levels,
    median_first_flip,
    medians,
    right_within,
    unflipped_within,
)
from convlens.audit.shifts import grid, line


def test_first_flips_by_hand(answered):
    # cells at −2 … 2 px
    found = answered([[0, 0, 0, 0, 0], [1, 0, 0, 0, 0], [0, 0, 0, 1, 0], [0, 1, 1, 1, 1]], [0, 0, 0, 1])
    assert first_flip_levels(found).tolist() == [3, 2, 1, 2]  # the first never flips: censored at 2
    assert first_wrong_levels(found).tolist() == [3, 2, 1, 2]
    assert unflipped_within(found).tolist() == [
        [True] * 3,
        [True, True, False],
        [True, False, False],
        [True, True, False],
    ]
    wrong = answered([[0, 0, 0, 0, 0]], [1], classes=2)
    assert first_wrong_levels(wrong).tolist() == [0]
    assert right_within(wrong).tolist() == [[False] * 3]


def test_rings_of_the_grid_are_squares(answered):
    labels_at = np.zeros((1, 25), int)
    labels_at[0, 0] = 1  # the corner (−2, −2)
    assert first_flip_levels(answered(labels_at, [0], grid(2))).tolist() == [2]


def flipping_at(levels: list[int], radius: int) -> list[list[int]]:
    """Answers along a line that flip at those distances to the right; beyond the radius never."""
    return [[int(dx >= level) for dx in range(-radius, radius + 1)] for level in levels]


@pytest.mark.parametrize(
    ("levels", "median"),
    [
        ([1, 2, 3], 2.0),
        ([1, 1, 3, 3], 1.0),  # after 1 px exactly half are unflipped
        ([1, 2, 9, 9, 9], np.inf),
        ([2, 2, 9, 9], 2.0),
    ],
)
def test_the_median_is_the_level_within_which_half_have_flipped(answered, levels, median):
    found = answered(flipping_at(levels, 3), [0] * len(levels), classes=2)
    one = median_first_flip(found)
    assert one.value == median
    assert one.low <= median <= one.high


def test_a_sure_median_has_an_interval_without_width_and_a_censored_one_none(answered):
    found = answered(flipping_at([2] * 200, 3), [0] * 200, classes=2)
    assert median_first_flip(found) == median_first_flip(found)
    assert (median_first_flip(found).low, median_first_flip(found).high) == (2, 2)
    never = median_first_flip(answered(flipping_at([9] * 200, 3), [0] * 200, classes=2))
    assert (never.value, never.low, never.high) == (np.inf, np.inf, np.inf)
    # a few more than half flip: it may as well be fewer
    close = median_first_flip(answered(flipping_at([3] * 102 + [9] * 98, 3), [0] * 200, classes=2))
    assert (close.value, close.low, close.high) == (3, 3, np.inf)


@given(st.lists(st.integers(1, 6), min_size=1, max_size=40))
def test_the_curve_is_that_of_kaplan_and_meier(answered, levels):
    """With the product of conditional shares, as the estimator is defined, for images censored behind 5 px."""
    found = answered(flipping_at(levels, 5), [0] * len(levels), classes=2)
    survival, curve = 1.0, []
    for level in range(6):
        at_risk = sum(one >= level for one in levels)
        survival *= 1 - sum(one == level for one in levels) / at_risk if at_risk else 1
        curve.append(survival)
    assert unflipped_within(found).mean(axis=0).tolist() == pytest.approx(curve)


def test_medians_of_many_curves_at_once():
    curves = np.array([[1, 0.6, 0.5], [1, 0.5 + 1e-15, 0.2], [1, 0.9, 0.51], [0.4, 0.3, 0.2]])
    assert medians(curves).tolist() == [2, 1, np.inf, 0]


def test_the_interval_of_the_median_holds_the_truth_95_times_in_100_or_more(answered):
    generator = np.random.default_rng(0)
    # true shares unflipped within 0 … 4 px: 1, 0.8, 0.6, 0.45, 0.3; so the true median is 3
    held = 0
    for _ in range(200):
        levels = generator.choice([1, 2, 3, 4, 9], p=[0.2, 0.2, 0.15, 0.15, 0.3], size=120).tolist()
        one = median_first_flip(answered(flipping_at(levels, 4), [0] * 120, classes=2))
        held += one.low <= 3 <= one.high
    assert held >= 0.93 * 200


def test_without_any_shift_nothing_flips(answered):
    found = answered([[1], [0]], [1, 1], line(0))
    assert first_flip_levels(found).tolist() == [1, 1]
    assert first_wrong_levels(found).tolist() == [1, 0]
    assert median_first_flip(found).value == np.inf
