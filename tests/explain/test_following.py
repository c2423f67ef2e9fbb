"""What becomes of a number in the steps that follow."""

import pytest
import torch
from torch import nn

from convlens.explain import trace


def then(network, image, layer, *place):
    return trace(network.eval(), image).unit(layer, *place).then


def test_a_number_is_followed_through_activation_normalisation_and_pool_until_others_come_in():
    network = nn.Sequential(nn.Identity(), nn.ReLU(), nn.BatchNorm2d(1, eps=0.0), nn.MaxPool2d(2), nn.Conv2d(1, 1, 1))
    image = torch.tensor([[1.0, 2], [4, 3]]).reshape(1, 2, 2)
    found = then(network, image, "0", 0, 1, 0)
    assert [(one.layer, one.place, one.value, one.winner, one.wins) for one in found] == [
        ("1", (0, 1, 0), 4.0, None, None),
        ("2", (0, 1, 0), 4.0, None, None),
        ("3", (0, 0, 0), 4.0, (1, 0), True),
    ]


def test_where_another_number_wins_the_way_ends():
    network = nn.Sequential(nn.Identity(), nn.MaxPool2d(2), nn.ReLU())
    found = then(network, torch.tensor([[1.0, 2], [4, 3]]).reshape(1, 2, 2), "0", 0, 0, 1)
    assert [(one.layer, one.winner, one.wins) for one in found] == [("1", (1, 0), False)]


def test_a_number_that_the_stride_steps_over_lies_in_no_window():
    network = nn.Sequential(nn.Identity(), nn.MaxPool2d(1, 2))
    assert then(network, torch.ones(1, 3, 3), "0", 0, 1, 1) == ()
    assert [one.place for one in then(network, torch.ones(1, 3, 3), "0", 0, 2, 0)] == [(0, 1, 0)]


def test_a_dilated_padded_pool_has_the_windows_that_hold_the_number():
    network = nn.Sequential(nn.Identity(), nn.MaxPool2d((1, 2), (1, 1), padding=(0, 1), dilation=(1, 2)))
    # along a row of three, with one more on each side, the windows are −1 and 1, 0 and 2, 1 and 3
    found = then(network, torch.tensor([[5.0, 6, 7]]).reshape(1, 1, 3), "0", 0, 0, 1)
    assert [(one.place, one.wins) for one in found] == [((0, 0, 0), True), ((0, 0, 2), True)]


class Split(nn.Module):
    def forward(self, x):
        x = x * 2
        return torch.relu(x) + torch.sigmoid(x)


def test_a_number_that_goes_two_ways_is_followed_one_step_along_each():
    found = then(Split(), torch.ones(1, 1, 1), "mul", 0, 0, 0)
    squashed = float(torch.tensor(2.0, dtype=torch.float64).sigmoid())
    assert [(one.layer, one.value) for one in found] == [("relu", 2.0), ("sigmoid", pytest.approx(squashed))]
