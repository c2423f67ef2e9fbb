import numpy as np
import pytest
from hypothesis import given
from hypothesis.strategies import integers, sampled_from, tuples
from PIL import Image

from convlens.data.fitting import all_fitted, as_size, fitted, with_channels
from convlens.errors import SettingsError

COUNTING = np.arange(8, dtype=np.uint8).reshape(2, 4, 1) * 10
SIDES = integers(1, 40)


def test_halving_averages_areas():
    assert fitted(COUNTING, (1, 2), "crop").ravel().tolist() == [25, 45]


def test_crop_keeps_the_middle():
    assert fitted(COUNTING, (2, 2), "crop")[..., 0].tolist() == [[10, 20], [50, 60]]


def test_pad_keeps_everything_with_black_around():
    assert fitted(COUNTING, (4, 4), "pad")[..., 0].tolist() == [[0] * 4, [0, 10, 20, 30], [40, 50, 60, 70], [0] * 4]


def test_stretch_gives_up_the_proportions():
    assert fitted(COUNTING, (2, 2), "stretch")[..., 0].tolist() == [[5, 25], [45, 65]]


def test_luma_by_hand():
    colours = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [7, 7, 7]], np.uint8)
    # 0.299 · 255 = 76.2, 0.587 · 255 = 149.7, 0.114 · 255 = 29.07
    assert with_channels(colours[:, None, None], 1).ravel().tolist() == [76, 150, 29, 255, 7]


def test_luma_agrees_with_pillow():
    colours = np.random.default_rng(0).integers(0, 256, (1, 50, 50, 3)).astype(np.uint8)
    assert np.array_equal(with_channels(colours, 1)[0, ..., 0], np.asarray(Image.fromarray(colours[0]).convert("L")))


def test_grey_becomes_colour_and_grey_again():
    images = np.arange(256, dtype=np.uint8).reshape(4, 8, 8, 1)
    assert np.array_equal(with_channels(with_channels(images, 3), 1), images)
    assert with_channels(images, 1) is images


def test_four_channels_are_refused():
    with pytest.raises(SettingsError, match="not 4 from 1"):
        with_channels(np.zeros((1, 2, 2, 1), np.uint8), 4)


@given(came=tuples(SIDES, SIDES), wanted=tuples(SIDES, SIDES), fit=sampled_from(["crop", "stretch"]), level=SIDES)
def test_a_flat_image_stays_flat_at_any_size(came, wanted, fit, level):
    image = np.full((*came, 3), level, np.uint8)
    assert np.array_equal(fitted(image, wanted, fit), np.full((*wanted, 3), level, np.uint8))


@given(came=tuples(SIDES, SIDES), wanted=tuples(SIDES, SIDES))
def test_padding_reaches_the_frame_in_one_direction_at_least(came, wanted):
    result = fitted(np.full((*came, 1), 255, np.uint8), wanted, "pad")[..., 0]
    assert result.shape == wanted
    assert (result.max(axis=0) == 255).all() or (result.max(axis=1) == 255).all()


def test_a_thread_of_a_picture_does_not_fill_the_memory():
    assert fitted(np.zeros((1, 5_000_000, 1), np.uint8), (64, 64), "crop").shape == (64, 64, 1)


def test_a_batch_equals_its_images_one_by_one():
    images = np.random.default_rng(0).integers(0, 256, (3, 9, 7, 3)).astype(np.uint8)
    together = all_fitted(images, (5, 12), "crop")
    assert all(np.array_equal(together[k], fitted(images[k], (5, 12), "crop")) for k in range(3))
    assert all_fitted(images, (9, 7), "crop") is images


def test_sizes_are_checked():
    assert as_size(28) == (28, 28)
    for wrong in (0, -3, (28, 5000)):
        with pytest.raises(SettingsError, match="from 1 to 4,096"):
            as_size(wrong)
