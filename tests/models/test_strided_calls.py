import pytest
import torch
from torch import nn
from torch.nn import functional

from convlens.models.layers import BlurPool
from convlens.models.strided_calls import StridedCall, strided_calls


class Calls(nn.Module):
    """A network whose forward is one function."""

    def __init__(self, function, *parts):
        super().__init__()
        self.function = function
        self.parts = nn.ModuleList(parts)
        self.weight = nn.Parameter(torch.ones(1, 1, 1, 1))

    def forward(self, maps):
        return self.function(maps, self.weight)


@pytest.mark.parametrize(
    ("function", "called", "stride"),
    [
        (lambda maps, _: functional.max_pool2d(maps, 2), "max_pool2d", (2, 2)),
        (lambda maps, _: torch.max_pool2d(maps, 3, 2), "max_pool2d", (2, 2)),
        (lambda maps, _: functional.max_pool2d(maps, kernel_size=(1, 2)), "max_pool2d", (1, 2)),
        (lambda maps, _: functional.avg_pool2d(maps, kernel_size=2, stride=(3, 2)), "avg_pool2d", (3, 2)),
        (lambda maps, weight: functional.conv2d(maps, weight, None, 2), "conv2d", (2, 2)),
        (lambda maps, weight: functional.conv2d(maps, weight, stride=[2, 1]), "conv2d", (2, 1)),
        (lambda maps, _: maps[..., ::2, ::2], "slicing", (2, 2)),
    ],
)
def test_a_call_that_drops_pixels_is_found_with_its_stride(function, called, stride):
    assert strided_calls(Calls(function)) == (StridedCall("", called, stride),)


@pytest.mark.parametrize(
    "function",
    [
        lambda maps, _: functional.max_pool2d(maps, 3, 1),
        lambda maps, _: functional.avg_pool2d(maps, 3, stride=1, padding=1),
        lambda maps, weight: functional.conv2d(maps, weight),
        lambda maps, _: maps[:, :, 1:-1],
        lambda maps, _: maps.relu().mean((2, 3)),
    ],
)
def test_a_call_that_keeps_every_pixel_is_none(function):
    assert strided_calls(Calls(function)) == ()


def test_layers_of_torch_and_of_this_package_are_no_calls():
    assert strided_calls(nn.Sequential(nn.MaxPool2d(2), nn.Conv2d(1, 1, 2, 2), BlurPool(1))) == ()


def test_each_part_of_a_network_is_followed_by_itself():
    pools = Calls(lambda maps, _: functional.max_pool2d(maps, 2))
    wilful = Calls(lambda maps, _: maps if maps.sum() > 0 else functional.max_pool2d(maps, 2), pools)
    assert strided_calls(wilful) == (StridedCall("parts.0", "max_pool2d", (2, 2)),)


class Wilful(nn.Module):
    """Looks at numbers."""

    def forward(self, maps):
        return functional.avg_pool2d(maps, 2) if maps.sum() > 0 else maps


def test_a_forward_that_cannot_be_followed_names_what_it_may_call():
    assert strided_calls(nn.Sequential(Wilful())) == (StridedCall("0", "avg_pool2d", None),)
