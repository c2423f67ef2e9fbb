"""Other rims: what torch gives for that padding, and nothing where nothing is padded."""

import copy

import pytest
import torch
from torch import nn

from convlens.models import create
from convlens.models.layers import BlurPool, DenseMaxPool, RimConv2d
from convlens.models.rims import with_rim


def drawn(*shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def test_a_mirrored_rim_by_hand():
    conv = nn.Conv2d(1, 1, (1, 3), padding=(0, 1), bias=False)
    conv.weight.data[:] = 1
    other = with_rim(nn.Sequential(conv), "reflect")
    row = torch.tensor([[[[1.0, 10.0, 100.0]]]])
    assert conv(row).flatten().tolist() == [11, 111, 110]
    assert other(row).flatten().tolist() == [21, 111, 120]
    assert with_rim(nn.Sequential(conv), "circular")(row).flatten().tolist() == [111, 111, 111]


@pytest.mark.parametrize("rim", ["reflect", "circular"])
@pytest.mark.parametrize("padding", [1, (1, 2), "same"])
def test_convolutions_pad_as_torch_does(rim, padding):
    torch.manual_seed(0)
    conv = nn.Conv2d(2, 3, 3, padding=padding)
    wanted = nn.Conv2d(2, 3, 3, padding=padding, padding_mode=rim)
    wanted.load_state_dict(conv.state_dict())
    images = drawn(2, 2, 7, 6)
    assert torch.equal(with_rim(conv, rim)(images), wanted(images))


@pytest.mark.parametrize("kind", [nn.ZeroPad2d, lambda width: nn.ConstantPad2d(width, 3.0)])
def test_a_layer_that_only_pads_is_replaced(kind):
    images = drawn(1, 1, 4, 4)
    other = with_rim(nn.Sequential(nn.Identity(), kind((1, 2, 0, 1))), "reflect")
    assert torch.equal(other(images), nn.functional.pad(images, (1, 2, 0, 1), mode="reflect"))


def test_an_average_leaves_its_padding_out():
    other = with_rim(nn.Sequential(nn.AvgPool2d(2, padding=1)), "reflect")
    assert other(torch.full((1, 1, 2, 2), 8.0)).flatten().tolist() == [8, 8, 8, 8]


def test_our_own_layers_take_the_other_rim():
    images = drawn(1, 2, 6, 6)
    for made in (lambda rim: BlurPool(2, 3, padding=rim), lambda rim: DenseMaxPool(3, rim)):
        assert torch.equal(with_rim(made("circular"), "reflect")(images), made("reflect")(images))
    conv = RimConv2d(2, 1, 3, "circular")
    wanted = copy.deepcopy(conv)
    wanted.rim = "reflect"
    assert torch.equal(with_rim(conv, "reflect")(images), wanted(images))


@pytest.mark.parametrize("name", ["cnn", "mlp", "cnn[padding=reflect]"])
def test_a_network_without_another_rim_to_be_had_is_none(name):
    assert with_rim(create(name), "reflect") is None


def test_a_maximum_does_not_feel_its_padding():
    assert with_rim(nn.Sequential(nn.MaxPool2d(3, 2, 1), DenseMaxPool(2, "zeros")), "reflect") is None


def test_the_network_itself_stays_as_it_is():
    network = nn.Sequential(nn.ZeroPad2d(1), nn.Conv2d(1, 1, 3, padding=1))
    with_rim(network, "reflect")
    assert type(network[0]) is nn.ZeroPad2d
    assert network[1].padding_mode == "zeros"
