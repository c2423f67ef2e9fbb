import cv2
import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers

from convlens.augment.twins.resizing import area_shares, back_in_size, linear_shares

sides = integers(1, 40)


def test_the_shares_by_hand():
    assert linear_shares(2, 4).tolist() == [[1, 0], [0.75, 0.25], [0.25, 0.75], [0, 1]]
    assert linear_shares(3, 1).tolist() == [[0, 1, 0]]
    assert area_shares(5, 2).tolist() == [pytest.approx([0.4, 0.4, 0.2, 0, 0]), pytest.approx([0, 0, 0.2, 0.4, 0.4])]


@given(sides, sides)
def test_the_shares_of_a_new_pixel_sum_to_one(old, new):
    for shares in (linear_shares, area_shares):
        assert shares(old, new).shape == (new, old)
        assert shares(old, new).sum(axis=1) == pytest.approx(1)


@given(sides, sides, sides, sides)
def test_it_agrees_with_opencv(height, width, new_height, new_width):
    levels = np.random.default_rng(0).random((height, width), np.float32) * 255
    size = tuple(new if old > 2 * new else old for old, new in ((height, new_height), (width, new_width)))
    expected = cv2.resize(levels, size[::-1], interpolation=cv2.INTER_AREA) if size != (height, width) else levels
    expected = cv2.resize(
        np.atleast_2d(expected).reshape(size), (new_width, new_height), interpolation=cv2.INTER_LINEAR
    )
    resized = back_in_size(torch.from_numpy(levels)[None, None], (new_height, new_width))
    assert np.abs(resized[0, 0].numpy() - expected.reshape(new_height, new_width)).max() < 0.3
