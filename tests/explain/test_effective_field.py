"""The effective receptive field: binomial for stacked averages, and smaller than what can be seen."""

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from convlens.errors import SettingsError, ShapeError, UnknownNameError
from convlens.explain.boxes import Box
from convlens.explain.effective_field import effective_field
from convlens.models.networks import create


def averages(layers: int, padding: int = 0) -> nn.Sequential:
    parts = []
    for _ in range(layers):
        conv = nn.Conv2d(1, 1, 3, padding=padding, bias=False)
        conv.weight.data.fill_(1 / 9)
        parts.append(conv)
    return nn.Sequential(*parts)


IMAGES = torch.randn(3, 1, 21, 21, generator=torch.Generator().manual_seed(0))


def test_stacked_averages_have_the_coefficients_of_the_trinomial() -> None:
    # (1 + x + x²)³ = 1 + 3x + 6x² + 7x³ + 6x⁴ + 3x⁵ + x⁶, over 27
    found = effective_field(averages(3), IMAGES, "2")
    line = np.array([1, 3, 6, 7, 6, 3, 1]) / 27
    assert found.unit == (7, 7)
    assert found.values[7:14, 7:14] == pytest.approx(np.outer(line, line))
    assert found.values.sum() == pytest.approx(1)
    assert found.theoretical is not None
    assert found.theoretical.box == Box(7, 7, 7, 7)
    # the middle five of seven hold (25/27)² = 0.857, all seven everything
    assert found.box == Box(7, 7, 7, 7)
    assert effective_field(averages(3), IMAGES, "2", share=0.85).box == Box(8, 8, 5, 5)


def test_the_box_of_a_deep_stack_is_smaller_than_what_can_be_seen() -> None:
    found = effective_field(averages(8), IMAGES)
    assert found.theoretical is not None
    assert found.theoretical.size == (17, 17)
    assert found.box.height == found.box.width == 11
    assert found.to_json()["size"] == [11, 11]
    assert found.to_json()["theoretical_size"] == [17, 17]


def test_it_is_the_mean_over_pictures_and_eval_mode_is_put_back() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(inplace=True), nn.Conv2d(2, 1, 3))
    network.train()
    kept = IMAGES.clone()
    whole = effective_field(network, IMAGES, "3")
    assert network[1].training
    assert torch.equal(IMAGES, kept)
    network.eval()
    total = np.zeros((21, 21))
    for place in range(3):
        one = IMAGES[place : place + 1].clone().requires_grad_()
        network(one)[0, 0, 8, 8].backward()
        assert one.grad is not None
        total += one.grad[0, 0].abs().double().numpy()
    assert whole.values == pytest.approx(total / total.sum())


def test_a_channel_and_a_place_can_be_named() -> None:
    network = nn.Conv2d(1, 2, 3, bias=False)
    network.weight.data = torch.stack([torch.ones(1, 3, 3), torch.eye(3)[None]])
    found = effective_field(nn.Sequential(network), IMAGES, "0", unit=(0, 4), channel=1)
    assert found.values[:3, 4:7] == pytest.approx(np.eye(3) / 3)
    assert found.box == Box(0, 4, 3, 3)


def test_a_block_that_adds_has_a_field_and_one_that_is_not_known_is_centred_on_its_influence() -> None:
    class Twice(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = averages(1, padding=1)

        def forward(self, x: Tensor) -> Tensor:
            both: Tensor = self.conv(x) + x
            return both

    found = effective_field(nn.Sequential(Twice()), IMAGES, share=0.5)
    assert found.unit == (10, 10)
    assert found.box == Box(10, 10, 1, 1)
    outside = effective_field(nn.Sequential(nn.Sequential(Twice(), nn.Upsample(scale_factor=1))), IMAGES, share=0.5)
    assert outside.box == Box(10, 10, 1, 1)


def test_the_last_map_is_taken_when_no_layer_is_named() -> None:
    found = effective_field(create("cnn"), torch.randn(4, 1, 28, 28))
    assert found.layer == "relu2"
    assert found.theoretical is not None
    assert found.theoretical.size == (10, 10)


def test_wrong_places_layers_and_pictures_are_told() -> None:
    network = create("cnn")
    images = torch.randn(2, 1, 28, 28)
    with pytest.raises(SettingsError, match="'conv2' has channels 0 to 127, rows 0 to 10, columns 0 to 10; got row 11"):
        effective_field(network, images, "conv2", unit=(11, 0), channel=0)
    with pytest.raises(SettingsError, match=r"an effective receptive field wants a layer.*'dense1' gives 256"):
        effective_field(network, images, "dense1")
    with pytest.raises(UnknownNameError, match="did you mean 'conv1' or 'conv2'"):
        effective_field(network, images, "konv2")
    with pytest.raises(ShapeError, match=r"cannot read pictures of shape \(1, 20, 20\)"):
        effective_field(network, torch.zeros(1, 1, 20, 20))
    with pytest.raises(SettingsError, match=r"got 0 and 0\.95"):
        effective_field(network, images[:0])


def test_a_place_that_nothing_moves_is_told() -> None:
    network = nn.Sequential(nn.Conv2d(1, 1, 3), nn.ReLU())
    network[0].bias.data.fill_(-1e6)
    with pytest.raises(SettingsError, match="moves with no pixel of these 3 pictures"):
        effective_field(network, IMAGES)


def test_a_forward_that_cuts_the_gradient_is_told() -> None:
    class Cut(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = averages(1).requires_grad_(False)

        def forward(self, x: Tensor) -> Tensor:
            logits: Tensor = self.conv(x.detach())
            return logits

    with pytest.raises(SettingsError, match="cuts the gradient before"):
        effective_field(Cut(), IMAGES)


class ChannelsLast(nn.Module):
    """A convolution, and a linear layer at each place with the channels last: 5 channels of 9×12."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.dense = nn.Conv2d(1, 5, 3, padding=1), nn.Linear(5, 5)

    def forward(self, x: Tensor) -> Tensor:
        return self.dense(self.conv(x).permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


def test_of_a_layer_whose_channels_lie_last_a_row_is_a_row_and_a_column_a_column() -> None:
    network = ChannelsLast()
    found = effective_field(network, torch.randn(3, 1, 9, 12), "dense", unit=(7, 10))
    rows, columns = np.nonzero(found.values)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (6, 8, 9, 11)
    assert found.theoretical is not None
    assert found.theoretical.box == Box(6, 9, 3, 3)
    with pytest.raises(SettingsError, match="channels 0 to 4, rows 0 to 8, columns 0 to 11; got column 12"):
        effective_field(network, torch.randn(1, 1, 9, 12), "dense", unit=(7, 12))


def test_a_layer_of_which_nobody_knows_where_its_channels_lie_is_refused() -> None:
    class Rolled(ChannelsLast):
        def forward(self, x: Tensor) -> Tensor:
            return self.dense(self.conv(x).permute(0, 2, 3, 1).roll(1, 1)).permute(0, 3, 1, 2)

    with pytest.raises(SettingsError, match=r"where the channels of 'dense' lie is not known.* choose another layer"):
        effective_field(Rolled(), torch.randn(1, 1, 9, 12), "dense")
