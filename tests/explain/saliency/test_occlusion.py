"""Occlusion: on a linear network the fall is the sum of products that the patch hides."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis.strategies import integers
from torch import nn

from convlens.errors import SettingsError
from convlens.explain.saliency import occlusion


def linear(height: int, width: int, channels: int = 1) -> nn.Sequential:
    layer = nn.Linear(channels * height * width, 2)
    numbers = torch.arange(2 * channels * height * width, dtype=torch.float32).view(2, -1)
    layer.load_state_dict({"weight": numbers % 7 - 3, "bias": torch.tensor([5.0, -5])})
    return nn.Sequential(nn.Flatten(), layer)


def test_side_by_side_patches_hold_the_sum_of_their_products() -> None:
    network, picture = linear(4, 4), torch.arange(16.0).view(1, 1, 4, 4) - 8
    found = occlusion(network, picture, 1, patch=2, stride=2).values
    products = (network[1].weight[1].view(4, 4) * picture[0, 0]).detach().numpy()
    for row in (0, 2):
        for column in (0, 2):
            assert (
                found[row : row + 2, column : column + 2] == products[row : row + 2, column : column + 2].sum()
            ).all()
    assert found[::2, ::2].sum() == network(picture)[0, 1].item() + 5


def test_pixel_by_pixel_and_over_all_channels_it_is_weight_times_distance_from_the_cover() -> None:
    network, picture = linear(3, 3, channels=2), torch.arange(18.0).view(1, 2, 3, 3)
    found = occlusion(network, picture, 0, patch=1, stride=1, fill=(2.0, -1)).values
    weights = network[1].weight[0].view(2, 3, 3).detach()
    expected = (weights * (picture[0] - torch.tensor([2.0, -1]).view(2, 1, 1))).sum(dim=0)
    assert found.tolist() == expected.tolist()


@given(
    height=integers(3, 9), width=integers(3, 9), patch=integers(1, 3), stride=integers(1, 3), batch_size=integers(1, 7)
)
def test_each_pixel_is_the_mean_over_the_patches_that_hold_it(
    height: int, width: int, patch: int, stride: int, batch_size: int
) -> None:
    stride = min(stride, patch)
    network, picture = linear(height, width), torch.ones(1, 1, height, width)
    found = occlusion(network, picture, 0, patch=patch, stride=stride, batch_size=batch_size).values
    weights = network[1].weight[0].view(height, width).detach().numpy()
    tops = sorted({*range(0, height - patch + 1, stride), height - patch})
    lefts = sorted({*range(0, width - patch + 1, stride), width - patch})
    for row in range(height):
        for column in range(width):
            sums = [
                weights[top : top + patch, left : left + patch].sum()
                for top in tops
                for left in lefts
                if top <= row < top + patch and left <= column < left + patch
            ]
            assert found[row, column] == pytest.approx(np.mean(sums))


def test_the_usual_patch_is_a_seventh_of_the_picture_and_moves_by_half_of_it() -> None:
    assert occlusion(linear(28, 28), torch.zeros(1, 1, 28, 28)).settings == (("patch", 4), ("stride", 2))
    assert occlusion(linear(3, 4), torch.zeros(1, 1, 3, 4)).settings == (("patch", 1), ("stride", 1))


@pytest.mark.parametrize(("patch", "stride"), [(0, 1), (5, 1), (2, 3), (2, 0)])
def test_a_patch_beyond_the_picture_and_a_stride_beyond_the_patch_are_refused(patch: int, stride: int) -> None:
    with pytest.raises(SettingsError, match=f"got patch {patch} and stride {stride}"):
        occlusion(linear(4, 4), torch.zeros(1, 1, 4, 4), patch=patch, stride=stride)


def test_a_cover_has_a_number_for_each_channel() -> None:
    with pytest.raises(SettingsError, match="1 channels, but what covers it has 2 numbers"):
        occlusion(linear(4, 4), torch.zeros(1, 1, 4, 4), fill=(0.0, 1.0))
