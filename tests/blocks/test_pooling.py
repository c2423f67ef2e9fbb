"""Pooling: by hand, as torch has it, and the winners where torch finds them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given, settings
from hypothesis.strategies import booleans, composite, integers, none, one_of

from convlens.blocks import by_hand
from convlens.blocks.pooling import adaptive_max_pool, adaptive_mean_pool, adaptive_pool, average_pool, max_pool
from convlens.errors import SettingsError, ShapeError

COUNT = np.arange(1, 17).reshape(1, 4, 4)
FIVE = np.arange(1, 26).reshape(1, 5, 5)


def test_maxima_by_hand():
    values, winners = max_pool(COUNT, 2)
    assert values.tolist() == [[[6, 8], [14, 16]]]
    assert winners.tolist() == [[[5, 7], [13, 15]]]


def test_a_last_row_and_column_are_dropped_or_kept():
    assert max_pool(FIVE, 2)[0].tolist() == [[[7, 9], [17, 19]]]
    assert max_pool(FIVE, 2, ceil=True)[0].tolist() == [[[7, 9, 10], [17, 19, 20], [22, 24, 25]]]


def test_means_by_hand():
    assert average_pool(COUNT, 2).tolist() == [[[3.5, 5.5], [11.5, 13.5]]]
    # what hangs over the edge is not counted: (5 + 10) / 2
    assert average_pool(FIVE, 2, ceil=True)[0, 0].tolist() == [4, 6, 7.5]


def test_padding_counts_as_zeros_unless_told_otherwise():
    ones = np.ones((1, 2, 2))
    assert average_pool(ones, 2, padding=1)[0, 0, 0] == 0.25
    assert average_pool(ones, 2, padding=1, count_include_pad=False)[0, 0, 0] == 1
    assert average_pool(ones, 2, divisor=8)[0, 0, 0] == 0.5


def test_the_first_of_equals_wins():
    assert max_pool(np.full((1, 2, 2), 3), 2)[1].tolist() == [[[0]]]
    assert max_pool(np.array([[[1, 5], [5, 5]]]), 2)[1].tolist() == [[[1]]]


@pytest.mark.parametrize("lowest", [np.array(-np.inf), np.array(-(2**63)), np.array(0, np.uint8)])
def test_padding_never_wins_not_even_over_the_lowest_number(lowest):
    values, winners = max_pool(np.full((1, 2, 2), lowest), 2, padding=1)
    assert (values == lowest).all()
    assert winners.tolist() == [[[0, 1], [2, 3]]]


def test_not_a_number_is_the_largest():
    image = np.array([[[1.0, np.nan], [3.0, 4.0]]])
    assert np.isnan(max_pool(image, 2)[0]).all()
    assert max_pool(image, 2)[1].tolist() == [[[1]]]


@composite
def pools(draw):
    """A map with many equal numbers, and settings of a pool that fit it."""
    kernel = draw(integers(1, 3)), draw(integers(1, 3))
    stride = draw(integers(1, 3)), draw(integers(1, 3))
    padding = tuple(draw(integers(0, k // 2)) for k in kernel)
    shape = draw(integers(1, 2)), draw(integers(2, 8)), draw(integers(2, 8))
    assume(all(n + 2 * p >= k for n, p, k in zip(shape[1:], padding, kernel, strict=True)))
    maps = np.random.default_rng(draw(integers(0, 999))).integers(-3, 4, shape).astype(np.float64)
    return maps, {"kernel": kernel, "stride": stride, "padding": padding, "ceil": draw(booleans())}


def in_full(given, **more):
    """The settings as the loops want them."""
    down, across = given["padding"]
    return {
        "kernel": given["kernel"], "stride": given["stride"], "sides": ((down, down), (across, across)),
        "ceil": given["ceil"], **more,
    }  # fmt: skip


@given(pools(), integers(1, 2), integers(1, 2))
@settings(max_examples=200)
def test_maxima_and_winners_agree_with_torch(drawn, down, across):
    maps, given = drawn
    spans = [d * (k - 1) + 1 for d, k in zip((down, across), given["kernel"], strict=True)]
    assume(all(n + 2 * p >= s for n, p, s in zip(maps.shape[1:], given["padding"], spans, strict=True)))
    values, winners = max_pool(maps, dilation=(down, across), **given)
    wanted = F.max_pool2d(
        torch.from_numpy(maps)[None], given["kernel"], given["stride"], given["padding"], (down, across),
        ceil_mode=given["ceil"], return_indices=True,
    )  # fmt: skip
    assert np.array_equal(values, wanted[0][0].numpy())
    assert np.array_equal(winners, wanted[1][0].numpy())


@given(pools(), booleans(), one_of(none(), integers(1, 9)))
@settings(max_examples=200)
def test_means_agree_with_torch(drawn, count_include_pad, divisor):
    maps, given = drawn
    wanted = F.avg_pool2d(
        torch.from_numpy(maps)[None], given["kernel"], given["stride"], given["padding"], given["ceil"],
        count_include_pad, divisor,
    )[0]  # fmt: skip
    means = average_pool(maps, count_include_pad=count_include_pad, divisor=divisor, **given)
    np.testing.assert_allclose(means, wanted.numpy(), rtol=1e-12, atol=1e-12)


@given(pools(), booleans(), one_of(none(), integers(1, 9)))
@settings(max_examples=60)
def test_the_fast_forms_equal_the_loops(drawn, count_include_pad, divisor):
    maps, given = drawn
    for fast, slow in zip(max_pool(maps, **given), by_hand.max_pool(maps, **in_full(given)), strict=True):
        np.testing.assert_array_equal(fast, slow, strict=True)
    more = {"count_include_pad": count_include_pad, "divisor": divisor}
    np.testing.assert_array_equal(
        average_pool(maps, **given, **more), by_hand.average_pool(maps, **in_full(given, **more)), strict=True
    )


@given(integers(1, 8), integers(1, 8), integers(1, 9), integers(1, 9), integers(0, 99))
@settings(max_examples=100)
def test_adaptive_pools_agree_with_torch_and_with_the_loops(height, width, rows, columns, seed):
    maps = np.random.default_rng(seed).integers(-3, 4, (2, height, width)).astype(np.float64)
    values, winners = adaptive_max_pool(maps, (rows, columns))
    wanted = F.adaptive_max_pool2d(torch.from_numpy(maps)[None], (rows, columns), return_indices=True)
    assert np.array_equal(values, wanted[0][0].numpy())
    assert np.array_equal(winners, wanted[1][0].numpy())
    means = adaptive_mean_pool(maps, (rows, columns))
    np.testing.assert_allclose(
        means, F.adaptive_avg_pool2d(torch.from_numpy(maps)[None], (rows, columns))[0].numpy(), rtol=1e-12, atol=1e-12
    )
    for fast, slow in zip((values, winners), by_hand.adaptive_max_pool(maps, (rows, columns)), strict=True):
        np.testing.assert_array_equal(fast, slow, strict=True)
    np.testing.assert_allclose(means, by_hand.adaptive_mean_pool(maps, (rows, columns)), rtol=1e-15)


def test_an_adaptive_pool_has_a_kind():
    assert adaptive_pool(COUNT, 1).tolist() == [[[8.5]]]
    assert adaptive_pool(COUNT, 1, "max").tolist() == [[[16]]]


def test_sides_of_a_pool_may_differ():
    # as ceil, when a row and a column of padding come only after the map
    assert max_pool(FIVE, 2, padding=((0, 1), (0, 1)))[0].tolist() == max_pool(FIVE, 2, ceil=True)[0].tolist()


@pytest.mark.parametrize("padding", [2, -1])
def test_padding_of_which_a_window_could_be_full_is_refused(padding):
    with pytest.raises(SettingsError, match="0 to half of its window, 1 here, not"):
        max_pool(COUNT, 2, padding=padding)


def test_a_window_on_padding_alone_is_refused():
    with pytest.raises(ShapeError, match="lies on padding alone"):
        max_pool(np.ones((1, 1, 1)), 2, padding=1, dilation=2)


def test_a_divisor_of_nothing_is_refused():
    with pytest.raises(SettingsError, match="nothing can be divided by 0"):
        average_pool(COUNT, 2, divisor=0)


def test_an_adaptive_pool_to_nothing_is_refused():
    with pytest.raises(SettingsError, match="one number or more along each axis, not"):
        adaptive_pool(COUNT, 0)
