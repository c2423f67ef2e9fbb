import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment.light import linear_contrast, multiply
from convlens.augment.pointwise import as_raster, looked_up, pointwise

LEVELS = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1)


def test_results_are_rounded_half_to_even_and_kept_within_bounds():
    levels = np.array([[[[-3.0, 0.5, 1.5, 254.5, 300]]]], np.float32)
    assert as_raster(levels.copy(), np.zeros((1, 1, 1, 5), np.uint8)).ravel().tolist() == [0, 0, 2, 254, 255]
    kept = as_raster(levels.copy(), np.zeros((1, 1, 1, 5), np.float32))
    assert kept.ravel().tolist() == [0, 0.5, 1.5, 254.5, 255]


@given(st.floats(0, 8, width=32))
def test_a_small_and_a_large_image_of_the_same_levels_get_the_same_bytes(factor):
    large = np.tile(LEVELS, (1, 8, 8, 1))
    for kernel in (multiply, linear_contrast):
        small = kernel(LEVELS, np.array([factor]))
        assert np.array_equal(np.tile(small, (1, 8, 8, 1)), kernel(large, np.array([factor])))


@pytest.mark.parametrize("width", [1, 7, 31, 8192])
def test_opencvs_scaling_rounds_as_ours_at_every_width(width):
    factors = np.concatenate([np.arange(0, 3, 1 / 64), np.random.default_rng(0).uniform(0, 3, 200)]).astype(np.float32)
    row = np.resize(np.arange(256, dtype=np.uint8), (1, width))
    for factor in factors.tolist():
        ours = np.minimum(np.rint(row.astype(np.float32) * np.float32(factor)), 255).astype(np.uint8)
        assert np.array_equal(cv2.convertScaleAbs(row, None, factor, 0), ours)


@pytest.mark.parametrize("size", [(3, 4), (70, 90)])
def test_tables_are_one_per_image_or_one_per_channel(size):
    images = np.random.default_rng(0).integers(0, 256, (2, *size, 3), np.uint8)
    tables = np.random.default_rng(1).integers(0, 256, (2, 3, 256), np.uint8)
    found = looked_up(images, tables)
    for image, channel in ((0, 0), (1, 2)):
        assert np.array_equal(found[image, ..., channel], tables[image, channel][images[image, ..., channel]])
    shared = looked_up(images, tables[:, 0])
    assert np.array_equal(shared[1], tables[1, 0][images[1]])


def test_channels_are_changed_apart_where_a_parameter_has_them():
    images = np.full((1, 2, 2, 3), 10, np.uint8)
    changed = pointwise(images, lambda v, m: v * m, np.array([[1.0, 2.0, 3.0]]), cheap=True)
    assert changed[0, 0, 0].tolist() == [10, 20, 30]
