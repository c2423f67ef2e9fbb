"""Maps brought to another size: by hand, as loops, and as torch does it."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.strategies import booleans, floats, integers, sampled_from
from torch.nn import functional

from convlens.blocks import by_hand
from convlens.blocks.resizing import pixel_shuffle, resize
from convlens.errors import ShapeError

ROW = np.array([[[0.0, 4.0]]])


def test_two_numbers_made_four_by_hand():
    half, third = (1.0, 0.5), (1.0, 1 / 3)
    assert resize(ROW, (1, 4), "nearest", half).tolist() == [[[0, 0, 4, 4]]]
    assert resize(ROW, (1, 4), "bilinear", half).tolist() == [[[0, 1, 3, 4]]]
    assert resize(ROW, (1, 4), "aligned", third)[0, 0] == pytest.approx(np.array([0, 4 / 3, 8 / 3, 4]))


def test_four_channels_become_a_square_row_by_row():
    maps = np.arange(4).reshape(4, 1, 1)
    assert pixel_shuffle(maps, 2).tolist() == [[[0, 1], [2, 3]]]


@pytest.mark.parametrize("kind", ["nearest", "nearest-exact"])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_nearest_is_torchs_for_every_pair_of_sizes(kind, dtype):
    for size in range(1, 40):
        line = torch.arange(size, dtype=dtype)[None, None, :, None]
        for count in (*range(1, 60), 83, 98):
            wanted = functional.interpolate(line, (count, 1), mode=kind)[0].numpy()
            found = resize(line[0].numpy(), (count, 1), kind, (0.5 if count == 2 * size else size / count, 1.0))
            assert np.array_equal(found, wanted), (size, count)


@given(integers(1, 6), integers(1, 6), integers(1, 9), integers(1, 9), booleans(), integers(0, 99))
@settings(max_examples=150)
def test_between_four_it_agrees_with_torch_and_with_the_loops(h, w, height, width, corners, seed):
    maps = np.random.default_rng(seed).normal(size=(2, h, w))
    wanted = functional.interpolate(
        torch.from_numpy(maps)[None], (height, width), mode="bilinear", align_corners=corners
    )[0].numpy()
    steps = tuple(
        1.0 if old == new else (old - 1) / max(new - 1, 1) if corners else old / new
        for old, new in ((h, height), (w, width))
    )
    kind = "aligned" if corners else "bilinear"
    found = resize(maps, (height, width), kind, steps)
    np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(found, by_hand.resize(maps, (height, width), kind, steps), rtol=1e-13, atol=1e-14)


@given(sampled_from(["nearest", "nearest-exact"]), floats(0.3, 3.0), integers(2, 7), integers(0, 99))
def test_the_nearest_by_a_factor_agrees_with_torch_and_with_the_loops(kind, factor, side, seed):
    maps = np.random.default_rng(seed).integers(0, 99, (2, side, side)).astype(np.float64)
    if int(side * factor) in (0, side, 2 * side):
        return  # torch takes another way there
    wanted = functional.interpolate(torch.from_numpy(maps)[None], scale_factor=factor, mode=kind)[0].numpy()
    size = wanted.shape[1], wanted.shape[2]
    found = resize(maps, size, kind, (1 / factor, 1 / factor))
    assert np.array_equal(found, wanted)
    assert np.array_equal(found, by_hand.resize(maps, size, kind, (1 / factor, 1 / factor)))


@given(integers(1, 3), integers(1, 2), integers(1, 3), integers(1, 3))
def test_shuffled_pixels_are_torchs(factor, channels, height, width):
    maps = np.arange(channels * factor**2 * height * width).reshape(channels * factor**2, height, width)
    found = pixel_shuffle(maps, factor)
    assert np.array_equal(found, torch.pixel_shuffle(torch.from_numpy(maps), factor).numpy())
    assert np.array_equal(found, by_hand.pixel_shuffle(maps, factor))


def test_what_does_not_fit_is_named():
    with pytest.raises(ShapeError, match="3 channels cannot be dealt out to squares of 2×2"):
        pixel_shuffle(np.ones((3, 1, 1)), 2)
