"""The last feature map and the stride: by hand, for networks of every build, and refused where they cannot be seen."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn import functional

from convlens.models import create
from convlens.models.last_map import changed, last_map


def block(stride: int) -> nn.Module:
    return nn.Sequential(nn.Conv2d(4, 4, 3, stride, 1), nn.ReLU(), nn.Conv2d(4, 4, 3, 1, 1))


class Residual(nn.Module):
    """A strided branch, a strided shortcut, and their sum; the last map is no layer's own output."""

    def __init__(self) -> None:
        super().__init__()
        self.stem, self.branch = nn.Conv2d(1, 4, 3, 2, 1), block(2)
        self.shortcut = nn.Conv2d(4, 4, 1, 2)

    def forward(self, tensors: Tensor) -> Tensor:
        stem = functional.relu(self.stem(tensors))
        return functional.relu(self.branch(stem) + self.shortcut(stem))


class Written(nn.Module):
    """A `forward` that flattens, averages or pools by itself."""

    def __init__(self, ending: str) -> None:
        super().__init__()
        self.ending = ending
        self.conv = nn.Conv2d(1, 2, 3, stride=2, padding=1)
        cells = {"flat": 16, "mean": 1, "pool": 4}[ending]
        self.dense = nn.Linear(2 * cells, 3)

    def forward(self, tensors: Tensor) -> Tensor:
        maps = functional.relu(self.conv(tensors))
        if self.ending == "mean":
            return self.dense(maps.mean((2, 3)))
        if self.ending == "pool":
            maps = functional.max_pool2d(maps, 2)
        return self.dense(maps.flatten(1))


class ChannelsLast(nn.Module):
    """Passes maps on as (N, H, W, C), as some networks do."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.turn, self.norm, self.dense = nn.Conv2d(1, 6, 2, 2), Turn(), nn.LayerNorm(6), nn.Linear(6, 2)

    def forward(self, tensors: Tensor) -> Tensor:
        return self.dense(self.norm(self.turn(self.conv(tensors))).mean((1, 2)))


class Turn(nn.Module):
    def forward(self, tensors: Tensor) -> Tensor:
        return tensors.permute(0, 2, 3, 1)


def test_the_map_of_the_cnn_is_what_its_flatten_layer_reads():
    found = last_map(create("cnn"), 1, (28, 28))
    assert (found.name, found.call, found.cells, found.stride) == ("relu2", 0, (5, 5), (4, 4))


@pytest.mark.parametrize(
    ("name", "where", "cells", "stride"),
    [
        ("toy", "conv1", 2, 1),  # its pool reads the whole map, so it is the head
        ("cnn[head=pooled]", "relu3", 3, 4),
        ("cnn[pool=aps,padding=circular,head=averaged]", "relu3", 7, 4),
        ("cnn[pool=blur3,padding=reflect]", "blur2", 7, 4),
        ("steady", "relu4", 7, 4),
    ],
)
def test_the_map_and_the_stride_of_registered_networks(name, where, cells, stride):
    side = 4 if name == "toy" else 28
    found = last_map(create(name), 1, (side, side))
    assert (found.name, found.cells, found.stride) == (where, (cells, cells), (stride, stride))


def test_a_network_of_dense_layers_has_no_map():
    told = last_map(create("mlp"), 1, (28, 28))
    assert told == "it has no feature map: its first layer already reads every pixel at its own place"


def test_a_layer_that_only_normalises_makes_no_feature_map():
    assert "no feature map" in last_map(nn.Sequential(nn.BatchNorm2d(1), nn.Flatten(), nn.Linear(64, 2)), 1, (8, 8))


def test_a_shortcut_with_a_stride_of_its_own_is_not_counted_twice():
    found = last_map(nn.Sequential(Residual(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)), 1, (16, 16))
    assert (found.name, found.cells, found.stride) == ("0", (4, 4), (4, 4))


@pytest.mark.parametrize("ending", ["flat", "mean"])
def test_a_head_without_layers_of_its_own_is_seen_by_what_the_next_layer_reads(ending):
    found = last_map(Written(ending), 1, (8, 8))
    assert (found.name, found.cells, found.stride) == ("conv", (4, 4), (2, 2))


def test_a_head_of_nothing_but_an_average_ends_in_the_answer():
    class Averaged(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 3, 3, stride=3)

        def forward(self, tensors: Tensor) -> Tensor:
            return self.conv(tensors).mean((2, 3))

    assert last_map(Averaged(), 1, (9, 9)).stride == (3, 3)


def test_a_pool_that_is_no_layer_is_not_overlooked():
    assert last_map(Written("pool"), 1, (8, 8)) == "what becomes of the map that its layer 'conv' gives cannot be seen"


def test_maps_with_their_channels_last_are_refused():
    assert "how far apart the cells of its layer" in last_map(ChannelsLast(), 1, (8, 8))


def test_a_pool_with_a_fixed_output_is_part_of_the_head():
    features = nn.Sequential(nn.Conv2d(1, 2, 3, stride=2, padding=1), nn.ReLU())
    found = last_map(nn.Sequential(features, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Linear(8, 2)), 1, (8, 8))
    assert (found.name, found.cells, found.stride) == ("0", (4, 4), (2, 2))


def test_axes_have_strides_of_their_own():
    found = last_map(nn.Sequential(nn.Conv2d(1, 1, 3, stride=(1, 5)), nn.Flatten(), nn.Linear(12, 2)), 1, (6, 15))
    assert (found.cells, found.stride) == ((4, 3), (1, 5))


def test_a_layer_that_is_called_twice_is_told_by_its_call():
    relu = nn.ReLU()
    conv = nn.Conv2d(1, 1, 1)
    found = last_map(nn.Sequential(conv, relu, nn.MaxPool2d(2), relu, nn.Flatten(), nn.Linear(4, 2)), 1, (4, 4))
    assert (found.layer, found.call, found.cells) == (relu, 1, (2, 2))


def test_only_that_call_is_changed_and_the_hooks_are_gone_afterwards():
    relu, seen = nn.ReLU(), []
    network = nn.Sequential(nn.Conv2d(1, 1, 1), relu, nn.MaxPool2d(2), relu, nn.Flatten())
    found = last_map(nn.Sequential(network, nn.Linear(4, 2)), 1, (4, 4))
    with changed(network, found, lambda maps: seen.append(maps.shape) or maps + 1):
        for _ in range(2):
            assert torch.equal(network(torch.zeros(1, 1, 4, 4)), network(torch.zeros(1, 1, 4, 4)))
    assert seen == [(1, 1, 2, 2)] * 4
    assert all(not part._forward_hooks and not part._forward_pre_hooks for part in network.modules())


def test_a_network_that_cannot_read_the_picture_is_told_with_its_own_words():
    network = nn.Sequential(nn.Conv2d(3, 1, 3), nn.Flatten(), nn.Linear(36, 2))
    assert "cannot read a picture of 8×8 pixels: Given groups=1" in last_map(network, 1, (8, 8))


def test_a_network_that_reads_one_size_only_before_its_first_map_is_refused():
    class Fixed(nn.Module):
        def forward(self, tensors: Tensor) -> Tensor:
            return tensors.view(-1, 1, 8, 8)

    network = nn.Sequential(Fixed(), nn.Conv2d(1, 1, 3), nn.Flatten(), nn.Linear(36, 2))
    assert "cannot be followed to larger pictures" in last_map(nn.Sequential(Guard(), network), 1, (8, 8))


class Guard(nn.Module):
    def forward(self, tensors: Tensor) -> Tensor:
        assert tensors.shape[2:] == (8, 8), "8×8 only"
        return tensors


@settings(max_examples=40)
@given(
    st.lists(
        st.tuples(st.sampled_from(["conv", "max", "average"]), st.integers(1, 4), st.integers(1, 4), st.booleans()),
        min_size=1,
        max_size=4,
    ),
    st.integers(24, 40),
)
def test_the_stride_is_the_product_of_the_strides_on_the_way(layers, side):
    parts, product = [], 1
    for kind, kernel, stride, pads in layers:
        padding = kernel // 2 if pads else 0
        if kind == "conv":
            parts.append(nn.Conv2d(1, 1, kernel, stride, padding))
        else:
            parts.append((nn.MaxPool2d if kind == "max" else nn.AvgPool2d)(kernel, stride, padding))
        product *= stride
    body = nn.Sequential(*parts)
    with torch.inference_mode():
        try:
            cells = body(torch.zeros(1, 1, side, side)).shape[2]
        except RuntimeError:  # nothing is left of the picture
            return
    found = last_map(nn.Sequential(body, nn.Flatten(), nn.Linear(cells**2, 2)), 1, (side, side))
    if cells > 1:
        assert (found.cells, found.stride) == ((cells, cells), (product, product))
