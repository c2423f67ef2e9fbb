import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import ndimage

from convlens.augment.resizing import INTERPOLATIONS, back_in_size, in_size, resized, window_matrices

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 12, 10, 3), np.uint8)


def row(*levels):
    return np.array(levels, np.uint8)[None, :, None]


def test_linear_interpolation_by_hand():
    # target x comes from (x + ½) / 2 − ½: −0.25, 0.25, 0.75, 1.25
    assert in_size(row(0, 100), (1, 4), "linear").ravel().tolist() == [0, 25, 75, 100]


def test_area_is_the_mean_of_what_a_pixel_covers():
    assert in_size(row(0, 100, 50, 150), (1, 2), "area").ravel().tolist() == [50, 100]
    smaller = in_size(IMAGES[0], (4, 5), "area")
    means = IMAGES[0].reshape(4, 3, 5, 2, 3).mean(axis=(1, 3))
    assert np.abs(smaller - means).max() <= 0.5


def test_nearest_copies_pixels():
    assert in_size(row(3, 7), (2, 4), "nearest").tolist() == [[[3], [3], [7], [7]]] * 2


@pytest.mark.parametrize("size", [(24, 30), (7, 7), (1, 1), (13, 4)])
def test_linear_agrees_with_scipy(size):
    y, x = (
        np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
        for new, old in zip(size, IMAGES.shape[1:3], strict=True)
    )
    places = np.meshgrid(y, x, indexing="ij")
    expected = [ndimage.map_coordinates(IMAGES[0, ..., c].astype(float), places, order=1) for c in range(3)]
    assert np.abs(in_size(IMAGES[0], size, "linear") - np.stack(expected, axis=-1)).max() <= 1


@pytest.mark.parametrize("interpolation", INTERPOLATIONS)
@pytest.mark.parametrize("size", [(5, 4), (20, 21), (20, 4), (12, 10)])
@pytest.mark.parametrize("channels", [2, 5, 200])
def test_many_channels_are_resized_as_each_alone(channels, size, interpolation):
    image = np.random.default_rng(1).integers(0, 256, (12, 10, channels), np.uint8)
    together = in_size(image, size, interpolation)
    alone = [in_size(image[..., c : c + 1], size, interpolation) for c in range(channels)]
    # OpenCV computes cubic with fewer bits for some numbers of channels.
    within = int(interpolation == "cubic")
    assert np.abs(together.astype(int) - np.concatenate(alone, axis=-1)).max() <= within


def test_each_image_has_its_own_size_and_interpolation():
    sizes = np.array([[6, 5], [20, 20], [6, 5]])
    words = ["nearest", "linear", "area"]
    each = resized(IMAGES, sizes, interpolation=words)
    assert isinstance(each, list)
    for image, size, word, came in zip(IMAGES, sizes.tolist(), words, each, strict=True):
        assert np.array_equal(came, in_size(image, tuple(size), word))
    alike = resized(IMAGES, sizes[[0, 0, 0]])
    assert isinstance(alike, np.ndarray)
    assert alike.shape == (3, 6, 5, 3)


def test_floats_stay_grey_levels_where_cubic_overshoots():
    image = np.zeros((1, 8, 1), np.float32)
    image[:, 4:] = 255
    larger = in_size(image, (3, 23), "cubic")
    assert larger.min() == 0
    assert larger.max() == 255


def test_the_size_back_is_an_exact_copy_where_nothing_changed():
    back = back_in_size(IMAGES[0], (12, 10))
    assert np.array_equal(back, IMAGES[0])
    assert not np.shares_memory(back, IMAGES[0])


def test_a_side_brought_down_to_less_than_half_reads_every_pixel():
    dotted = row(*[0, 0, 0, 240] * 4)
    assert back_in_size(dotted, (1, 4)).ravel().tolist() == [60] * 4
    # ... while the other side may grow at the same time
    assert back_in_size(dotted, (3, 4)).tolist() == [[[60]] * 4] * 3


@given(st.tuples(*[st.integers(-9, 9)] * 2, *[st.integers(1, 20)] * 4))
def test_the_edges_of_a_window_become_the_edges_of_the_image(numbers):
    top, left, tall, wide, height, width = numbers
    matrix = window_matrices(np.array([[top, left, tall, wide]]), np.array([[height, width]]))[0]
    assert matrix @ [left - 0.5, top - 0.5, 1] == pytest.approx([-0.5, -0.5, 1])
    assert matrix @ [left + wide - 0.5, top + tall - 0.5, 1] == pytest.approx([width - 0.5, height - 0.5, 1])
