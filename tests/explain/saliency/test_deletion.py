"""Deletion: a map that knows the responsible patch beats random orders, and one that does not is labelled."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from convlens.errors import SettingsError
from convlens.explain.saliency import SaliencyMap, deletion, gradient_times_input, occlusion, random_orders
from convlens.explain.saliency.results import Deletion


def patch_network(outputs: int = 2) -> nn.Sequential:
    """It looks at the four pixels in the middle of 6×6 alone: its log-odds are their sum minus 2."""
    weights = torch.zeros(outputs, 1, 6, 6)
    weights[-1, 0, 2:4, 2:4] = 1
    layer = nn.Linear(36, outputs)
    bias = torch.zeros(outputs)
    bias[-1] = -2
    layer.load_state_dict({"weight": weights.view(outputs, 36), "bias": bias})
    return nn.Sequential(nn.Flatten(), layer)


PICTURE = torch.ones(1, 1, 6, 6)
PATCH = np.zeros((6, 6))
PATCH[2:4, 2:4] = 1


@pytest.mark.parametrize("outputs", [1, 2])
def test_the_responsible_patch_goes_first_and_beats_every_random_order(outputs: int) -> None:
    network = patch_network(outputs)
    random = random_orders(network, PICTURE, 1, steps=36)
    for explain in (occlusion, gradient_times_input):
        found = deletion(network, PICTURE, explain(network, PICTURE, 1), random)
        assert found.beats_random
        assert found.curve[4:] == pytest.approx(1 / (1 + math.exp(2)))


def test_the_curve_is_the_probability_after_each_pixel() -> None:
    network = patch_network()
    random = random_orders(network, PICTURE, 1, steps=36, orders=1)
    found = deletion(network, PICTURE, SaliencyMap("occlusion", PATCH, True, 1), random)
    sums = [max(4 - gone, 0) - 2 for gone in range(37)]
    assert found.fractions == pytest.approx(np.arange(37) / 36)
    assert found.curve == pytest.approx([1 / (1 + math.exp(-one)) for one in sums])


def test_a_map_that_points_away_from_the_patch_does_not_beat_random_orders() -> None:
    network = patch_network()
    random = random_orders(network, PICTURE, 1)
    assert not deletion(network, PICTURE, SaliencyMap("occlusion", -PATCH, True, 1), random).beats_random
    flat = SaliencyMap("grad-cam", np.zeros((6, 6)), False, 1)
    assert not deletion(network, PICTURE, flat, random).beats_random


def test_pixels_count_by_size_where_the_map_says_so() -> None:
    network = patch_network()
    random = random_orders(network, PICTURE, 1, steps=36)
    assert deletion(network, PICTURE, SaliencyMap("gradient", -PATCH, True, 1, by_size=True), random).beats_random


def test_the_area_is_that_of_trapezoids_over_the_share_of_pixels() -> None:
    found = Deletion(np.array([0, 0.25, 1]), np.array([1, 0.5, 0]), np.array([[1, 1, 1.0], [1, 0, 0]]))
    assert found.area == pytest.approx(0.25 * 0.75 + 0.75 * 0.25)
    assert found.random_areas == pytest.approx([1, 0.125])
    assert not found.beats_random


def test_pixels_are_replaced_by_the_fill_and_a_fill_like_the_picture_changes_nothing() -> None:
    network = patch_network()
    assert random_orders(network, PICTURE, 1, fill=1.0).curves == pytest.approx(1 / (1 + math.exp(-2)))
    assert random_orders(network, PICTURE, 1, fill=(2.0,)).curves[:, -1] == pytest.approx(1 / (1 + math.exp(-6)))


def test_a_larger_picture_is_replaced_square_by_square() -> None:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Flatten(), nn.Linear(58 * 61, 2))
    random = random_orders(network, torch.randn(1, 1, 58, 61), 0, orders=2, steps=10**6)
    # squares of 2×2: 29 down and 31 across, the last ones half
    assert len(random.fractions) == 29 * 31 + 1


def test_orders_are_those_of_the_seed() -> None:
    network, picture = patch_network(), torch.randn(1, 1, 6, 6, generator=torch.Generator().manual_seed(2))
    one, again, other = (random_orders(network, picture, 1, seed=seed).curves for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_orders_of_another_class_and_none_at_all_are_refused() -> None:
    network = patch_network()
    random = random_orders(network, PICTURE, 1, orders=1)
    with pytest.raises(SettingsError, match="explains class 0, and the random orders class 1"):
        deletion(network, PICTURE, SaliencyMap("occlusion", PATCH, True, 0), random)
    with pytest.raises(SettingsError, match="at least one random order and one step, got 0 and 28"):
        random_orders(network, PICTURE, 1, orders=0)
