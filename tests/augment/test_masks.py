import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.masks import Grids, frequency_noise, grids_of, masks_of, simplex, simplex_noise
from convlens.rng import keys_of, mixed, start_of

KEYS = keys_of(0, "masks", 0, np.arange(50))
ACROSS, DOWN = start_of("across") | 1, start_of("down") | 1


def grids(sizes, keys=KEYS, rows=None, steps=None):
    count = len(sizes)
    zeros = np.zeros(count, np.int64)
    rows = np.arange(count) if rows is None else np.array(rows)
    return Grids(rows, zeros, zeros if steps is None else np.array(steps), keys[:count], np.array(sizes, np.int64))


def enlarged(noise, size, *, upscale="nearest", aggregation="max", steps=None, rows=None, sigmoid=0, threshold=0.0):
    """Put grids together, those of one image by default."""
    small = [np.array(one, np.float32) for one in noise]
    rows = [0] * len(noise) if rows is None else rows
    listed = grids([one.shape for one in small], rows=rows, steps=range(len(noise)) if steps is None else steps)
    images = max(rows) + 1
    methods = np.full((images, len(noise)), upscale)
    bends = np.full(images, sigmoid), np.full(images, threshold)
    return masks_of(size, listed, small, methods, np.full(images, aggregation), *bends)


def test_simplex_noise_is_nothing_at_the_corners_of_the_triangles():
    back = (3 - math.sqrt(3)) / 6
    column, row = np.meshgrid(np.arange(-3, 4), np.arange(-3, 4))
    x, y = (column - (column + row) * back).ravel(), (row - (column + row) * back).ravel()
    noise = simplex(x.astype(np.float32), y.astype(np.float32), KEYS[np.zeros(49, np.int64)])
    assert np.abs(noise).max() < 1e-5


def summed(x: float, y: float, key: int) -> float:
    """Sum up what all corners near and far give to a point, which the far ones do not reach."""
    back = (3 - math.sqrt(3)) / 6
    total = 0.0
    for column in range(-8, 9):
        for row in range(-8, 9):
            dx, dy = x - (column - (column + row) * back), y - (row - (column + row) * back)
            word = np.array([(key + column * ACROSS + row * DOWN) % 2**64], np.uint64)
            angle = 2 * math.pi * int(mixed(word)[0] >> np.uint64(58)) / 64
            total += max(0.5 - dx**2 - dy**2, 0) ** 4 * (dx * math.cos(angle) + dy * math.sin(angle))
    return total / 0.010080204702811438


@given(x=st.floats(-3, 3, width=32), y=st.floats(-3, 3, width=32), key=st.integers(0, 49))
def test_simplex_noise_agrees_with_a_sum_over_all_corners(x, y, key):
    noise = simplex(np.array([x], np.float32), np.array([y], np.float32), KEYS[[key]])[0]
    assert noise == pytest.approx(summed(x, y, int(KEYS[key])), abs=1e-4)


def test_simplex_noise_lies_between_its_bounds_and_has_no_steps():
    rng = np.random.default_rng(0)
    x, y = rng.uniform(-50, 50, (2, 20000)).astype(np.float32)
    keys = KEYS[rng.integers(0, 50, 20000)]
    noise = simplex(x, y, keys)
    assert 0.75 < np.abs(noise).max() <= 1
    assert abs(noise.mean()) < 0.02
    assert np.abs(simplex(x + np.float32(0.001), y, keys) - noise).max() < 0.01


def test_a_grid_keeps_the_proportions_and_is_no_larger_than_the_image():
    three = np.array([[8, 2, 100]])
    listed = grids_of((40, 20), np.array([5]), np.array([1]), np.array([3]), three)
    assert listed.sizes.tolist() == [[8, 4], [2, 1], [40, 20]]
    assert grids_of((1, 30), np.array([5]), np.array([1]), np.array([3]), three).sizes.tolist() == [
        [1, 8],
        [1, 2],
        [1, 30],
    ]


def test_there_is_a_grid_for_each_image_plane_and_iteration():
    listed = grids_of((9, 9), np.array([5, 6]), np.array([1, 2]), np.array([2, 1]), np.full((2, 3), 4))
    assert list(zip(listed.rows, listed.planes, listed.steps, strict=True)) == [
        (0, 0, 0),
        (0, 0, 1),
        (1, 0, 0),
        (1, 1, 0),
    ]
    assert len(set(listed.keys.tolist())) == 4
    alone = grids_of((9, 9), np.array([6]), np.array([1]), np.array([1]), np.full((1, 3), 4))
    assert alone.keys[0] == listed.keys[2]


def test_each_grid_of_simplex_noise_depends_on_its_key_and_size_alone():
    several = simplex_noise(grids([(3, 4), (16, 16), (1, 1)]))
    assert [one.shape for one in several] == [(3, 4), (16, 16), (1, 1)]
    alone = simplex_noise(grids([(16, 16)], keys=KEYS[1:]))[0]
    assert np.array_equal(alone, several[1])
    assert not np.array_equal(simplex_noise(grids([(16, 16)], keys=KEYS[2:]))[0], alone)


@pytest.mark.parametrize("exponent", [-4, -1, 0, 2.5])
@pytest.mark.parametrize("size", [(16, 16), (9, 12), (5, 3)])
def test_the_waves_of_frequency_noise_are_as_high_as_the_power_of_their_frequency(size, exponent):
    noise = frequency_noise(grids([size]), np.array([float(exponent)]))[0]
    assert (noise.min(), noise.max()) == (0, 1)
    height, width = size
    # The first column, and the last of an even width, hold waves that are their own mirror images.
    columns = slice(1, (width - 1) // 2 + 1)
    heights = np.abs(np.fft.rfft2(noise.astype(np.float64)))[:, columns]
    frequency = np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))[:, columns]
    ratio = heights / frequency**exponent
    assert ratio == pytest.approx(np.full(ratio.shape, ratio.mean()), rel=1e-3)


def test_a_low_exponent_gives_clouds_and_a_high_one_grain():
    steps = [
        np.mean(
            [np.abs(np.diff(one, axis=0)).mean() for one in frequency_noise(grids([(16, 16)] * 20), np.full(20, e))]
        )
        for e in (-4.0, 0.0, 4.0)
    ]
    assert steps[0] < 0.6 * steps[1] < steps[1] < steps[2]


def test_frequency_noise_on_a_single_pixel_is_a_half():
    assert frequency_noise(grids([(1, 1)]), np.array([-4.0]))[0].tolist() == [[0.5]]


def test_a_grid_is_enlarged_by_its_method():
    nearest = enlarged([[[0, 1]]], (1, 4))
    assert nearest.ravel().tolist() == [0, 0, 1, 1]
    linear = enlarged([[[0, 1]]], (1, 4), upscale="linear")
    assert linear.ravel().tolist() == pytest.approx([0, 0.25, 0.75, 1])
    cubic = enlarged([[[0, 0, 1, 1]]], (1, 16), upscale="cubic")
    assert (cubic.min(), cubic.max()) == (0, 1)


@pytest.mark.parametrize(("aggregation", "expected"), [("max", [0.5, 0.8]), ("min", [0.2, 0.4]), ("avg", [0.4, 0.6])])
def test_several_grids_come_together(aggregation, expected):
    mask = enlarged([[[0.2, 0.8]], [[0.5, 0.6]], [[0.5, 0.4]]], (1, 2), aggregation=aggregation)
    assert mask.ravel().tolist() == pytest.approx(expected)


def test_the_curve_pulls_towards_0_and_1_around_its_threshold():
    mask = enlarged([[[0, 0.5, 0.75, 1]]], (1, 4), sigmoid=1)
    assert mask.ravel().tolist() == pytest.approx(
        [1 / (1 + math.exp(10)), 0.5, 1 / (1 + math.exp(-5)), 1 / (1 + math.exp(-10))]
    )
    moved = enlarged([[[0, 0.5, 0.75, 1]]], (1, 4), sigmoid=1, threshold=5.0)
    assert moved.ravel()[2] == pytest.approx(0.5)
    assert enlarged([[[0.3]]], (1, 1), sigmoid=1, threshold=1e6).ravel()[0] == pytest.approx(0, abs=1e-30)


def test_an_image_with_fewer_masks_than_another_has_its_own_again():
    grid = grids_of((8, 8), np.array([5, 6]), np.array([1, 3]), np.array([1, 1]), np.full((2, 1), 8))
    words = np.full((2, 1), "nearest"), np.full(2, "max")
    masks = masks_of((8, 8), grid, simplex_noise(grid), *words, np.zeros(2, np.int64), np.zeros(2))
    assert masks.shape == (2, 3, 8, 8)
    assert np.array_equal(masks[0, 0], masks[0, 2])
    assert not np.array_equal(masks[1, 0], masks[1, 2])
