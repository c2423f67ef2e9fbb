"""A pass by hand is torch's pass: over random networks, to the last bit for whole numbers."""

import numpy as np
import pytest
import torch

from convlens.explain import trace
from convlens.models import create

from .drawn import drawn

NETWORKS, UNITS = 200, 50

pytestmark = pytest.mark.filterwarnings("ignore:Using padding='same'")  # torch, of even filters


def some_places(followed, seed, units):
    """Choose steps and places in them at random."""
    rng = np.random.default_rng(seed)
    for _ in range(units):
        step = followed.steps[rng.integers(len(followed.steps))]
        yield step.name, tuple(int(rng.integers(side)) for side in step.value.shape)


@pytest.mark.slow
def test_10_000_random_numbers_of_200_random_networks_are_torchs_within_a_billionth():
    kinds, units = set(), 0
    for seed in range(NETWORKS):
        module, image = drawn(seed)
        followed = trace(module, image)
        kinds |= {type(step.operation).__name__ for step in followed.steps}
        for name, place in some_places(followed, seed, UNITS):
            unit = followed.unit(name, *place)
            close = 1e-9 * abs(unit.torch)
            assert abs(unit.value - unit.torch) <= close, (seed, name, place)
            assert abs(unit.arithmetic.total - unit.torch) <= close, (seed, name, place)
            units += 1
    assert units == 10_000
    assert kinds == {
        "Convolution", "MaxPool", "AveragePool", "AdaptivePool", "Pad", "BatchNorm", "Pointwise", "Linear", "Flatten",
        "Add", "Concatenate", "Multiply", "TransposedConvolution", "GroupNorm", "LayerNorm", "ChannelSlopes", "Resize",
        "PixelShuffle", "Unflatten", "Subtract", "Channels",
    }  # fmt: skip


def test_networks_of_whole_numbers_agree_to_the_last_bit():
    for seed in range(60):
        module, image = drawn(seed, whole=True)
        followed = trace(module, image)
        assert followed.dtype == "float32"
        assert followed.difference == 0.0, seed
        for name, place in some_places(followed, seed, 5):
            unit = followed.unit(name, *place)
            assert unit.arithmetic.total == unit.value == unit.torch, (seed, name, place)


def test_cnn_in_float32_agrees_within_a_hundred_thousandth():
    image = torch.randn(1, 1, 28, 28, generator=torch.Generator().manual_seed(0))
    followed = trace(create("cnn"), image)
    assert [step.name for step in followed.steps] == [
        "conv1", "pool1", "relu1", "conv2", "pool2", "relu2", "flatten", "dense1", "relu3", "dense2",
    ]  # fmt: skip
    assert 0 < followed.difference < 1e-5
