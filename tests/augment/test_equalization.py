import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from convlens.augment.equalization import (
    CLAHE,
    AllChannelsCLAHE,
    AllChannelsHistogramEqualization,
    Autocontrast,
    HistogramEqualization,
    all_channels_histogram_equalization,
    autocontrast,
    clahe,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

NOISE = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
DULL = (100 + NOISE // 8).astype(np.uint8)
KEYS = keys_of(0, "augment", 0, np.arange(200))
NONE, EACH = np.array([0]), np.array([1])


def test_equalising_spreads_two_near_greys_to_the_ends_in_proportion():
    # Of four pixels, one is 100, one 101 and two 102: cumulative shares past the first, 0, 1/3 and 1.
    image = np.array([[100, 101], [102, 102]], np.uint8)
    assert HistogramEqualization()(image=image).tolist() == [[0, 85], [255, 255]]
    assert AllChannelsHistogramEqualization()(image=image).tolist() == [[0, 85], [255, 255]]


def test_equalising_a_colour_image_widens_its_lightness_and_keeps_its_hues():
    red = np.array([[[120, 60, 60], [100, 50, 50]]], np.uint8)
    equalised = HistogramEqualization()(image=red).astype(int)
    assert HistogramEqualization()(images=DULL).std() > 2 * DULL.std()
    assert (equalised[..., 0] >= equalised[..., 1]).all()


@given(seed=st.integers(0, 1000), channels=st.integers(1, 5))
def test_equalising_each_channel_agrees_with_counting(seed, channels):
    rng = np.random.default_rng(seed)
    image = np.clip(rng.normal(rng.uniform(50, 200), rng.uniform(1, 60), (7, 9, channels)), 0, 255).astype(np.uint8)
    result = all_channels_histogram_equalization(image[None])[0]
    for channel in range(channels):
        plane = image[..., channel]
        lowest = (plane == plane.min()).sum()
        up_to = np.array([(plane <= one).sum() for one in plane.ravel()])
        wanted = plane.ravel() if lowest == plane.size else 255 * (up_to - lowest) / (plane.size - lowest)
        assert np.abs(result[..., channel].ravel() - wanted).max() <= 0.51


def test_without_a_limit_one_tile_of_clahe_is_a_plain_equalisation_counted_from_zero():
    # Cumulative shares 1/4, 2/4 and 4/4 of 255.
    image = np.array([[100, 101], [102, 102]], np.uint8)
    assert CLAHE(256, tile_grid_size_px=1, tile_grid_size_px_min=1)(image=image).tolist() == [[64, 128], [255, 255]]


def test_a_higher_clip_limit_gives_more_contrast():
    dull = DULL.repeat(4, axis=1).repeat(4, axis=2)
    spread = [CLAHE(limit, tile_grid_size_px=4)(images=dull).std() for limit in (1, 4, 40)]
    assert dull.std() < spread[0] < spread[1] < spread[2]


def test_more_tiles_even_out_what_differs_from_place_to_place():
    # Left is dark and right is bright, both with the same fine stripes; per tile the two halves come to look alike.
    stripes = np.tile(np.array([0, 20], np.uint8), (32, 16))
    image = (stripes + np.repeat([20, 200], 16).astype(np.uint8))[None, ..., None]
    one, many = (clahe(image, np.array([256.0]), np.array([tiles]))[0, ..., 0].astype(int) for tiles in (1, 8))
    assert abs(one[:, 16:].mean() - one[:, :16].mean()) > 100
    assert abs(many[:, 20:].mean() - many[:, :12].mean()) < 20


def test_the_fewest_tiles_are_a_floor():
    few = CLAHE(4, tile_grid_size_px=1, tile_grid_size_px_min=5)
    assert np.array_equal(few(images=DULL), CLAHE(4, tile_grid_size_px=5)(images=DULL))


def test_clahe_of_all_channels_is_that_of_each_as_a_grey_image():
    each = [CLAHE(4, 5)(images=DULL[..., channel]) for channel in range(3)]
    assert np.array_equal(AllChannelsCLAHE(4, 5)(images=DULL), np.stack(each, axis=-1))


def test_clahe_of_a_colour_image_is_that_of_its_lightness():
    lab = cv2.cvtColor(DULL[0], cv2.COLOR_RGB2LAB)
    lab[..., 0] = CLAHE(4, 5)(image=np.ascontiguousarray(lab[..., 0]))
    assert np.array_equal(CLAHE(4, 5)(image=DULL[0]), cv2.cvtColor(lab, cv2.COLOR_LAB2RGB))


def test_the_contrast_reaches_from_black_to_white():
    image = np.array([[50, 100], [125, 150]], np.uint8)
    # (v − 50) · 2.55; 127.5 is half way between two bytes, and the even one of them is 128.
    assert Autocontrast(0)(image=image).tolist() == [[0, 128], [191, 255]]


def test_a_cut_off_leaves_so_many_per_cent_beyond_either_end():
    image = np.arange(10, 110, dtype=np.uint8).reshape(10, 10)
    # Ten of a hundred values at each end: 20 becomes black, 99 white.
    result = Autocontrast(10)(image=image).ravel()
    assert (result == 0).sum() == (result == 255).sum() == 11
    assert result[11] == round(255 / 79)


def test_channels_are_stretched_together_or_apart():
    image = np.array([[[0, 100], [100, 200]]], np.uint8)
    assert Autocontrast(0)(image=image).tolist() == [[[0, 128], [128, 255]]]
    assert Autocontrast(0, per_channel=True)(image=image).tolist() == [[[0, 0], [255, 255]]]


@pytest.mark.parametrize("per_channel", [False, True])
def test_an_image_of_one_grey_is_not_stretched(per_channel):
    image = np.full((4, 4, 3), 77, np.uint8)
    assert np.array_equal(Autocontrast((0, 49), per_channel)(images=np.stack([image] * 20)), np.stack([image] * 20))


@given(seed=st.integers(0, 1000), cutoff=st.integers(0, 49))
def test_the_stretch_agrees_with_pillow_which_truncates(seed, cutoff):
    rng = np.random.default_rng(seed)
    # A hundred pixels, so that per cents are whole pixels.
    image = np.clip(rng.normal(rng.uniform(50, 200), rng.uniform(1, 60), (10, 10, 3)), 0, 255).astype(np.uint8)
    wanted = np.asarray(ImageOps.autocontrast(Image.fromarray(image), cutoff=cutoff)).astype(int)
    result = autocontrast(image[None], np.array([cutoff]), EACH)[0]
    assert np.abs(result - wanted).max() <= 1


def test_per_channel_is_drawn_for_each_image():
    images = np.broadcast_to(np.array([[[0, 100], [100, 200]]], np.uint8), (200, 1, 2, 2)).copy()
    apart = (Autocontrast(0, per_channel=0.3)(images=images, keys=KEYS)[:, 0, 0, 1] == 0).mean()
    assert 0.2 < apart < 0.4


@pytest.mark.parametrize("augmenter", [HistogramEqualization(), CLAHE()], ids=repr)
@pytest.mark.parametrize("channels", [2, 4, 5])
def test_what_works_on_the_lightness_leaves_images_of_other_channels_unchanged(augmenter, channels):
    images = np.random.default_rng(channels).integers(0, 256, (2, 5, 4, channels), np.uint8)
    assert np.array_equal(augmenter(images=images), images)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: CLAHE(0), "clip_limit wants values from 0.01"),
        (lambda: CLAHE(tile_grid_size_px=0), "tile_grid_size_px wants values from 1 to 1000, got 0"),
        (lambda: CLAHE(tile_grid_size_px_min=0), "tile_grid_size_px_min wants a whole number from 1 up, got 0"),
        (lambda: Autocontrast(50), "cutoff wants values from 0 to 49, got 50"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
