"""Rates on flips and on controls: values by hand, and intervals that hold what they should as often as they say."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convlens.audit.flips import Pairs
from convlens.audit.intervals import wilson
from convlens.audit.pair_rates import Rates, rates_of


def pairs(*images: int) -> Pairs:
    return Pairs(np.array(images, np.int64), np.zeros(len(images), np.int64))


def hits(*columns: list[int]) -> np.ndarray:
    return np.array(columns, bool).T


def ends(estimate) -> tuple[float, float]:
    return estimate.low, estimate.high


def test_rates_by_hand():
    found = rates_of(
        pairs(0, 0, 1, 2, 3),
        pairs(4, 5, 0, 6),
        hits([1, 1, 0, 1, 0], [1, 0, 0, 0, 0]),
        hits([1, 0, 0, 0], [0, 1, 1, 0]),
    )
    values = [(one.rate.value, one.control.value, one.excess.value) for one in found]
    assert values == [pytest.approx((0.6, 0.25, 0.35)), pytest.approx((0.2, 0.5, -0.3))]


def test_without_flips_there_are_no_rates():
    assert rates_of(pairs(), pairs(), hits([], []), hits([], [])) == [Rates(), Rates()]


def test_without_controls_there_is_a_rate_and_no_excess():
    (found,) = rates_of(pairs(0, 1), pairs(), hits([1, 0]), hits([]))
    assert found.rate.value == 0.5
    assert (found.control, found.excess) == (None, None)


def test_all_alike_is_as_uncertain_as_wilson_says_of_so_many_images():
    # ten pairs of five images, all positive; eight controls of four images, none
    (found,) = rates_of(pairs(*[0, 1, 2, 3, 4] * 2), pairs(*[5, 6, 7, 8] * 2), hits([1] * 10), hits([0] * 8))
    assert ends(found.rate) == pytest.approx((float(wilson(5, 5)[0]), 1.0))
    assert ends(found.control) == pytest.approx((0.0, float(wilson(0, 4)[1])))
    assert found.excess.value == 1.0
    below = np.hypot(1 - found.rate.low, found.control.high)
    assert ends(found.excess) == pytest.approx((1 - below, 1.0))


def test_one_image_says_nothing_of_others():
    (found,) = rates_of(pairs(3, 3), pairs(3, 3), hits([1, 0]), hits([1, 1]))
    assert ends(found.rate) == (0.0, 1.0)
    assert found.excess.low < -0.9


@settings(max_examples=30)
@given(st.integers(0, 2**32), st.integers(1, 30), st.integers(0, 30))
def test_every_interval_holds_its_value_and_stays_in_range(seed, many, others):
    rng = np.random.default_rng(seed)
    drawn, held = pairs(*rng.integers(0, 9, many)), pairs(*rng.integers(0, 9, others))
    (found,) = rates_of(drawn, held, rng.random((many, 1)) < 0.7, rng.random((others, 1)) < 0.2)
    assert 0 <= found.rate.low <= found.rate.value <= found.rate.high <= 1
    if others:
        assert 0 <= found.control.low <= found.control.value <= found.control.high <= 1
        assert -1 <= found.excess.low <= found.excess.value <= found.excess.high <= 1


def test_pairs_of_one_image_count_as_what_they_are():
    """Forty pairs of forty images say more than forty pairs of four, whose pairs are all alike."""
    pattern = [1, 0, 1, 0]
    (alone,) = rates_of(pairs(*range(40)), pairs(*range(40, 44)), hits(pattern * 10), hits([0, 1, 0, 1]))
    (grouped,) = rates_of(
        pairs(*np.repeat(range(4), 10)), pairs(*range(40, 44)), hits(np.repeat(pattern, 10)), hits([0, 1, 0, 1])
    )
    assert grouped.rate.high - grouped.rate.low > 2 * (alone.rate.high - alone.rate.low)


def test_ninety_five_percent_intervals_cover_the_truth_about_as_often():
    rng = np.random.default_rng(0)
    images, each, runs = 60, 3, 150
    covered = np.zeros(3)
    drawn, held = pairs(*np.repeat(range(images), each)), pairs(*np.repeat(range(images), each))
    for _ in range(runs):
        # images differ in how fragile they are: so do their pairs, and flips and controls together
        fragile = rng.beta(2, 2, images).repeat(each)
        on_flips, on_held = (rng.random((images * each, 1)) < share * fragile[:, None] for share in (0.9, 0.4))
        (found,) = rates_of(drawn, held, on_flips, on_held)
        for place, (one, truth) in enumerate(zip(found, (0.45, 0.2, 0.25), strict=True)):
            covered[place] += one.low <= truth <= one.high
    assert (covered / runs >= 0.91).all()
    assert (covered / runs <= 0.985).all()
