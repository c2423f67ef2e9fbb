"""Rows and columns around an image: as torch has them, and as the definition has them."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis.strategies import composite, integers, sampled_from

from convlens.blocks import by_hand
from convlens.blocks.padding import pad
from convlens.blocks.settings import sides
from convlens.errors import SettingsError, ShapeError

MODES = {"zeros": "constant", "reflect": "reflect", "replicate": "replicate", "circular": "circular"}


@composite
def paddings(draw):
    """An image of whole numbers, sides (some negative, never cutting all away) and a mode."""
    mode = draw(sampled_from(sorted(MODES)))
    shape = draw(integers(1, 2)), draw(integers(2, 5)), draw(integers(2, 5))
    around = []
    for size in shape[1:]:
        most = {"zeros": 6, "replicate": 6, "circular": 6, "reflect": size - 1}[mode]
        before = draw(integers(-(size - 1), most))
        after = draw(integers(-(size - 1) - min(before, 0), most))
        if mode == "circular":
            left = size + min(before, 0) + min(after, 0)
            before, after = min(before, left), min(after, left)
        around.append((before, after))
    return np.random.default_rng(draw(integers(0, 99))).integers(-9, 10, shape), tuple(around), mode


@given(paddings())
def test_the_fast_form_equals_the_one_by_hand(drawn):
    image, around, mode = drawn
    np.testing.assert_array_equal(pad(image, around, mode), by_hand.pad(image, around, mode), strict=True)


@given(paddings())
def test_padding_agrees_with_torch(drawn):
    image, ((above, below), (left, right)), mode = drawn
    wanted = F.pad(torch.from_numpy(image)[None].double(), (left, right, above, below), MODES[mode])[0]
    assert np.array_equal(pad(image, ((above, below), (left, right)), mode), wanted.numpy())


def test_modes_by_hand():
    row = np.array([[[1, 2, 3]]])
    assert pad(row, (0, 2))[0, 0].tolist() == [0, 0, 1, 2, 3, 0, 0]
    assert pad(row, (0, 2), "reflect")[0, 0].tolist() == [3, 2, 1, 2, 3, 2, 1]
    assert pad(row, (0, 2), "replicate")[0, 0].tolist() == [1, 1, 1, 2, 3, 3, 3]
    assert pad(row, (0, 2), "circular")[0, 0].tolist() == [2, 3, 1, 2, 3, 1, 2]
    assert pad(row, ((0, 0), (-1, 1)), value=7)[0, 0].tolist() == [2, 3, 7]
    assert pad(row, ((0, 0), (0, 1)), value=0.5)[0, 0].tolist() == [1, 2, 3, 0.5]


def test_whole_numbers_stay_whole_and_float32_stays_float32():
    assert pad(np.ones((1, 2, 2), np.int64), 1).dtype == np.int64
    assert pad(np.ones((1, 2, 2), np.float32), 1, value=0.1).dtype == np.float32


def test_padding_may_be_written_in_short():
    assert sides(1) == ((1, 1), (1, 1))
    assert sides((1, 2)) == ((1, 1), (2, 2))
    assert sides(((1, 0), (2, 3))) == ((1, 0), (2, 3))
    assert sides("valid") == ((0, 0), (0, 0))
    assert sides("same", (3, 4)) == ((1, 1), (1, 2))
    assert sides("same", (3, 2), dilation=(2, 3)) == ((2, 2), (1, 2))


def test_same_needs_stride_one():
    with pytest.raises(SettingsError, match='"same" keeps the size at stride 1 only'):
        sides("same", (3, 3), (2, 2))


@pytest.mark.parametrize(("mode", "most"), [("reflect", 2), ("circular", 3)])
def test_padding_reaches_only_as_far_as_there_is_something(mode, most):
    image = np.ones((1, 3, 3))
    assert pad(image, most, mode).shape == (1, 3 + 2 * most, 3 + 2 * most)
    with pytest.raises(ShapeError, match=f"{mode} padding reaches at most {most} numbers beyond an axis of 3, not"):
        pad(image, most + 1, mode)


def test_cutting_everything_off_is_refused():
    with pytest.raises(ShapeError, match="cuts off all 3 rows or columns"):
        pad(np.ones((1, 3, 3)), ((-1, -2), (0, 0)))
