import pytest
import torch
from torch import nn

from convlens.models.memory_format import lay_out, ordered, reads_channels_last
from convlens.models.networks import MODELS, create


class Own(nn.Module):
    """A network with a `forward` of its own, which makes a row of each map in one way or another."""

    def __init__(self, row, channels=3):
        super().__init__()
        self.conv, self.row = nn.Conv2d(channels, 4, 3), row
        self.modes = []

    def forward(self, batch):
        self.modes.append(self.training)
        return self.row(self.conv(batch))


def viewed(maps):
    return maps.view(maps.size(0), -1)


def flattened(maps):
    return maps.flatten(1)


def is_last(module):
    return module.conv.weight.is_contiguous(memory_format=torch.channels_last)


def test_the_orders_by_hand():
    batch = torch.arange(12.0).view(1, 3, 2, 2)
    last = ordered(batch, channels_last=True)
    assert last.stride() == (12, 1, 6, 3)
    assert ordered(last, channels_last=False).stride() == (12, 4, 2, 1)
    assert torch.equal(last, batch)


def test_a_single_channel_loses_the_order_of_images_too():
    grey = torch.zeros(2, 4, 5, 1).permute(0, 3, 1, 2)
    assert grey.stride() == (20, 1, 5, 1)
    assert ordered(grey, channels_last=False).stride() == (20, 20, 5, 1)
    assert ordered(grey, channels_last=True).stride() == (20, 1, 5, 1)


@pytest.mark.parametrize("name", MODELS)
def test_every_registered_network_keeps_the_fast_order_and_is_not_even_tried(name):
    module = create(name)
    module.register_forward_hook(lambda *_: pytest.fail("it was tried"))
    assert lay_out(module, (MODELS[name].channels, *(2 * (MODELS[name].size,))))
    weights = [one for one in module.parameters() if one.ndim == 4]
    assert all(one.is_contiguous(memory_format=torch.channels_last) for one in weights)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(("row", "reads"), [(viewed, False), (flattened, True)])
def test_weights_lie_as_the_networks_own_forward_allows(row, reads, channels):
    module = Own(row, channels)
    assert lay_out(module, (channels, 6, 6)) is reads
    if channels > 1:
        assert is_last(module) is reads
    assert module.conv.weight.is_contiguous() is not reads or channels == 1
    batch = ordered(torch.rand(2, 6, 6, channels).permute(0, 3, 1, 2), channels_last=reads)
    assert module(batch).shape == (2, 64)


def test_a_network_is_tried_in_eval_mode_and_gets_its_own_modes_back():
    module = Own(viewed)
    assert not reads_channels_last(module, (3, 6, 6))
    assert module.modes == [False]
    assert module.training


def test_what_cannot_read_the_pictures_at_all_is_left_to_say_so_itself():
    assert not reads_channels_last(Own(flattened), (5, 6, 6))
