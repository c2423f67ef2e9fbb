import colorsys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from convlens.augment import colour
from convlens.augment.colour import (
    AddToHueAndSaturation,
    ChannelShuffle,
    Grayscale,
    JpegCompression,
    MultiplyHueAndSaturation,
)
from convlens.errors import SettingsError
from convlens.rng import keys_of

NOISE = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
KEYS = keys_of(0, "augment", 0, np.arange(400))


def after(augmenter, *pixel: int) -> list[int]:
    image = np.array(pixel, np.uint8).reshape(1, 1, len(pixel))
    return augmenter(image=image)[0, 0].tolist()


@pytest.mark.parametrize(
    ("augmenter", "before", "expected"),
    [
        # 0.299 · 200 + 0.587 · 100 + 0.114 · 50 = 124.2
        (Grayscale(), [200, 100, 50], [124, 124, 124]),
        (Grayscale(0.5), [200, 100, 50], [162, 112, 87]),
        # 85 is a third of a turn, from red to green to blue; full saturation stays.
        (AddToHueAndSaturation(85), [255, 0, 0], [0, 255, 0]),
        (AddToHueAndSaturation(-85), [255, 0, 0], [85, 85, 255]),
        (AddToHueAndSaturation(value_hue=-85), [255, 0, 0], [0, 0, 255]),
        # Of 200, a saturation of 0.5 leaves 100; 51 is a fifth of full saturation more: 200 · (1 − 0.7) = 60.
        (AddToHueAndSaturation(value_saturation=51), [200, 100, 100], [200, 60, 60]),
        (AddToHueAndSaturation(value_saturation=-51), [200, 100, 100], [200, 140, 140]),
        (AddToHueAndSaturation(value_saturation=255), [200, 100, 100], [200, 0, 0]),
        # Green is at 120°; twice that is blue.
        (MultiplyHueAndSaturation(2), [0, 255, 0], [0, 0, 255]),
        (MultiplyHueAndSaturation(0), [50, 200, 100], [200, 200, 200]),
        (MultiplyHueAndSaturation(mul_hue=0.5), [0, 255, 0], [255, 255, 0]),
        # Green is at 120°; four times that is green again.
        (MultiplyHueAndSaturation(mul_hue=4), [0, 255, 0], [0, 255, 0]),
        (MultiplyHueAndSaturation(mul_saturation=0.5), [200, 100, 100], [200, 150, 150]),
        (MultiplyHueAndSaturation(mul_saturation=7), [200, 100, 100], [200, 0, 0]),
        (ChannelShuffle(channels=[1]), [1, 2, 3], [1, 2, 3]),
    ],
    ids=repr,
)
def test_one_pixel_by_hand(augmenter, before, expected):
    assert after(augmenter, *before) == expected


@pytest.mark.parametrize(
    "identity",
    [
        Grayscale(0),
        AddToHueAndSaturation(0),
        AddToHueAndSaturation(value_hue=0, value_saturation=0),
        MultiplyHueAndSaturation(1),
        MultiplyHueAndSaturation(mul_saturation=1),
        ChannelShuffle(0),
        ChannelShuffle(channels=[3, 4]),
    ],
    ids=repr,
)
def test_neutral_settings_change_nothing(identity):
    assert np.array_equal(identity(images=NOISE), NOISE)


def test_the_way_to_hue_and_back_is_exact_for_every_colour_of_a_grid():
    steps = np.arange(0, 256, 5, dtype=np.uint8)
    every = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(1, 52, -1, 3)
    assert np.array_equal(AddToHueAndSaturation(0)(images=every), every)


@given(value=st.integers(-255, 255), factor=st.floats(0, 3), seed=st.integers(0, 1000))
def test_hue_and_saturation_agree_with_pythons_own_conversion(value, factor, seed):
    pixel = np.random.default_rng(seed).integers(0, 256, (1, 1, 1, 3), np.uint8)
    h, s, v = colorsys.rgb_to_hsv(*(pixel.ravel() / 255).tolist())
    added = colorsys.hsv_to_rgb((h + value / 255) % 1, min(max(s + value / 255, 0), 1), v)
    result = colour.add_to_hue_and_saturation(pixel, np.array([value]), np.array([value]))
    assert np.abs(result.ravel() - 255 * np.array(added)).max() <= 0.51
    multiplied = colorsys.hsv_to_rgb(h * factor % 1, min(s * factor, 1), v)
    result = colour.multiply_hue_and_saturation(pixel, np.array([factor]), np.array([factor]))
    assert np.abs(result.ravel() - 255 * np.array(multiplied)).max() <= 0.51


@given(alpha=st.floats(0, 1))
def test_grayscale_agrees_with_the_formula(alpha):
    grey = NOISE @ np.array([0.299, 0.587, 0.114])
    expected = alpha * grey[..., None] + (1 - alpha) * NOISE
    assert np.abs(colour.grayscale(NOISE, np.array([alpha, alpha])) - expected).max() <= 0.51


def test_hue_and_saturation_are_drawn_apart_on_request():
    red = np.tile(np.array([200, 100, 100], np.uint8), (400, 1, 1, 1))
    together = AddToHueAndSaturation((-20, 20))(images=red, keys=KEYS)
    apart = AddToHueAndSaturation((-20, 20), per_channel=True)(images=red, keys=KEYS)
    assert len(np.unique(together, axis=0)) <= 41 < 200 < len(np.unique(apart, axis=0))


def test_a_shuffle_gives_every_order_of_three_channels_equally_often():
    images = np.tile(np.array([1, 2, 3], np.uint8), (400, 1, 1, 1))
    orders, counts = np.unique(ChannelShuffle()(images=images, keys=KEYS), axis=0, return_counts=True)
    assert len(orders) == 6
    assert counts.min() > 40  # 67 by chance
    kept = (ChannelShuffle(0.3)(images=images, keys=KEYS) == images).all(axis=3).mean()
    assert 0.65 < kept < 0.85  # 0.7 + 0.3 / 6


def test_a_shuffle_of_some_channels_leaves_the_others_where_they_are():
    images = np.tile(np.array([1, 2, 3, 4], np.uint8), (400, 1, 1, 1))
    changed = ChannelShuffle(channels=[0, 3])(images=images, keys=KEYS)[:, 0, 0]
    orders, counts = np.unique(changed, axis=0, return_counts=True)
    assert orders.tolist() == [[1, 2, 3, 4], [4, 2, 3, 1]]
    assert counts.min() > 150


def test_without_settings_hue_and_saturation_are_drawn_apart_from_their_own_ranges():
    drawn = AddToHueAndSaturation().sample(KEYS)
    assert sorted(drawn) == ["value_hue", "value_saturation"]
    assert {(one.min(), one.max()) for one in drawn.values()} == {(-40, 40)}
    assert np.abs(np.corrcoef(*drawn.values())[0, 1]) < 0.2
    factors = MultiplyHueAndSaturation().sample(KEYS)
    assert 0.5 <= factors["mul_hue"].min() < 0.52 < 1.48 < factors["mul_hue"].max() < 1.5
    assert 0 <= factors["mul_saturation"].min() < 0.02 < 1.66 < factors["mul_saturation"].max() < 1.7


def test_float_images_turn_without_being_rounded():
    red = np.array([0.5, 0.25, 0.25], np.float32).reshape(1, 1, 3)
    turned = AddToHueAndSaturation(value_hue=85)(image=red, value_range=(0, 1))
    assert turned.ravel().tolist() == pytest.approx([0.25, 0.5, 0.25], abs=1e-6)


def test_more_compression_is_further_from_the_image_and_red_stays_red():
    smooth = np.broadcast_to(np.linspace(0, 255, 32).astype(np.uint8)[None, None, :, None], (1, 32, 32, 3)).copy()
    smooth[..., 1:] //= 4
    far = [
        np.abs(JpegCompression(compression)(images=smooth).astype(int) - smooth).mean()
        for compression in (0, 50, 90, 100)
    ]
    assert far == sorted(far)
    assert 0 < far[0] < 4
    assert JpegCompression(50)(images=smooth)[0, :, -4:].mean(axis=(0, 1)).argmax() == 0


@pytest.mark.parametrize("channels", [1, 2, 4, 5])
@pytest.mark.parametrize("augmenter", [Grayscale(), AddToHueAndSaturation(50), MultiplyHueAndSaturation(2)], ids=repr)
def test_what_needs_colours_leaves_images_of_other_channels_unchanged(augmenter, channels):
    images = np.random.default_rng(channels).integers(0, 256, (2, 5, 4, channels), np.uint8)
    assert np.array_equal(augmenter(images=images), images)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Grayscale(1.3), "alpha wants values from 0 to 1, got 1.3"),
        (lambda: AddToHueAndSaturation(0.5), "value wants whole numbers, got 0.5"),
        (lambda: AddToHueAndSaturation(value_hue=256), "value_hue wants values from -255 to 255, got 256"),
        (lambda: AddToHueAndSaturation(5, value_hue=5), "got value together with value_hue"),
        (lambda: MultiplyHueAndSaturation(mul=1, mul_saturation=1), "got mul together with mul_saturation"),
        (lambda: ChannelShuffle(channels=[0, 0]), r"channels wants a list of different positions .*, got \[0, 0\]"),
        (lambda: ChannelShuffle(channels=[]), r"channels wants a list of different positions .*, got \[\]"),
        (lambda: ChannelShuffle(-0.1), "p wants values from 0 to 1, got -0.1"),
        (lambda: JpegCompression(101), "compression wants values from 0 to 100, got 101"),
    ],
)
def test_a_wrong_setting_is_refused(make, sentence):
    with pytest.raises(SettingsError, match=sentence):
        make()
