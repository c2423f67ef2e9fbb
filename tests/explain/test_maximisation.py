"""Climbing finds the best picture where that is known, stays within real pixels, and changes nothing else."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convlens.errors import SettingsError
from convlens.explain.maximisation import Maximised, as_image, maximised, maximised_for
from convlens.models.card import Card
from convlens.models.tensors import tensors

LOW, HIGH = torch.tensor([-0.5]), torch.tensor([1.5])


def one_filter(seed: int = 0) -> nn.Sequential:
    torch.manual_seed(seed)
    return nn.Sequential(OrderedDict(conv=nn.Conv2d(1, 2, 3), relu=nn.ReLU(inplace=True), pool=nn.MaxPool2d(2)))


def deep() -> nn.Sequential:
    torch.manual_seed(3)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 8, 3),
            relu1=nn.ReLU(),
            conv2=nn.Conv2d(8, 4, 3),
            flatten=nn.Flatten(),
            dense=nn.Linear(4 * 8 * 8, 3),
        )
    )


def found(network: nn.Module, layer: str, channel: int = 0, **told: int) -> Maximised:
    return maximised(network, layer, channel, LOW, HIGH, (12, 12), **told)


@pytest.mark.parametrize("channel", [0, 1])
@pytest.mark.parametrize("layer", ["conv", "relu"])
def test_one_filter_wants_white_under_its_positive_weights_and_black_under_the_others(layer: str, channel: int) -> None:
    network = one_filter()
    weight, bias = network.conv.weight[channel, 0].detach(), network.conv.bias.detach()[channel]
    best = float((weight * torch.where(weight > 0, HIGH, LOW)).sum() + bias)
    result = found(network, layer, channel, jitter_px=0)
    assert result.after == pytest.approx(best, abs=1e-5)
    jittered = found(network, layer, channel)
    assert jittered.after - jittered.before > 0.99 * (best - jittered.before)
    assert (result.step, result.row, result.column, result.moved) == ("conv", 5, 5, True)
    assert torch.equal(result.picture[0, 5:8, 5:8], torch.where(weight > 0, HIGH, LOW))


def test_before_is_what_plain_grey_gives() -> None:
    network = one_filter()
    grey = torch.full((1, 1, 12, 12), 0.5)
    assert found(network, "conv", 1).before == pytest.approx(network.conv(grey)[0, 1, 5, 5].item(), abs=1e-6)


def test_what_the_unit_does_not_see_stays_grey() -> None:
    picture = found(one_filter(), "conv").picture[0].clone()
    picture[5:8, 5:8] = 0.5
    assert (picture == 0.5).all()


def test_every_pixel_stays_within_the_range_of_real_ones() -> None:
    for layer in ("conv1", "conv2", "dense"):
        picture = found(deep(), layer).picture
        assert LOW[0] <= picture.min() <= picture.max() <= HIGH[0]


@pytest.mark.parametrize("layer", ["conv2", "dense"])
def test_no_picture_of_noise_is_answered_as_strongly(layer: str) -> None:
    network = deep()
    result = found(network, layer, 1)
    noise = LOW + (HIGH - LOW) * torch.rand(500, 1, 12, 12, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        mapped = network[:3](noise)
        values = network(noise)[:, 1] if layer == "dense" else mapped[:, 1, 4, 4]
    assert result.after > float(values.max())
    assert result.after > result.before


def test_the_answer_told_is_that_of_the_picture_given() -> None:
    network = deep()
    result = found(network, "dense", 2)
    with torch.no_grad():
        assert float(network(result.picture[None])[0, 2]) == pytest.approx(result.after, abs=1e-5)
    assert (result.row, result.column) == (None, None)


def test_the_seed_decides() -> None:
    one, same, other = (found(deep(), "conv2", seed=seed).picture for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_without_jitter_the_climb_is_another() -> None:
    assert not torch.equal(found(deep(), "dense", jitter_px=0).picture, found(deep(), "dense", jitter_px=2).picture)


def test_a_unit_without_a_gradient_says_so() -> None:
    network = one_filter()
    nn.init.zeros_(network.conv.weight)
    result = found(network, "conv")
    assert not result.moved
    assert result.before == result.after
    assert (result.picture == 0.5).all()


def test_a_network_that_cuts_the_gradient_is_not_climbed() -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

        def forward(self, images: Tensor) -> Tensor:
            return self.conv(images.detach())

    network = Cut().requires_grad_(False)
    assert not found(network, "conv").moved


def test_climbing_changes_nothing_in_the_network() -> None:
    network = deep()
    network.relu1.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    found(network, "conv2")
    assert network.training
    assert not network.relu1.training
    assert not network.conv2._forward_hooks
    assert all(one.grad is None for one in network.parameters())
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


def test_it_climbs_even_where_gradients_are_switched_off() -> None:
    with torch.no_grad():
        assert found(one_filter(), "conv").moved


def test_a_network_of_doubles_is_climbed_too() -> None:
    result = found(one_filter().double(), "conv")
    assert result.after == pytest.approx(found(one_filter(), "conv").after, abs=1e-5)
    assert result.picture.dtype == torch.float32


def test_a_function_call_cannot_be_held_on_to() -> None:
    class Functional(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 1, 3)

        def forward(self, images: Tensor) -> Tensor:
            return functional.max_pool2d(functional.relu(self.conv(images)), 2)

    assert found(Functional(), "relu").step == "conv"
    with pytest.raises(SettingsError, match="'max_pool2d' is a function call; choose one of conv"):
        found(Functional(), "max_pool2d")


def test_a_unit_that_is_not_there_is_refused() -> None:
    with pytest.raises(SettingsError, match="'conv' has the filters 0 to 1; got 2"):
        found(one_filter(), "conv", 2)


def test_a_network_s_own_pixels_set_the_range_and_come_back_as_a_picture() -> None:
    card = Card("one", ("a", "b"), (12, 12), 1, "softmax", (0.25,), (0.5,))
    network = one_filter()
    result = maximised_for(network, card, "conv", 0, steps=160, seed=0)
    picture = as_image(result.picture, card)
    weight = network.conv.weight[0, 0].detach().numpy()
    assert (picture.shape, picture.dtype) == ((12, 12, 1), np.uint8)
    assert (picture[5:8, 5:8, 0][np.abs(weight) > 0.1] == np.where(weight > 0, 255, 0)[np.abs(weight) > 0.1]).all()
    assert picture[0, 0, 0] == 128


def test_a_picture_that_enters_a_network_comes_back_as_it_was() -> None:
    card = Card("one", ("a", "b"), (3, 4), 3, "softmax", (0.1, 0.5, 0.9), (0.2, 0.3, 0.4))
    image = np.random.default_rng(0).integers(0, 256, (1, 3, 4, 3), np.uint8)
    assert (as_image(tensors(image, card.mean, card.std)[0], card) == image[0]).all()


def test_a_unit_of_a_layer_whose_channels_lie_last_is_climbed_to_by_its_channel():
    class Turned(nn.Module):
        def __init__(self):
            super().__init__()
            self.dense = nn.Linear(1, 3, bias=False)
            self.dense.weight.data = torch.tensor([[1.0], [-1.0], [1.0]])

        def forward(self, x):
            return self.dense(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)

    low, high = torch.zeros(1), torch.ones(1)
    found = maximised(Turned(), "dense", 1, low, high, (5, 6), steps=20)
    assert (found.row, found.column) == (2, 3)
    assert found.after == pytest.approx(0, abs=1e-6)  # minus the darkest pixel there is
    assert float(found.picture[0, 2, 3]) == 0
