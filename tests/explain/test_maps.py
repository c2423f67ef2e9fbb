"""Maps are what the layers gave, whatever happens to them later, and their sign is known from the network alone."""

from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from convlens.errors import SettingsError, UnknownNameError
from convlens.explain.maps import (
    after_rectifier,
    before_rectifier,
    captured,
    has_maps,
    learned,
    names,
    never_negative,
    require_channel,
    require_maps,
)
from convlens.explain.operations import Convolution, Linear
from convlens.explain.recording import Recording, blank
from convlens.models.layers import BlurPool


def small(**options: bool) -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(
        OrderedDict(
            conv1=nn.Conv2d(1, 3, 3),
            relu1=nn.ReLU(**options),
            pool1=nn.MaxPool2d(2),
            conv2=nn.Conv2d(3, 4, 2),
            pool2=nn.MaxPool2d(2),
            flatten=nn.Flatten(),
            drop=nn.Dropout(),
            dense1=nn.Linear(4, 5),
            relu2=nn.ReLU(**options),
            dense2=nn.Linear(5, 2),
        )
    )


def pictures(count: int = 3) -> Tensor:
    return torch.randn(count, 1, 8, 8, generator=torch.Generator().manual_seed(1))


def recorded() -> Recording:
    return blank(small(), 1, (8, 8))


@pytest.mark.parametrize("inplace", [False, True])
def test_maps_are_what_the_layers_compute(inplace: bool) -> None:
    network, batch = small(inplace=inplace).eval(), pictures()
    asked = ("conv1", "relu1", "conv2", "flatten", "dense1", "relu2")
    with torch.no_grad():
        conv1 = functional.conv2d(batch, network.conv1.weight, network.conv1.bias)
        relu1 = conv1.clamp(min=0)
        conv2 = functional.conv2d(functional.max_pool2d(relu1, 2), network.conv2.weight, network.conv2.bias)
        flat = functional.max_pool2d(conv2, 2).flatten(1)
        dense1 = flat @ network.dense1.weight.T + network.dense1.bias
    expected = (conv1, relu1, conv2, flat, dense1, dense1.clamp(min=0))
    found = captured(network, batch, asked)
    assert tuple(one.name for one in found) == asked
    for one, wanted in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.values, wanted.numpy(), rtol=1e-5, atol=1e-6)
        assert one.values.dtype == np.float32


def test_many_pictures_pass_in_batches_and_one_channel_alone_may_be_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = captured(small(), pictures(7), ["conv2", "dense1"])
    monkeypatch.setattr("convlens.explain.maps.NUMBERS_AT_ONCE", 1)
    alone = captured(small(), pictures(7), ["conv2", "dense1"], channel=2)
    for one, other in zip(whole, alone, strict=True):
        np.testing.assert_allclose(one.values[:, 2:3], other.values, rtol=1e-5, atol=1e-6)
        assert one.values.shape[0] == 7


def test_looking_leaves_the_network_as_it_was() -> None:
    network = small()
    network.drop.eval()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    captured(network, pictures(), ["conv1"])
    assert network.training
    assert not network.drop.training
    assert all(torch.equal(value, before[name]) for name, value in network.state_dict().items())


@pytest.mark.parametrize(
    ("name", "positive"),
    [("conv1", False), ("relu1", True), ("pool1", True), ("conv2", False), ("pool2", False), ("flatten", False),
     ("dense1", False), ("relu2", True), ("dense2", False)],
)  # fmt: skip
def test_what_follows_a_relu_is_never_below_zero_until_weights_come(name: str, positive: bool) -> None:
    found = recorded()
    assert never_negative(found, found.place(name)) is positive


def test_the_sign_follows_from_the_network_and_not_from_one_picture() -> None:
    network = small()
    nn.init.ones_(network.conv1.weight)
    (found,) = captured(network, torch.ones(1, 1, 8, 8), ["conv1"])
    assert found.values.min() > 0
    assert not found.positive


def test_a_sum_of_two_branches_may_have_both_signs_but_their_join_has_theirs() -> None:
    class Branches(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(1, 2, 1)

        def forward(self, images: Tensor) -> Tensor:
            mapped = functional.relu(self.conv(images))
            return torch.cat([mapped, torch.sigmoid(mapped)], dim=1)

    found = blank(Branches(), 1, (4, 4))
    assert never_negative(found, found.output)
    assert not never_negative(found, found.place("conv"))


def test_only_learned_weights_are_found() -> None:
    network = nn.Sequential(BlurPool(1, 3), nn.Conv2d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 2 * 2, 3))
    found = blank(network, 1, (8, 8))
    assert names(learned(network, found, Convolution)) == ("1",)
    assert names(learned(network, found, (Convolution, Linear))) == ("1", "3")


def test_the_numbers_before_and_behind_a_relu_are_found() -> None:
    found = recorded()

    def named(place: int) -> str:
        return found.steps[place].name

    assert named(before_rectifier(found, found.place("relu1"))) == "conv1"
    assert named(before_rectifier(found, found.place("pool1"))) == "pool1"
    assert named(after_rectifier(found, found.place("dense1"))) == "relu2"
    assert named(after_rectifier(found, found.place("dense2"))) == "dense2"


def test_a_relu_on_the_picture_itself_has_nothing_before_it() -> None:
    found = blank(nn.Sequential(nn.ReLU(), nn.Conv2d(1, 1, 1)), 1, (2, 2))
    assert before_rectifier(found, 0) == 0
    assert never_negative(found, 0)
    assert not never_negative(found, -1)


def test_a_layer_without_rows_and_columns_is_refused_by_name() -> None:
    found = recorded()
    assert has_maps(require_maps(found, "pool2"))
    with pytest.raises(SettingsError, match=r"'dense1' \(Linear\) gives 5 per picture; choose one of conv1, relu1"):
        require_maps(found, "dense1")
    with pytest.raises(UnknownNameError, match="did you mean 'conv"):
        require_maps(found, "konv1")
    flat = blank(nn.Sequential(nn.Flatten(), nn.Linear(4, 2)), 1, (2, 2))
    with pytest.raises(SettingsError, match="this network has no such layer"):
        require_maps(flat, "1")


def test_a_filter_that_is_not_there_is_refused() -> None:
    found = recorded()
    for number in (-1, 4):
        with pytest.raises(SettingsError, match=f"'conv2' has the filters 0 to 3; got {number}"):
            require_channel(found.steps[found.place("conv2")], number)
    with pytest.raises(SettingsError, match="'dense2' has the units 0 to 1; got 2"):
        captured(small(), pictures(), ["dense2"], channel=2)
