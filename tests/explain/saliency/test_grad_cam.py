"""Grad-CAM by hand, on the last map or another one."""

import pytest
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, UnknownNameError
from convlens.explain.saliency import grad_cam


class Two(nn.Module):
    """Two maps of 2×2, pixel and minus twice the pixel; the score is 3·(sum of the first) + 1·(sum of the second)."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 1, bias=False)
        self.conv.weight.data = torch.tensor([1.0, -2]).view(2, 1, 1, 1)
        self.act = nn.Identity()
        self.head = nn.Linear(8, 2, bias=False)
        self.head.weight.data = torch.tensor([[3.0] * 4 + [1.0] * 4, [0.0] * 8])

    def forward(self, x: Tensor) -> Tensor:
        logits: Tensor = self.head(self.act(self.conv(x)).flatten(1))
        return logits


PICTURE = torch.tensor([[1.0, -1], [2, 0]]).view(1, 1, 2, 2)


def test_the_map_is_the_rectified_sum_of_the_weighted_channels() -> None:
    # α is (3, 1): 3·x + 1·(−2x) = x, and what is below 0 is cut
    found = grad_cam(Two(), PICTURE, 0)
    assert found.values.tolist() == [[1, 0], [2, 0]]
    assert not found.signed
    assert found.settings == (("layer", "act"),)


def test_a_smaller_map_is_drawn_out_by_bilinear_interpolation() -> None:
    network = nn.Sequential(nn.AvgPool2d(2), nn.Flatten(), nn.Linear(4, 2, bias=False))
    network[2].weight.data = torch.tensor([[1.0, 1, 1, 1], [0, 0, 0, 0]])
    picture = torch.tensor([[0.0, 4], [8, 12]]).repeat_interleave(2, 0).repeat_interleave(2, 1).view(1, 1, 4, 4)
    # cell centres lie at 0.5 and 2.5 pixels; between them the map rises evenly, beyond them it stays
    assert grad_cam(network, picture, 0).values.tolist() == [
        [0, 1, 3, 4],
        [2, 3, 5, 6],
        [6, 7, 9, 10],
        [8, 9, 11, 12],
    ]


def test_the_weights_are_the_mean_slope_not_its_sum() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 1, bias=False), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1, 2))
    network[0].weight.data.fill_(1)
    network[3].weight.data = torch.tensor([[8.0], [0]])
    # the pool shares 8 among four cells, so each has the slope 2 and so has their mean
    assert grad_cam(network, PICTURE, 0).values.tolist() == [[2, 0], [4, 0]]


def test_the_last_map_is_the_last_with_more_than_one_cell() -> None:
    network = nn.Sequential(nn.Conv2d(1, 3, 3), nn.ReLU(inplace=True), nn.AdaptiveMaxPool2d(1), nn.Flatten())
    assert grad_cam(network, torch.randn(1, 1, 5, 5), 0).settings == (("layer", "1"),)


def test_a_layer_that_runs_twice_is_explained_in_its_last_run_and_a_block_that_adds_is_a_layer() -> None:
    class Residual(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 1)
            self.conv.load_state_dict({"weight": torch.tensor([[[[2.0]]]]), "bias": torch.tensor([1.0])})

        def forward(self, x: Tensor) -> Tensor:
            twice: Tensor = self.conv(self.conv(x))
            return x + twice

    network = nn.Sequential(Residual(), nn.Flatten(), nn.Linear(4, 2, bias=False))
    network[2].weight.data = torch.tensor([[1.0] * 4, [0.0] * 4])
    # the second run gives 2(2x + 1) + 1 = 4x + 3; the block adds x
    assert grad_cam(network, PICTURE, 0).values.tolist() == [[8, 0], [13, 3]]
    assert grad_cam(network, PICTURE, 0, layer="0.conv").values.tolist() == [[7, 0], [11, 3]]


def test_a_container_that_only_passes_on_is_called_by_its_last_layer() -> None:
    network = nn.Sequential(nn.Sequential(nn.Conv2d(1, 2, 1), nn.ReLU()), nn.Flatten(), nn.Linear(8, 2))
    assert grad_cam(network, PICTURE, 0).settings == (("layer", "0.1"),)


def test_a_layer_without_rows_and_columns_and_one_that_is_not_there_are_told() -> None:
    network = Two()
    with pytest.raises(SettingsError, match="'head' gives 2; choose one of conv, act"):
        grad_cam(network, PICTURE, layer="head")
    with pytest.raises(UnknownNameError, match="no layer 'konv' that runs; did you mean 'conv'"):
        grad_cam(network, PICTURE, layer="konv")


def test_a_network_without_maps_is_told() -> None:
    network = nn.Sequential(nn.Flatten(), nn.Linear(4, 2))
    with pytest.raises(SettingsError, match="this network has none"):
        grad_cam(network, PICTURE)


def test_a_layer_with_its_channels_last_gives_the_map_of_a_convolution_of_one_pixel() -> None:
    class Turned(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.first, self.dense, self.head = nn.Conv2d(1, 4, 3), nn.Linear(4, 3), nn.Linear(3 * 5 * 6, 2)

        def forward(self, x: Tensor) -> Tensor:
            maps = self.dense(self.first(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)
            return self.head(maps.relu().flatten(1))

    turned = Turned()
    point = nn.Conv2d(4, 3, 1)
    point.weight.data, point.bias.data = turned.dense.weight.data[:, :, None, None], turned.dense.bias.data
    upright = nn.Sequential(turned.first, point, nn.ReLU(), nn.Flatten(), turned.head)
    picture = torch.randn(1, 1, 7, 8)
    found, wanted = grad_cam(turned, picture, 1, layer="dense"), grad_cam(upright, picture, 1, layer="1")
    assert wanted.values.max() > 0
    assert found.values == pytest.approx(wanted.values, abs=1e-6)
