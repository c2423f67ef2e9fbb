import colorsys

import numpy as np
import pytest
import torch

from convlens.augment import AddToHueAndSaturation, ChannelShuffle, Grayscale, MultiplyHueAndSaturation

COLOURS = np.random.default_rng(0).integers(0, 256, (40, 3, 1, 1), np.uint8)
GREY, FOUR = torch.full((1, 1, 2, 2), 9, dtype=torch.uint8), torch.arange(16, dtype=torch.uint8).reshape(1, 4, 2, 2)


def test_grey_by_hand():
    colours = torch.tensor([[255, 0, 0], [0, 255, 0], [0, 0, 255]], dtype=torch.uint8)[..., None, None]
    assert Grayscale(1)(images=colours)[:, :, 0, 0].tolist() == [[76] * 3, [150] * 3, [29] * 3]
    assert Grayscale(0)(images=colours).equal(colours)


@pytest.mark.parametrize(
    ("augmenter", "change"),
    [
        (AddToHueAndSaturation(85), lambda hue, saturation: (hue + 1 / 3, saturation + 1 / 3)),
        (AddToHueAndSaturation(value_hue=-51), lambda hue, saturation: (hue - 0.2, saturation)),
        (MultiplyHueAndSaturation(mul_saturation=0.5), lambda hue, saturation: (hue, saturation / 2)),
        (MultiplyHueAndSaturation(mul_hue=2.5), lambda hue, saturation: (hue * 2.5, saturation)),
    ],
)
def test_hue_and_saturation_agree_with_pythons_own_conversion(augmenter, change):
    changed = augmenter(images=torch.from_numpy(COLOURS))[:, :, 0, 0].tolist()
    for before, after in zip(COLOURS[:, :, 0, 0].tolist(), changed, strict=True):
        hue, saturation, value = colorsys.rgb_to_hsv(*(one / 255 for one in before))
        hue, saturation = change(hue, saturation)
        expected = colorsys.hsv_to_rgb(hue % 1, min(max(saturation, 0), 1), value)
        assert after == pytest.approx([one * 255 for one in expected], abs=0.51)


@pytest.mark.parametrize("augmenter", [Grayscale(), AddToHueAndSaturation(9), MultiplyHueAndSaturation(2)], ids=repr)
@pytest.mark.parametrize("images", [GREY, FOUR])
def test_other_than_three_channels_have_no_colour(augmenter, images):
    assert augmenter(images=images).equal(images)


def test_shuffled_channels_are_those_of_the_arrays_and_the_key_0_shuffles_none():
    images = torch.arange(5 * 4, dtype=torch.uint8).reshape(5, 4, 1, 1)
    order = np.array([0, 5, 77, 123456789, 0])
    shuffled = ChannelShuffle(channels=[0, 1, 3, 9]).apply(images, {"order": order})
    expected = ChannelShuffle(channels=[0, 1, 3, 9]).apply(images.permute(0, 2, 3, 1).numpy(), {"order": order})
    assert np.array_equal(shuffled.permute(0, 2, 3, 1), expected)
    assert shuffled[[0, 4]].equal(images[[0, 4]])
    assert shuffled[:, 2].equal(images[:, 2])
