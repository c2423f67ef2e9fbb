"""One window: its places, its numbers, its padding."""

import numpy as np
from hypothesis import given, settings
from hypothesis.strategies import integers, sampled_from

from convlens.blocks.convolution import convolve
from convlens.blocks.windows import taps, window_at

COUNT = np.arange(1, 17).reshape(1, 4, 4)


def test_places_by_hand():
    assert taps(3, kernel=3, stride=2, before=1, dilation=2).tolist() == [[-1, 1, 3], [1, 3, 5], [3, 5, 7]]


def test_a_window_by_hand():
    seen = window_at(COUNT, (0, 2), 2, padding=1)
    assert (seen.rows.tolist(), seen.columns.tolist()) == ([-1, 0], [1, 2])
    assert seen.values.tolist() == [[[0, 0], [2, 3]]]
    assert seen.padded.tolist() == [[True, True], [False, False]]


@given(
    integers(1, 3), integers(1, 3), integers(0, 2), integers(1, 2),
    sampled_from(["zeros", "reflect", "replicate", "circular"]), integers(0, 99),
)  # fmt: skip
@settings(max_examples=30)
def test_window_times_filter_is_what_the_convolution_gives(kernel, stride, padding, dilation, mode, seed):
    rng = np.random.default_rng(seed)
    image, weight = rng.integers(-9, 10, (2, 6, 5)), rng.integers(-9, 10, (3, 2, kernel, kernel))
    setting = {"stride": stride, "padding": padding, "dilation": dilation, "mode": mode}
    out = convolve(image, weight, **setting)
    for row in range(out.shape[1]):
        for column in range(out.shape[2]):
            seen = window_at(image, (row, column), kernel, **setting)
            assert (weight * seen.values).sum(axis=(1, 2, 3)).tolist() == out[:, row, column].tolist()
            assert seen.padded.any() == (
                min(*seen.rows, *seen.columns) < 0 or seen.rows.max() > 5 or seen.columns.max() > 4
            )
