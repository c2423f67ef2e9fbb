"""How many windows fit, and where they lie."""

from itertools import pairwise

import pytest
import torch
import torch.nn.functional as F
from hypothesis import assume, given
from hypothesis.strategies import integers

from convlens.blocks.sizes import adaptive_window, output_size, same_padding
from convlens.errors import SettingsError, ShapeError


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "wanted"),
    [
        (4, 2, 1, 0, 1, 3),
        (4, 2, 2, 0, 1, 2),
        (4, 2, 1, 1, 1, 5),
        (28, 3, 1, 0, 1, 26),
        (11, 2, 2, 0, 1, 5),  # the row that the textbook network loses
        (224, 11, 4, 2, 1, 55),  # AlexNet's first layer, as torchvision has it
        (224, 7, 2, 3, 1, 112),  # ResNet's
        (5, 3, 1, 0, 2, 1),
        (5, 3, 2, (0, 2), 1, 3),
    ],
)
def test_sizes_by_hand(size, kernel, stride, padding, dilation, wanted):
    assert output_size(size, kernel, stride, padding, dilation) == wanted


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "wanted"),
    [(5, 2, 2, 0, 3), (4, 2, 2, 0, 2), (2, 3, 2, 0, 1), (5, 2, 3, 0, 2), (3, 2, 2, 1, 2), (4, 1, 3, 0, 2)],
)
def test_rounding_up_counts_a_window_that_hangs_over_and_none_beyond(size, kernel, stride, padding, wanted):
    assert output_size(size, kernel, stride, padding, ceil=True) == wanted


@given(size=integers(1, 20), kernel=integers(1, 5), stride=integers(1, 4), dilation=integers(1, 3), data=integers(0, 9))
def test_ceil_agrees_with_torch(size, kernel, stride, dilation, data):
    padding = data % (kernel // 2 + 1)
    assume(-(-(size + 2 * padding - dilation * (kernel - 1) - 1) // stride) >= 0)
    try:
        wanted = F.max_pool1d(torch.zeros(1, 1, size), kernel, stride, padding, dilation, ceil_mode=True).shape[-1]
    except RuntimeError:
        assume(False)
    assert output_size(size, kernel, stride, padding, dilation, ceil=True) == wanted


@given(size=integers(1, 20), kernel=integers(1, 6), dilation=integers(1, 4))
def test_same_padding_keeps_the_size_and_puts_the_odd_one_behind(size, kernel, dilation):
    before, after = same_padding(kernel, dilation)
    assert output_size(size, kernel, 1, (before, after), dilation) == size
    assert after - before in (0, 1)


@given(size=integers(1, 20), count=integers(1, 25))
def test_adaptive_windows_cover_everything_and_none_is_empty(size, count):
    windows = [adaptive_window(at, size, count) for at in range(count)]
    assert windows[0][0] == 0
    assert windows[-1][1] == size - 1
    assert all(first <= last for first, last in windows)
    assert all(later[0] <= earlier[1] + 1 for earlier, later in pairwise(windows))


def test_adaptive_windows_by_hand():
    assert [adaptive_window(at, 5, 3) for at in range(3)] == [(0, 1), (1, 3), (3, 4)]


def test_a_kernel_that_does_not_fit_is_named_with_what_it_spans():
    with pytest.raises(ShapeError, match="kernel of 3 with dilation 2 spans 5 numbers and does not fit into 4"):
        output_size(4, 3, dilation=2)


@pytest.mark.parametrize("name", ["kernel", "stride", "dilation"])
def test_nothing_below_one_is_a_step(name):
    with pytest.raises(SettingsError, match=f"a {name} is a whole number from 1 on, not 0"):
        output_size(4, **{"kernel": 2, name: 0})
